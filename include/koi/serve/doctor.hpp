// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/clock_offset.hpp>
#include <koi/serve/detail/probe.hpp>
#include <koi/serve/detail/told.hpp>
#include <koi/serve/finding.hpp>
#include <koi/serve/secure_link.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi::serve {

struct doctor_options {
  std::chrono::milliseconds wait{3'000};       ///< for each thing that another machine owes
  std::map<std::string, endpoint> clients;     ///< where servers listen to clients
  std::map<std::string, endpoint> status;      ///< where players show health and metrics
  std::string protocol;                        ///< with which all players' should begin; empty: any
  std::size_t ring_bits = 0;                   ///< of all players; 0: any
  std::size_t frac_bits = 0;                   ///< of a ring that is given
  std::string program;                         ///< of all players; empty: any
  std::optional<std::uint64_t> config;         ///< digest that all players should have; none: any
  std::string_view settings = "the settings";  ///< what `config` is a digest of, for messages
  std::optional<std::filesystem::path> data;   ///< folder in which this player keeps what must survive
  std::function<void(finding const&)> each;    ///< gets every finding as it is made
  std::function<std::chrono::nanoseconds()> clock = clock_reading;  ///< this machine's, with which others' are compared
};

/// Looks at one player's keys, ports and folder, and at its links to all others, in whatever state those are.
///
/// Throws  bad_option for an unknown player
/// Threads  one object: one thread at a time
class doctor {
 public:
  doctor(cluster players, std::string me, doctor_options options)
      : players_(std::move(players)), me_(std::move(me)), options_(std::move(options)) {
    (void)players_.index_of(me_);
  }

  /// Everything, once. Whether all is well is whether none is broken.
  [[nodiscard]] std::vector<finding> examine() {
    found_.clear();
    said_.clear();
    told_.clear();
    own_keys();
    own_ports();
    if (options_.data) own_folder(*options_.data);
    for (auto const& other : players_.players())
      if (other != me_) pair(other);
    if (runs_ && options_.clients.contains(me_)) (void)front_of(me_, me_);
    for (auto const& other : players_.players())
      if (other != me_) compare(other);
    models();
    return found_;
  }

 private:
  using net_clock = koi::detail::net_clock;

  void note(verdict is, std::string where, std::string_view what, std::string text) {
    found_.push_back({is, std::move(where), std::string(what), std::move(text)});
    if (options_.each) options_.each(found_.back());
  }
  [[nodiscard]] net_clock::time_point deadline() const { return koi::detail::deadline_after(options_.wait); }
  [[nodiscard]] std::string pair_of(std::string const& other) const { return fmt::format("{} and {}", me_, other); }
  [[nodiscard]] bool calls(std::string const& other) const { return players_.index_of(me_) > players_.index_of(other); }

  // --- this player

  void own_keys() {
    try {
      who_.emplace(players_, me_, [this](std::string const& line) { note(verdict::doubtful, me_, "keys", line); });
    } catch (bad_option const& e) {
      return note(verdict::broken, me_, "keys", e.what());
    }
    auto const* const mine = who_->security().tls();
    if (mine == nullptr) return;
    auto const self = mine->self();
    if (auto const& pin = players_.pin(me_); !pin.empty() && pin != self.fingerprint)
      note(
          verdict::broken, me_, "keys",
          fmt::format(
              "the configuration pins {}, and these keys have {}: the others will refuse them. Put the new fingerprint "
              "into everybody's configuration, or the right keys here",
              pin, self.fingerprint));
    else
      note(verdict::good, me_, "keys",
           fmt::format("{}, valid until {}", self.fingerprint, koi::detail::date_text(self.valid_until)));
    note(verdict::good, me_, "clock",
         fmt::format("{}; this player's certificate is valid from {}", koi::detail::clock_text(),
                     koi::detail::date_text(koi::detail::valid_from(mine->own()))));
  }

  void own_ports() {
    bool called = false;
    for (auto const& other : players_.players()) called = called || (other != me_ && !calls(other));
    if (called) own_port("port for players", players_.listen_endpoint(me_), "\"listen\" or \"address\"");
    if (auto const at = options_.clients.find(me_); at != options_.clients.end())
      own_port("port for clients", at->second, "\"clients\"");
    if (auto const at = options_.status.find(me_); at != options_.status.end())
      own_port("port for status", at->second, "\"status\"");
  }

  void own_port(std::string_view what, endpoint const& at, std::string_view key) {
    auto const found = detail::resolve(at, deadline());
    auto const bad = [&](std::string const& why) {
      note(verdict::broken, me_, what, fmt::format("{}: {}. Change {} in the configuration", to_string(at), why, key));
    };
    if (found.all.empty()) return bad(found.error);
    if (who_)
      if (auto const why = who_->security().forbids(me_, found.all.front()))
        return note(verdict::broken, me_, what, why->what());
    detail::asio::io_context io;
    detail::tcp::acceptor door(io);
    boost::system::error_code ec;
    door.open(found.all.front().protocol(), ec);
    if (!ec) door.set_option(detail::tcp::acceptor::reuse_address(true), ec);
    if (!ec) door.bind(found.all.front(), ec);
    if (!ec) return note(verdict::good, me_, what, fmt::format("{} is free", to_string(at)));
    if (ec == detail::asio::error::address_in_use) return used(what, at, found.all, key);
    bad(fmt::format("cannot be listened on: {}. The address must be one of this machine's", ec.message()));
  }

  /// Somebody listens there already: this player itself, if it runs.
  void used(std::string_view what, endpoint const& at, std::vector<detail::tcp::endpoint> const& where,
            std::string_view key) {
    auto const* const mine = who_ ? who_->security().tls() : nullptr;
    auto const seen = detail::probe(where, mine, deadline());
    bool const koi = mine == nullptr ? seen.speaks == detail::tongue::plain : seen.who && seen.who->is(me_);
    runs_ = runs_ || koi;
    if (koi || (runs_ && what == "port for status"))
      return note(verdict::good, me_, what,
                  fmt::format("{}: this player runs already, and listens there", to_string(at)));
    note(what == "port for status" ? verdict::doubtful : verdict::broken, me_, what,
         fmt::format("{} is in use{}: stop that program (`ss -ltnp` shows it), or change {} in the configuration",
                     to_string(at),
                     seen.who                    ? ", by another player of this group"
                     : what == "port for status" ? ""
                                                 : " by another program",
                     key));
  }

  void own_folder(std::filesystem::path const& folder) {
    auto at = std::filesystem::absolute(folder).lexically_normal();
    std::error_code ignored;
    while (!std::filesystem::exists(at, ignored) && at.has_relative_path()) at = at.parent_path();
    auto file = (at / ".koi-doctor.XXXXXX").string();
    int const fd = ::mkstemp(file.data());
    if (fd < 0)
      return note(
          verdict::broken, me_, "folder",
          fmt::format("{} cannot be written: {}. Give it to the user that koi runs as, or change \"data\" in the "
                      "configuration",
                      at.string(), std::generic_category().message(errno)));
    ::close(fd);
    ::unlink(file.c_str());
    note(verdict::good, me_, "folder",
         at == std::filesystem::absolute(folder).lexically_normal() ? fmt::format("{} can be written", at.string())
                                                                    : fmt::format("{} can be made", folder.string()));
  }

  // --- its links

  void pair(std::string const& other) {
    auto const both = pair_of(other);
    auto const& at = players_.endpoint(other);
    auto const found = detail::resolve(at, deadline());
    if (found.all.empty())
      return note(
          verdict::broken, both, "name",
          fmt::format("{} is not found: {}. Check the name in the configuration, and this machine's name service",
                      at.host, found.error));
    note(verdict::good, both, "name", fmt::format("{} is {}", at.host, found.all.front().address().to_string()));
    if (who_)
      if (auto const why = who_->security().forbids(other, found.all.front()))
        return note(verdict::broken, both, "keys", why->what());
    bool const up = front_of(other, both);
    if (calls(other)) return link(other, both, found.all, up);
    note(verdict::good, both, "port",
         fmt::format("{} is the one that calls; whether it gets here, and what it has in common with {}, `koi doctor` "
                     "there can tell",
                     other, me_));
  }

  void link(std::string const& other, std::string const& both, std::vector<detail::tcp::endpoint> const& to, bool up) {
    auto const at = to_string(players_.endpoint(other));
    auto const bad = [&](std::string_view what, std::string const& text) { note(verdict::broken, both, what, text); };
    auto const* const mine = who_ ? who_->security().tls() : nullptr;
    auto const end = deadline();
    auto const seen = detail::probe(to, mine, end, options_.clock, up ? net_clock::time_point{} : end);
    if (seen.error == detail::asio::error::timed_out)
      return bad("route",
                 fmt::format("{} does not answer within {} ms: the machine is off, the address is another one's, or a "
                             "firewall drops what comes",
                             at, options_.wait.count()));
    if (seen.error == detail::asio::error::connection_refused) {
      if (up)
        return note(verdict::good, both, "port", fmt::format("{} is closed, as it is once all players have met", at));
      note(verdict::good, both, "route", fmt::format("{} is reached", players_.endpoint(other).host));
      return bad(
          "port",
          fmt::format("nobody listens at {}: {} does not run, has met all others already, or its \"address\" and "
                      "\"listen\" have different ports",
                      at, other));
    }
    if (seen.error)
      return bad("route", fmt::format("{}: {}. Check the address, and the way there", at, seen.error.message()));
    note(verdict::good, both, "route",
         fmt::format("{} is reached in {:.1f} ms", at, static_cast<double>(seen.took.count()) / 1000));
    if (!who_) return note(verdict::doubtful, both, "identity", "not looked at: this player's own keys are of no use");
    if (!talk(other, both, at, seen, mine != nullptr)) return;
    if (auto const& answer = seen.answer; answer.said)
      told_.insert_or_assign(other, detail::told_by(*answer.said, answer.asked, answer.heard));
    else if (!told_.contains(other))
      note(verdict::doubtful, both, "versions",
           fmt::format("{} does not say what it is like: {}. It may have met the others in this moment: try again; or "
                       "run the same release of koi on both machines",
                       other, seen.answer.untold));
  }

  /// What is on the other end of a connection; whether it is who it should be.
  bool talk(std::string const& other, std::string const& both, std::string const& at, detail::probed const& seen,
            bool secure) {
    auto const bad = [&](std::string_view what, std::string const& text) {
      note(verdict::broken, both, what, text);
      return false;
    };
    switch (seen.speaks) {
      case detail::tongue::silent:
        note(verdict::doubtful, both, "port",
             fmt::format("{} takes connections and says nothing within {} ms: {} is busy, or another program listens",
                         at, options_.wait.count(), other));
        return false;
      case detail::tongue::foreign:
        return bad("port",
                   fmt::format("{} is no player of koi: another program listens there, or something between hangs up{}",
                               at, seen.fault ? ": " + seen.fault->why : std::string{}));
      case detail::tongue::plain:
        if (secure)
          return bad(
              "transport",
              fmt::format("{} speaks plain TCP, and {} TLS: both need the same \"transport\", and keys", other, me_));
        note(verdict::good, both, "port", fmt::format("{} speaks koi over plain TCP", at));
        return true;
      case detail::tongue::tls:
        break;
    }
    if (!secure)
      return bad("transport", fmt::format("{} speaks TLS, and {} plain TCP: both need the same \"transport\", and keys",
                                          other, me_));
    if (seen.fault) return bad("certificate", fmt::format("{} at {}: {}", other, at, seen.fault->why));
    if (auto const why = who_->security().stranger(other, *seen.who); !why.empty())
      return bad("identity", fmt::format("{}: {}", at, why));
    note(verdict::good, both, "identity",
         fmt::format("{} has proven to be {}; its certificate is valid until {}", at, other,
                     koi::detail::date_text(seen.who->valid_until)));
    who_->security().warn_of_end(fmt::format("the certificate of {}", other), *seen.who);
    return true;
  }

  /// What two players must have in common, as the other one told, or as the servers know since all have met.
  void compare(std::string const& other) {
    auto const both = pair_of(other);
    if (auto const at = told_.find(other); at != told_.end()) {
      detail::due const mine{me_,
                             players_.players(),
                             options_.protocol,
                             options_.ring_bits,
                             options_.frac_bits,
                             options_.program,
                             options_.config,
                             options_.settings};
      return detail::comparison(
                 mine, other,
                 [&](verdict is, std::string_view what, std::string text) { note(is, both, what, std::move(text)); })
          .look_at(at->second);
    }
    auto const met = std::find_if(said_.begin(), said_.end(), [](auto const& s) { return s.second.up != 0; });
    if (met == said_.end()) return;
    note(verdict::good, both, "meeting",
         fmt::format("{} says that all players have met, which they do only with the same versions, protocol and "
                     "settings; a clock that was far off stands in the log of whoever called",
                     met->first));
  }

  /// Asks a server what it says to clients; whether it has met all players.
  bool front_of(std::string const& other, std::string const& both) {
    auto const at = options_.clients.find(other);
    if (at == options_.clients.end() || !who_) return false;
    try {
      auto to = call_server(*who_, at->second, other, options_.wait);
      auto const asked = options_.clock();
      to->send(message_writer(message::list).finish(), options_.wait);
      auto const m = to->receive(std::size_t{1} << 24, options_.wait);
      auto const heard = options_.clock();
      if (m.kind == message::refused) {
        message_reader in(m.body, other);
        (void)in.id();
        (void)in.word<std::uint16_t>();
        note(verdict::broken, both, "door for clients", fmt::format("{} refuses this player: {}", other, in.text()));
        return false;
      }
      auto const said = decode_description(m.body, other);
      note(said.up != 0 ? verdict::good : verdict::doubtful, both, "door for clients",
           said.up != 0 ? fmt::format("{} says that all players are there", other)
                        : fmt::format("{} waits for others: {}", other, said.note));
      said_[other] = said;
      told_[other] = detail::told_by(said, asked, heard);
      return said.up != 0;
    } catch (error const& e) {
      note(verdict::broken, both, "door for clients",
           fmt::format(
               "{}. Unless that is said already: does `koi serve` run there, of the same release, and is the port that "
               "of \"clients\"?",
               e.what()));
    }
    return false;
  }

  /// The servers should have the same models, as far as this player may see them: each tells the other of all.
  void models() {
    auto const one = said_.find("server0"), two = said_.find("server1");
    if (one == said_.end() || two == said_.end()) {
      if (!said_.empty() && !said_.contains(me_) && options_.clients.contains(me_))
        note(verdict::doubtful, "server0 and server1", "models",
             fmt::format("not compared, since {} does not run", me_));
      return;
    }
    auto const ready = [](server_description const& d) {
      std::map<model_id, bool> out;
      for (auto const& m : d.models) out[m.model] = m.ready;
      return out;
    };
    auto const a = ready(one->second), b = ready(two->second);
    bool const all = who_ && who_->security().tls() != nullptr && (me_ == "server0" || me_ == "server1");
    if (a.empty() && b.empty())
      return note(verdict::good, "server0 and server1", "models",
                  all ? "both have none" : fmt::format("none that {} may see", me_));
    if (a == b)
      return note(
          verdict::good, "server0 and server1", "models",
          fmt::format("both have the same {}{}", a.size(), all ? "" : fmt::format(", of those that {} may see", me_)));
    for (auto const& [these, others, has, lacks] :
         {std::tuple(&a, &b, "server0", "server1"), std::tuple(&b, &a, "server1", "server0")})
      for (auto const& [model, well] : *these)
        if (auto const there = others->find(model); there == others->end() || (well && !there->second))
          note(well ? verdict::broken : verdict::doubtful, "server0 and server1", "models",
               fmt::format("{} has {}{}, and {} has not: upload it again as another version", has, to_string(model),
                           well ? "" : ", which is not ready", lacks));
  }

  cluster players_;
  std::string me_;
  doctor_options options_;
  std::optional<caller> who_;
  std::map<std::string, server_description> said_;  // to clients
  std::map<std::string, detail::told> told_;        // of what players have in common
  std::vector<finding> found_;
  bool runs_ = false;
};

}  // namespace koi::serve
