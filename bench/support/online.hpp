// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/support/board.hpp"
#include "bench/support/machine.hpp"
#include "bench/support/slow_link.hpp"

#include <koi/koi.hpp>
#include <koi/session/in_process.hpp>

#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <mutex>

namespace koi::bench {

/// What depends on no input (dealing, masks, products of masks with weights): within the time, or
/// before it.
enum class dealing { included, ahead };

/// What an operation took.
struct figures {
  double median_ms = 0;
  cost wire;                           ///< of one run, dealt bytes included
  double offline_ms = 0;               ///< of what was made ahead
  std::size_t kept_bytes = 0;          ///< the most that a player kept of it
  std::vector<std::string> flights{};  ///< over emulated links: the operations of each round of a run
};

namespace detail {

inline constexpr std::array<char const*, 1> owners{"owner"};

/// Lets every player know that every other one has all that was sent to it, so that no queue waits
/// for a player that does not come back to its links. Empty messages outside the counted phases.
inline void settle(party& self, roster const& who) {
  for (int time = 0; time < 2; ++time) {
    operation op(self, "settle");
    auto const each = [&](auto act) {
      for (std::size_t peer = 0; peer < self.players().size(); ++peer)
        if (have_link(who, self.id(), peer)) act(peer);
    };
    each([&](std::size_t peer) { op.send(peer, const_byte_span{}, phase::set_up); });
    each([&](std::size_t peer) { op.receive(peer, byte_span{}, phase::set_up); });
  }
}

inline void count(lap& into, party const& self, meter const& before) {
  auto const used = self.spent() - before;
  into.sent = {};
  for (std::size_t peer = 0; peer < self.players().size(); ++peer) {
    auto const online = used.sent(peer, phase::online).bytes;
    auto const here = self.role_of(self.id()), there = self.role_of(peer);
    if (here == role::own || there == role::own)
      into.sent.owners += online;
    else if (here == role::compute && there == role::compute)
      into.sent.servers += online;
    else
      into.sent.assisted += online;
    into.sent.dealt += used.sent(peer, phase::offline).bytes;
  }
  into.depth_before = before.rounds(phase::online);
  into.depth_after = self.spent().rounds(phase::online);
}

/// One player's part in all runs.
template <Protocol P, class SetUp, class Prepare, class Timed>
void play(options const& how, dealing when, board& shared, party& self, SetUp& set_up, Prepare& prepare, Timed& timed) {
  auto const who = find_roster<P>(self.players());
  auto state = set_up(self);
  for (std::size_t run = 0; run < how.warm_ups() + how.runs(); ++run) {
    auto const once = [&] {
      auto const x = prepare(self, state);
      if (self.now() == pass::offline) return void(timed(self, state, x));
      settle(self, who);
      auto const before = self.spent();
      auto const start = shared.meet();
      auto const result = timed(self, state, x);
      auto const end = board::now_ns();
      if (run < how.warm_ups()) return;
      auto& mine = shared.of(self.id(), run - how.warm_ups());
      mine.end_ns = end;
      count(mine, self, before);
      if (self.id() == who.server0) shared.start_ns(run - how.warm_ups()) = start;
    };
    if (when == dealing::included) {
      once();
    } else {
      settle(self, who);
      auto const start = shared.meet();
      auto const kept = self.make_ahead(once);
      if (run >= how.warm_ups()) {
        auto& mine = shared.of(self.id(), run - how.warm_ups());
        mine.offline_ns = board::now_ns() - start;
        mine.kept_bytes = kept;
      }
      self.use_ahead(once);
    }
    settle(self, who);
  }
}

/// A part for each player: threads, or processes of which this one is the parent.
template <class Part>
void as_threads(std::size_t players, board& shared, Part part) {
  std::mutex guard;
  std::exception_ptr first;
  {
    std::vector<std::jthread> threads;
    for (std::size_t p = 0; p < players; ++p)
      threads.emplace_back([&, p] {
        try {
          part(p);
        } catch (...) {
          {
            std::scoped_lock const lock(guard);
            if (!first) first = std::current_exception();
          }
          shared.give_up();
        }
      });
  }
  if (first) std::rethrow_exception(first);
}

template <class Part>
void as_processes(std::size_t players, board& shared, Part part) {
  std::fflush(nullptr);
  std::vector<pid_t> children;
  for (std::size_t p = 0; p < players; ++p) {
    auto const child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      int status = 0;
      try {
        part(p);
      } catch (std::exception const& e) {
        fmt::print(stderr, "player {} (process {}): {}\n", p, ::getpid(), e.what());
        shared.give_up();
        status = 1;
      }
      std::fflush(stderr);
      ::_exit(status);
    }
    if (child > 0) children.push_back(child);
  }
  std::vector<std::string> failed;
  if (children.size() < players) failed.push_back("one that the system did not start");
  while (!children.empty()) {
    if (!failed.empty()) shared.give_up();
    int status = 0;
    auto const ended = ::waitpid(-1, &status, 0);
    auto const at = std::find(children.begin(), children.end(), ended);
    if (at == children.end()) {
      if (ended < 0 && errno != EINTR) throw error("the players' processes are gone");
      continue;
    }
    if (status != 0) failed.push_back(fmt::format("process {}", ended));
    children.erase(at);
  }
  if (!failed.empty()) throw error(fmt::format("players that failed: {}", fmt::join(failed, ", ")));
}

}  // namespace detail

/// Times an operation of all players together.
///
/// `set_up(self)` runs once at every player and gives what stays, such as weights; `prepare(self,
/// state)` gives the inputs of one run, shared anew each time because a value's mask serves it for
/// good; `timed(self, state, inputs)` is the operation. Before each run all players have received
/// all that was sent to them and meet at a barrier. The clock starts when it opens and stops when
/// the slowest player, the helper among them, has finished. The first runs are not counted.
/// With `link`, the players are threads over emulated links, wherever the options want them.
/// Players  server0, server1, the helper, and one owner (player 3)
/// Throws   what one of the players threw; where they are processes, koi::error
template <Protocol P, class SetUp, class Prepare, class Timed>
[[nodiscard]] figures online(options const& how, dealing when, SetUp set_up, Prepare prepare, Timed timed,
                             std::optional<link_model> link = std::nullopt) {
  auto const names = with_servers<P>({detail::owners.begin(), detail::owners.end()});
  auto const who = find_roster<P>(names);
  board shared(names.size());
  auto const play = [&](party& self) {
    if (how.where == players::processes || self.id() == 0) kernels::threads(how.threads);
    try {
      detail::play<P>(how, when, shared, self, set_up, prepare, timed);
    } catch (...) {
      self.abort("its program failed");
      throw;
    }
  };

  figures out;
  std::optional<slow_network> network;
  if (link) {
    network.emplace(*link, names.size());
    koi::detail::in_process_parts parts;
    parts.around = [&](std::size_t me, std::size_t peer, any_channel inner) {
      return any_channel(slow_channel(*network, me, peer, std::move(inner)));
    };
    auto parties = koi::detail::in_process_parties(names, who, parts);
    detail::as_threads(names.size(), shared, [&](std::size_t p) {
      play(parties[p]);
      parties[p].close();
    });
  } else if (how.where == players::threads) {
    auto parties = koi::detail::in_process_parties(names, who);
    detail::as_threads(names.size(), shared, [&](std::size_t p) { play(parties[p]); });
  } else {
    // a port is held by a socket that is bound and does not listen, until its player listens there
    std::vector<tcp_socket> held(names.size());
    std::string where;
    for (std::size_t p = 0; p < names.size(); ++p) {
      held[p].bind_anywhere();
      where += fmt::format("{}\"{}\": \"127.0.0.1:{}\"", p == 0 ? "{" : ", ", names[p], held[p].port());
    }
    auto const meeting = cluster::parse(where + ", \"transport\": \"plain\"}", "benchmark");
    auto const part = [&](std::size_t p) {
      session_options session;
      session.program = "bench";
      auto on = connect_session<P>(meeting, names[p], session);
      play(on.self());
    };
    if (how.where == players::tcp)
      detail::as_threads(names.size(), shared, part);
    else
      detail::as_processes(names.size(), shared, part);
  }

  std::vector<double> ms, offline_ms;
  for (std::size_t run = 0; run < how.runs(); ++run) {
    std::int64_t end = 0, offline = 0;
    std::uint64_t before = 0, after = 0;
    out.wire = {};
    for (std::size_t p = 0; p < names.size(); ++p) {
      auto const& seen = shared.of(p, run);
      end = std::max(end, seen.end_ns);
      offline = std::max(offline, seen.offline_ns);
      out.kept_bytes = std::max(out.kept_bytes, seen.kept_bytes);
      before = std::max(before, seen.depth_before);
      after = std::max(after, seen.depth_after);
      out.wire = out.wire + seen.sent;
    }
    out.wire.rounds = after - before;
    ms.push_back(static_cast<double>(end - shared.start_ns(run)) * 1e-6);
    offline_ms.push_back(static_cast<double>(offline) * 1e-6);
  }
  out.offline_ms = median(std::move(offline_ms));
  out.median_ms = median(std::move(ms));
  if (network) out.flights = network->last_flights(out.wire.rounds);
  return out;
}

/// Rows of online operations, beside what the wire and the processor allow.
class online_table {
 public:
  explicit online_table(options const& how) : table_(how) {
    begin(how);
    if (how.where != players::threads) wire_ = loopback(how);
    gmacs_ = dgemm_gmacs(how);
    table::note(fmt::format(
        "players: {}, {} thread{} each; dgemm {:.1f} GMAC/s{}", to_string(how.where), how.threads,
        how.threads == 1 ? "" : "s", gmacs_,
        wire_ ? fmt::format("; loopback {:.0f} us there and back, {:.2f} GB/s", wire_->round_trip_us, wire_->gbs)
              : std::string()));
  }

  /// One operation: its milliseconds as `name` + `kind` + "_ms", and its counts in the file.
  /// `multiply_adds` are those of a matrix product that every server makes at least once.
  void add(std::string const& name, std::string_view kind, figures const& f, dealing when, double multiply_adds = 0) {
    std::optional<double> limit;
    if (wire_) {
      auto const bytes = static_cast<double>(when == dealing::included ? f.wire.bytes() : f.wire.online());
      limit = static_cast<double>(f.wire.rounds) * wire_->round_trip_us / 2 * 1e-3 +
              std::max(bytes / (wire_->gbs * 1e9), multiply_adds / (gmacs_ * 1e9)) * 1e3;
    }
    table_.add({fmt::format("{}{}_ms", name, kind), f.median_ms, "ms", limit, true, f.wire});
    if (when == dealing::ahead) {
      table_.add({name + "_offline_ms", f.offline_ms, "ms"});
      table_.add({name + "_kept", static_cast<double>(f.kept_bytes), "bytes"});
      return;
    }
    table_.record({name + "_rounds", static_cast<double>(f.wire.rounds), "rounds"});
    table_.record({name + "_online_bytes", static_cast<double>(f.wire.online()), "bytes"});
    table_.record({name + "_offline_bytes", static_cast<double>(f.wire.dealt), "bytes"});
  }

  /// An operation over emulated links, whose limit is what its flights take on their way.
  void add_flights(std::string const& name, figures const& f, link_model const& link) {
    auto const limit = static_cast<double>(f.wire.rounds) * link.round_trip_ms / 2;
    table_.add({name + "_ms", f.median_ms, "ms", limit, true, f.wire});
    table::note(fmt::format("{} flights: {}", f.wire.rounds, fmt::join(f.flights, ", ")));
  }

  /// An operation beside the milliseconds that were predicted for it.
  void add_predicted(std::string const& name, figures const& f, double milliseconds) {
    table_.add({name + "_ms", f.median_ms, "ms", milliseconds, true, f.wire});
  }

 private:
  table table_;
  std::optional<wire_limits> wire_;
  double gmacs_ = 0;
};

}  // namespace koi::bench
