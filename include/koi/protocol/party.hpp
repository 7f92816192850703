// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto.hpp>
#include <koi/net/network.hpp>
#include <koi/protocol/cost.hpp>
#include <koi/protocol/course.hpp>
#include <koi/protocol/digest.hpp>
#include <koi/protocol/ledger.hpp>
#include <koi/protocol/stock.hpp>
#include <koi/protocol/timeline.hpp>

#include <chrono>
#include <limits>
#include <optional>
#include <vector>

namespace koi {

/// What a player does in a protocol.
enum class role : std::uint8_t {
  compute,  ///< holds shares: server0 and server1
  assist,   ///< deals and answers masked questions: SecureNN's server2
  deal,     ///< deals and receives nothing: Pond's crypto-producer
  own,      ///< has inputs or takes outputs
};

/// Which players hold the roles of a protocol; everybody else is an owner.
struct roster {
  std::size_t server0 = 0;
  std::size_t server1 = 1;
  std::size_t helper = 2;
  role helper_role = role::deal;
};

/// How long a player waits, and how much it keeps.
struct party_limits {
  /// For the other servers, which are in the same step.
  std::chrono::milliseconds round = std::chrono::minutes(2);
  /// For what depends on an owner's own work, as training a model does. A player that dies ends the
  /// wait at once; this only bounds one that hangs.
  std::chrono::milliseconds owner = std::chrono::hours(4);
  /// Bytes of prepared material that a player keeps.
  std::size_t stock = std::size_t{4} << 30;
};

/// What a step says that it costs, where somebody plans.
struct planned_step {
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  std::size_t row = 0;  ///< of the ledger: scope and kind of the step
  koi::cost cost;
  phase ph = phase::online;             ///< of its online part
  std::size_t owner = nobody;           ///< of an input
  std::size_t taker = nobody;           ///< of an output
  std::optional<koi::course> course{};  ///< what the players do; absent where the step does not tell
};

/// Looks at values of a program as they come: see ops/watch.hpp.
class watcher {
 public:
  virtual ~watcher() = default;
};

/// One player inside a protocol: its role, its channels, the seeds that it shares with each peer,
/// what it has spent, and where it is in the program.
///
/// Threads  distinct objects: safe; one object: one thread at a time
class party {
 public:
  /// `shared[player]` is the seed in common with that player; absent where there is no link.
  party(network net, roster who, std::vector<std::optional<seed>> shared, party_limits within = {})
      : net_(std::move(net)), who_(who), shared_(std::move(shared)), limits_(within), ledger_(net_.spent()) {}

  [[nodiscard]] std::size_t id() const noexcept { return net_.me(); }
  [[nodiscard]] std::string const& name() const { return net_.players()[id()]; }
  [[nodiscard]] std::vector<std::string> const& players() const noexcept { return net_.players(); }

  [[nodiscard]] role role_of(std::size_t player) const noexcept {
    if (player == who_.server0 || player == who_.server1) return role::compute;
    return player == who_.helper ? who_.helper_role : role::own;
  }
  [[nodiscard]] bool is_server() const noexcept { return role_of(id()) == role::compute; }
  [[nodiscard]] bool is_helper() const noexcept { return id() == who_.helper; }

  /// 0 at server0, 1 at server1. Only a compute server has an index.
  [[nodiscard]] unsigned index() const noexcept { return id() == who_.server1 ? 1 : 0; }
  [[nodiscard]] std::size_t server(unsigned j) const noexcept { return j == 0 ? who_.server0 : who_.server1; }
  [[nodiscard]] std::size_t other_server() const noexcept { return server(1 - index()); }
  [[nodiscard]] std::size_t helper() const noexcept { return who_.helper; }

  /// What was sent and received so far, and the rounds.
  [[nodiscard]] meter const& spent() const noexcept { return net_.spent(); }

  /// Where time, rounds, bytes and memory went.
  [[nodiscard]] ledger const& spending() const noexcept { return ledger_; }
  /// From now on the ledger is not kept, for measuring what that costs.
  void close_ledger() noexcept { ledger_.close(); }
  /// From here to the end of the result's life steps stand in the ledger under this name.
  [[nodiscard]] ledger_scope scope(std::string_view name) { return {ledger_, name}; }

  /// How far the others' clocks are ahead, by player; known of those that this player called over a network.
  [[nodiscard]] std::vector<std::optional<clock_offset>> const& clocks() const noexcept { return net_.clocks(); }

  /// From now on every step and message is recorded, as many as there is room for.
  void record(std::size_t most_events) { recording_.emplace(players().size(), most_events, net_.clocks()); }
  [[nodiscard]] std::optional<timeline> const& recording() const noexcept { return recording_; }

  /// From now on this party, an owner without links, only notes what steps say that they cost. Nothing is prepared
  /// ahead: a prepared part is planned where it is used. `courses`: also what the players do in each step, message by
  /// message, in memory that grows with the values.
  void plan(bool courses = false) {
    planned_.emplace();
    courses_ = courses;
  }
  [[nodiscard]] bool plans() const noexcept { return planned_.has_value(); }
  [[nodiscard]] std::vector<planned_step> const& planned() const { return planned_.value(); }

  /// From now on this one sees what the program computes; it outlives the party.
  void watch(watcher& by) noexcept { watcher_ = &by; }
  [[nodiscard]] watcher* watched_by() const noexcept { return watcher_; }

  /// A new run of a program: its streams are independent of every earlier run's.
  void begin_run() noexcept {
    ledger_.resume();
    ++run_;
    mix(run_);
  }

  /// The run is over: what follows is no part of the ledger.
  void end_run() noexcept { ledger_.pause(); }

  /// Does what a part of the program needs that depends on no input, and keeps it: the masks that
  /// this player draws, what the helper deals, products with lasting values. Messages about inputs
  /// are neither sent nor awaited. `name` is the stock's that it goes to, the same at every player.
  ///
  /// Returns the bytes that this player keeps for it.
  /// Throws  bad_argument within a prepared part; what the part throws, and then the party is over
  template <class Part>
  std::size_t make_ahead(Part&& part, std::string_view name = {}) {
    refuse_nesting();
    if (plans()) return 0;
    mix_name(name);
    stock_.begin_making(name);
    do_pass(pass::offline, part);
    return stock_.made_bytes();
  }
  /// Does a part whose offline half was made ahead, with the oldest of that name; what it uses is gone before.
  ///
  /// Throws  bad_argument if nothing is left, at all players alike. What leaves the part itself, and
  ///         bad_argument where it does other steps than the prepared one, or the same ones with other
  ///         operands: these may arise at one player alone, so the party is over then
  template <class Part>
  void use_ahead(Part&& part, std::string_view name = {}) {
    refuse_nesting();
    if (plans()) {
      part();
      return;
    }
    stock_.begin_using(name);
    mix_name(name);
    do_pass(pass::online, [&] {
      part();
      stock_.end_using();
    });
  }
  /// Throws away what was made ahead under a name, the oldest runs first, as every player must.
  ///
  /// Returns how many runs are gone.
  /// Throws  bad_argument within a prepared part
  std::size_t drop_ahead(std::string_view name = {}, std::size_t most = std::numeric_limits<std::size_t>::max()) {
    refuse_nesting();
    auto const dropped = stock_.drop(name, most);
    mix_name(name);
    mix(dropped);
    return dropped;
  }
  /// Ends the party: every later step throws bad_argument.
  void give_up() noexcept { over_ = true; }
  [[nodiscard]] std::size_t stock_limit() const noexcept { return limits_.stock; }
  [[nodiscard]] std::size_t runs_ahead() const noexcept { return stock_.runs(); }
  [[nodiscard]] std::size_t runs_ahead(std::string_view name) const { return stock_.runs(name); }
  [[nodiscard]] std::size_t bytes_ahead() const noexcept { return stock_.bytes(); }
  [[nodiscard]] std::size_t bytes_ahead(std::string_view name) const { return stock_.bytes(name); }
  [[nodiscard]] pass now() const noexcept { return pass_; }

  /// Waits until all that was sent is on its way: a dealer that ran ahead may have much left.
  void flush() { net_.flush(limits_.owner); }
  void abort(abort_reason const& why) noexcept { net_.abort(why); }
  void close() noexcept { net_.close(); }

 private:
  friend class operation;

  /// Takes a word into the running digest of the program so far.
  void mix(std::uint64_t word) noexcept { digest_ = mixed(digest_, word); }

  /// Players that name different stocks differ in every later message.
  void mix_name(std::string_view name) noexcept {
    if (!name.empty()) digest_ = mixed(digest_, name);
  }

  void refuse_nesting() const {
    if (pass_ != pass::whole) throw bad_argument("prepared parts do not nest");
  }

  /// What leaves a prepared part has left it at some step, so that the stock no longer fits: no step
  /// follows.
  template <class Part>
  void do_pass(pass which, Part&& part) {
    pass_ = which;
    try {
      part();
    } catch (...) {
      pass_ = pass::whole;
      over_ = true;
      throw;
    }
    pass_ = pass::whole;
  }

  network net_;
  roster who_;
  std::vector<std::optional<seed>> shared_;
  party_limits limits_;
  ledger ledger_;
  std::optional<timeline> recording_;
  std::optional<std::vector<planned_step>> planned_;
  bool courses_ = false;  // steps tell theirs
  watcher* watcher_ = nullptr;
  stock stock_;
  pass pass_ = pass::whole;
  bool over_ = false;
  std::uint64_t run_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t digest_ = 0x6b6f69;
};

}  // namespace koi
