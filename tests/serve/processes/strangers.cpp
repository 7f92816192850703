// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/trials.hpp"

#include "tests/serve/processes/sockets.hpp"

#include <koi/net/frame.hpp>
#include <koi/net/hello.hpp>
#include <koi/serve/message.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <string_view>

namespace koi_tests {

namespace {

using bytes = std::vector<std::byte>;
namespace serve = koi::serve;

[[nodiscard]] bytes noise(std::mt19937& random, std::size_t size) {
  bytes out(size);
  for (auto& b : out) b = static_cast<std::byte>(random());
  return out;
}

/// Says this to a port and hears how it ends: false if the other end has not hung up `within` so long.
bool tell(std::uint16_t port, bytes const& what, std::chrono::seconds within, bool ends = true) {
  socket_handle const s(call(port));
  if (s.get() < 0) return true;
  timeval const patience{within.count(), 0};
  ::setsockopt(s.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(s.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  for (std::size_t at = 0; at < what.size();) {
    auto const n = ::send(s.get(), what.data() + at, what.size() - at, MSG_NOSIGNAL);
    if (n <= 0) return errno != EAGAIN;
    at += static_cast<std::size_t>(n);
  }
  if (ends) ::shutdown(s.get(), SHUT_WR);
  std::array<char, 4096> sink;
  for (;;) {
    auto const n = ::recv(s.get(), sink.data(), sink.size(), 0);
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) return true;
  }
}

/// Messages of clients that are none: of another version, cut, over every cap, of a kind that clients do not send.
[[nodiscard]] std::vector<bytes> bad_messages() {
  auto const plain = [](auto const& secret) { return bytes(secret.begin(), secret.end()); };
  auto const list = plain(serve::message_writer(serve::message::list).finish());
  auto other_version = list, answer = list, endless = list, unknown = list;
  other_version[4] = std::byte{2};
  answer[6] = static_cast<std::byte>(serve::message::models);
  unknown[6] = std::byte{0xff};
  std::fill(endless.begin() + 8, endless.end(), std::byte{0xff});
  bytes const cut(list.begin(), list.begin() + 9);
  auto half =
      plain(serve::message_writer(serve::message::predict).bytes(serve::request_id{}).model({"digits", 1}).finish());
  auto const wide = plain(serve::message_writer(serve::message::predict)
                              .bytes(serve::request_id{})
                              .model({"digits", 1})
                              .word(std::uint8_t{0})
                              .shape({std::size_t{1} << 40, 784})
                              .finish());
  return {other_version, answer, unknown, endless, cut, half, wide};
}

/// The same for players: hellos of another version or cut, frames over every cap, data before a hello.
[[nodiscard]] std::vector<bytes> bad_frames(std::vector<std::string> const& players) {
  auto const framed = [](koi::frame_kind kind, std::uint64_t length, auto const& body) {
    auto const head = koi::encode_header({.kind = kind, .tag = {}, .length = length});
    bytes out(head.begin(), head.end());
    out.insert(out.end(), body.begin(), body.end());
    return out;
  };
  koi::hello other;
  other.version = koi::wire_version + 1;
  other.from = players[1];
  other.to = players[0];
  other.players = players;
  auto const hello = koi::encode_hello(other);
  bytes const none;
  auto const whole = framed(koi::frame_kind::hello, hello.size(), hello);
  return {whole,
          {whole.begin(), whole.begin() + 60},
          framed(koi::frame_kind::hello, std::uint64_t{1} << 60, none),
          framed(koi::frame_kind::abort, std::uint64_t{1} << 30, none),
          framed(koi::frame_kind::data, ~std::uint64_t{0}, none),
          framed(koi::frame_kind::abort, 4, std::array<std::byte, 4>{}),
          framed(koi::frame_kind::inquiry, 0, none),
          framed(koi::frame_kind::inquiry, hello.size(), hello)};
}

/// Connections that say a byte now and then, at all these ports.
class slow_callers {
 public:
  slow_callers(std::vector<std::uint16_t> const& ports, std::size_t each) {
    for (auto const port : ports)
      for (std::size_t i = 0; i < each; ++i) {
        socket_handle s(call(port));
        if (s.get() < 0) continue;
        make_nonblocking(s.get());
        open_.push_back(std::move(s));
      }
    thread_ = std::jthread([this](std::stop_token const& stops) {
      constexpr std::string_view drops = "koiq\2\0\1\0";
      for (std::size_t at = 0; !stops.stop_requested(); ++at) {
        for (auto const& s : open_) (void)!::send(s.get(), &drops[at % drops.size()], 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      }
    });
  }
  [[nodiscard]] std::size_t size() const noexcept { return open_.size(); }

 private:
  std::vector<socket_handle> open_;
  std::jthread thread_;
};

/// koi serve where another one listens: it must end, and name the port.
void demand_taken_ports_are_named(processes& group, trial_options const& o) {
  for (auto const& name : group.players()) {
    group.end(name);
    auto const serve_it = [&] {
      return run({"/usr/bin/timeout", "20", o.program, "serve", "--config",
                  (group.folder() / (name + ".json")).string(), "--player", name},
                 o.folder / "taken.log");
    };
    std::vector<std::uint16_t> ports{group.status_port(name)};
    if (name.starts_with("server") && name != "server2") ports.push_back(group.clients_port(name));
    for (auto const port : ports) {
      socket_handle const taken(listen_on(port));
      auto const ended = serve_it();
      bool const named = ended.status == 1 && ended.output.find(std::to_string(port)) != std::string::npos;
      if (!named)
        give_up(name + " with port " + std::to_string(port) + " taken: status " + std::to_string(ended.status) + ": " +
                ended.output);
    }
    if (name !=
        group.players().back()) {  // who calls all others does not listen; the rest do while they meet, and try again
      socket_handle const taken(listen_on(group.players_port(name)));
      group.start(name);
      auto const says_so = [&] {
        auto const log = run({"/usr/bin/tail", "-n", "4", group.log_of(name).string()}, o.folder / "tail.log");
        return log.output.find(std::to_string(group.players_port(name))) != std::string::npos;
      };
      if (!becomes(o.patience, says_so))
        give_up(name + " does not name the taken port " + std::to_string(group.players_port(name)));
    } else {
      group.start(name);
    }
    if (!becomes(o.patience, [&] { return group.all_up(); }))
      give_up(name + " does not come back when its port is free again");
  }
}

}  // namespace

int strangers(trial_options const& o) {
  std::mt19937 random(o.seed);
  auto const model = small_network(o);
  auto options = group_of(o, false);
  options.more = R"(, "times": {"greet_ms": 2000, "idle_ms": 4000, "message_ms": 2000})";
  processes group(options);
  start_with(group, "digits", model.file);

  std::vector<std::uint16_t> players_doors, clients_doors, all_doors;
  for (auto const& name : group.players()) {
    players_doors.push_back(group.players_port(name));
    all_doors.push_back(group.status_port(name));
  }
  for (auto const* server : {"server0", "server1"}) clients_doors.push_back(group.clients_port(server));
  all_doors.insert(all_doors.end(), players_doors.begin(), players_doors.end());
  all_doors.insert(all_doors.end(), clients_doors.begin(), clients_doors.end());
  auto const messages = bad_messages();
  auto const frames = bad_frames(group.players());
  auto const patience = std::chrono::seconds(15);
  auto const hangs_up = [&](std::uint16_t port, bytes const& what, std::string const& about, bool ends = true) {
    if (!tell(port, what, patience, ends)) give_up("nobody hung up on " + about + ", at port " + std::to_string(port));
  };

  auto const call_everywhere = [&] {
    std::vector<std::function<void(std::mt19937&)>> calls;
    for (auto const port : all_doors)
      calls.emplace_back([&, port](std::mt19937& mine) {
        for (std::size_t i = 0; i < o.count; ++i) socket_handle(call(port)).reset_and_close();
        for (std::size_t i = 0; i < o.count; ++i) socket_handle const polite(call(port));
        hangs_up(port, noise(mine, 1 << 20), "1 MiB of garbage");
        hangs_up(port, noise(mine, 1 << 20), "1 MiB of garbage and silence", false);
        hangs_up(port, noise(mine, 3), "three bytes");
        hangs_up(port, {}, "silence", false);
      });
    for (auto const port : clients_doors)
      for (std::size_t i = 0; i < messages.size(); ++i)
        calls.emplace_back([&, port, i](std::mt19937&) {
          hangs_up(port, messages[i], "bad message " + std::to_string(i), i % 2 == 0);
        });
    for (auto const port : players_doors)
      for (std::size_t i = 0; i < frames.size(); ++i)
        calls.emplace_back(
            [&, port, i](std::mt19937&) { hangs_up(port, frames[i], "bad frame " + std::to_string(i), i % 2 == 0); });
    for (auto const* server : {"server0", "server1"})
      for (std::size_t i = 0; i < messages.size(); ++i)
        calls.emplace_back([&, server, i](std::mt19937&) {
          if (tell_server(group.config(), client_name(o), server, messages[i], patience).empty())
            give_up(std::string(server) + " says nothing to bad message " + std::to_string(i));
        });
    std::vector<std::jthread> threads;
    for (auto const& each : calls) threads.emplace_back([&each, own = std::mt19937(random())]() mutable { each(own); });
  };

  tally all;
  {
    crowd clients({.config = group.config(),
                   .name = client_name(o),
                   .model = "digits",
                   .clients = 3,
                   .most_samples = 3,
                   .seed = o.seed},
                  model.network, model.data, all);
    slow_callers const slow(all_doors, 60);
    call_everywhere();
    std::printf("%zu slow callers beside\n", slow.size());
    group.demand_all_alive();
    clients.stop();
  }
  all.print();
  if (all.count(ending::right) != all.all()) give_up("strangers cost clients their answers");
  print_line(group, "strangers at every door of a service that works");

  // the same while the players wait for the last of them, whose doors are open then
  for (auto const& away : group.players()) {
    group.end(away);
    if (!becomes(o.patience, [&] { return !group.is_up(away == "server0" ? "server1" : "server0"); }))
      give_up("nobody misses " + away);
    {
      slow_callers const slow(all_doors, 30);
      call_everywhere();
      group.demand_all_alive();
      group.start(away);
      if (!becomes(o.patience, [&] { return group.all_up(); }))
        give_up("slow strangers keep the players from meeting " + away);
    }
    demand_service(group, o, "digits", model, 20);
    print_line(group, "strangers while " + away + " is away");
  }
  demand_taken_ports_are_named(group, o);
  demand_service(group, o, "digits", model, 20);
  demand_clean_logs(group);
  return 0;
}

}  // namespace koi_tests
