// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// koi health: what this machine's player says of itself, for whoever watches it.
#include <koi/serve/client_link.hpp>
#include <koi/serve/settings.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace service {

/// 0 if the player has met the others. It is asked at its address in "status", which is on this machine.
inline int health(std::string const& config, std::string const& player) {
  namespace asio = koi::detail::asio;
  auto const group = koi::serve::load_group(config);
  (void)group.players.index_of(player);
  auto const at = group.status.find(player);
  if (at == group.status.end()) throw koi::bad_option(fmt::format("{}: 'status' has no address of {}", config, player));
  constexpr auto wait = std::chrono::seconds(5);
  auto const deadline = koi::detail::deadline_after(wait);
  auto const io = koi::detail::make_io();
  auto socket = koi::serve::detail::connected_socket(*io, at->second.host, at->second.port, player, wait);
  std::string const ask = "GET /healthz HTTP/1.1\r\n\r\n";
  std::array<char, 1024> said{};
  std::size_t size = 0;
  std::optional<boost::system::error_code> end;
  asio::async_write(socket, asio::buffer(ask), [&](boost::system::error_code, std::size_t) {
    asio::async_read(socket, asio::buffer(said), [&](boost::system::error_code ec, std::size_t n) {
      end = ec;
      size = n;
    });
  });
  while (!end && std::chrono::steady_clock::now() < deadline) io->run_one(deadline);
  boost::system::error_code ignored;
  socket.close(ignored);
  while (!end) io->run_one(koi::detail::deadline_after(std::chrono::seconds(1)));
  std::string_view const text(said.data(), size);
  auto const body = text.find("\r\n\r\n");
  if (body == std::string_view::npos)
    throw koi::channel_timeout(player, fmt::format("{} says nothing at {}", player, to_string(at->second)));
  fmt::print("{}: {}\n", player, koi::printable(text.substr(body + 4, text.find_last_not_of("\r\n") - body - 3)));
  return text.starts_with("HTTP/1.1 200 ") ? 0 : 1;
}

/// The sub-command; `chosen` is set where it is what the user asked for.
template <class Settings>
void declare_health(CLI::App& in, std::function<int(Settings const&)>& chosen) {
  struct whom {
    std::string config, player;
  };
  auto const s = std::make_shared<whom>();
  auto* const sub =
      in.add_subcommand("health", "Ask this machine's player whether it has met the others; ends with 1 if not");
  sub->add_option("--config", s->config, "The group's file")->required()->check(CLI::ExistingFile);
  sub->add_option("--player", s->player, "The player of this machine")->required();
  sub->footer("Example: koi health --config group.json --player server0");
  sub->callback([&chosen, s] { chosen = [s](Settings const&) { return health(s->config, s->player); }; });
}

}  // namespace service
