// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/detail/group_players.hpp>
#include <koi/serve/server.hpp>
#include <koi/session/cluster.hpp>

#include <fstream>
#include <sstream>

namespace koi::serve {

/// A group of servers as its file describes it: for its players, and for those who only want something of it.
struct group_settings {
  std::filesystem::path file;
  cluster players = local_cluster({"-"});
  std::string protocol = "pond";
  std::map<std::string, endpoint> clients;  ///< of server0 and server1
  std::map<std::string, endpoint> status;
  std::filesystem::path data;
  policy rules;
  bool has_policy = false;
  front_limits front;
  desk_limits desk;
  std::size_t stock_bytes = std::size_t{1} << 30;
  std::chrono::milliseconds tick{200};          ///< between two signs of life
  std::chrono::milliseconds lost_after{800};  ///< without one
  std::chrono::milliseconds step{10'000};       ///< for another player's message in a step
  std::chrono::milliseconds connect{3'000};     ///< for the others to come, before they are called away
};

namespace detail {

[[nodiscard]] inline std::string text_of_file(std::filesystem::path const& path) {
  std::ifstream file(path);
  if (!file) throw bad_option(fmt::format("cannot read {}", path.string()));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// An object that stands in the file, or in another one that the file names.
template <class Read>
void here_or_elsewhere(json const& value, std::filesystem::path const& file, std::string const& where,
                       Read const& read) {
  if (!value.is_string()) return read(value, where);
  auto const other = file.parent_path() / value.template get<std::string>();
  read(parse_json(text_of_file(other), other.string()), other.string());
}

[[nodiscard]] inline std::map<std::string, endpoint> addresses(json const* value, std::string const& where,
                                                               std::vector<std::string> const& players) {
  std::map<std::string, endpoint> out;
  if (value == nullptr) return out;
  checked_object of(*value, where);
  for (auto const& name : players)
    if (auto const text = of.text(name, ""); !text.empty()) out[name] = parse_endpoint(name, text);
  of.finish();
  return out;
}

inline void read_limits(json const& value, std::string const& where, group_settings& to) {
  checked_object of(value, where);
  auto const mib = [&](std::string const& key, std::size_t& bytes) {
    bytes = of.number(key, bytes >> 20, 1, std::size_t{1} << 24) << 20;
  };
  to.front.connections = of.number("connections", to.front.connections, 2, 1'000'000);
  to.desk.per_client = of.number("requests_per_client", to.desk.per_client, 1, 1'000'000);
  to.desk.requests = of.number("requests", to.desk.requests, 1, 1'000'000);
  mib("request_mib", to.front.request_bytes);
  mib("upload_mib", to.front.upload_bytes);
  mib("waiting_mib", to.front.total_bytes);
  mib("waiting_mib_per_client", to.front.client_bytes);
  mib("answers_mib", to.front.answer_bytes);
  mib("stock_mib", to.stock_bytes);
  to.front.least_rate = of.number("least_bytes_per_second", to.front.least_rate, 1, std::size_t{1} << 40);
  of.finish();
}
inline void read_times(json const& value, std::string const& where, group_settings& to) {
  checked_object of(value, where);
  to.front.greet_wait = of.milliseconds("greet_ms", to.front.greet_wait);
  to.front.idle_wait = of.milliseconds("idle_ms", to.front.idle_wait);
  to.front.message_wait = of.milliseconds("message_ms", to.front.message_wait);
  to.front.half_wait = of.milliseconds("request_ms", to.front.half_wait);
  to.tick = of.milliseconds("tick_ms", to.tick);
  to.lost_after = of.milliseconds("lost_after_ms", to.lost_after);
  to.step = of.milliseconds("step_ms", to.step);
  to.connect = of.milliseconds("connect_ms", to.connect);
  of.finish();
}

}  // namespace detail

/// Reads the file of a group; examples/service/README.md has every key and its default. A file of players alone, as
/// cluster::load reads it, is one as well: {"server0": "host:port", ...}.
///
/// Throws  bad_option that names file and key, and suggests one where a key is unknown
[[nodiscard]] inline group_settings parse_group(std::string const& text, std::filesystem::path const& file) {
  auto const where = file.string();
  auto const document = detail::parse_json(text, where);
  auto const nothing = detail::json::object();
  bool const flat = detail::is_flat(document);
  detail::checked_object top(flat ? nothing : document, where);
  group_settings out;
  out.file = file;
  out.players = detail::players_of(document, file);
  (void)top.find("players");
  if (!flat) detail::refuse_settings_of_players(document, where);
  auto const protocol = top.text("protocol", "");
  if (top.has("protocol") && protocol != "pond" && protocol != "securenn")
    top.fail("protocol", "\"pond\" or \"securenn\"");
  out.clients = detail::addresses(top.find("clients"), where + ": clients", {"server0", "server1"});
  out.status = detail::addresses(top.find("status"), where + ": status", out.players.players());
  out.data = file.parent_path() / top.text("data", "models");
  if (auto const* const rules = top.find("policy")) {
    out.has_policy = true;
    detail::here_or_elsewhere(*rules, file, where + ": policy",
                              [&](auto const& value, auto const& at) { out.rules = policy::parse(value, at); });
  }
  if (auto const* const batching = top.find("batching")) {
    detail::checked_object of(*batching, where + ": batching");
    out.desk.max_samples = of.number("samples", out.desk.max_samples, 1, control_record::most_samples);
    out.desk.batch_wait = of.milliseconds("wait_ms", out.desk.batch_wait);
    of.finish();
  }
  if (auto const* const limits = top.find("limits")) detail::read_limits(*limits, where + ": limits", out);
  if (auto const* const times = top.find("times")) detail::read_times(*times, where + ": times", out);
  top.finish();
  out.protocol = detail::protocol_of(out.players, protocol, where);
  if (!top.has("clients")) out.clients = detail::usual_clients(out.players, where);
  if (out.clients.size() != 2)
    throw bad_option(fmt::format("{}: 'clients' must have the addresses of server0 and server1 for clients", where));
  if (out.tick + out.desk.batch_wait >= out.lost_after)
    throw bad_option(
        fmt::format("{}: 'tick_ms' and 'wait_ms' together must be less than 'lost_after_ms': {} + {} and {}", where,
                    out.tick.count(), out.desk.batch_wait.count(), out.lost_after.count()));
  return out;
}
[[nodiscard]] inline group_settings load_group(std::filesystem::path const& file) {
  return parse_group(detail::text_of_file(file), file);
}

/// What one player of the group does with it.
///
/// Throws  bad_option for a name that is no player's
[[nodiscard]] inline server_options options_of(group_settings const& group, std::string const& player) {
  (void)group.players.index_of(player);
  server_options o;
  o.player = player;
  if (auto const at = group.clients.find(player); at != group.clients.end()) {
    o.clients_host = at->second.host;
    o.clients_port = at->second.port;
  }
  if (auto const at = group.status.find(player); at != group.status.end()) {
    o.status_host = at->second.host;
    o.status_port = at->second.port;
  }
  o.data = group.data / player;
  o.rules = group.rules;
  o.front = group.front;
  o.desk = group.desk;
  o.engine.tick = group.tick;
  o.engine.stock_bytes = group.stock_bytes;
  return o;
}

}  // namespace koi::serve
