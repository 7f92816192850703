// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/party.hpp>
#include <koi/tensor.hpp>

#include <initializer_list>
#include <utility>

namespace koi {

/// One step of the common program at one player. Its number, kind and shapes go into the running
/// digest that every frame carries, and its number separates its randomness from all other steps':
/// stream key = KDF(seed of the pair, run, operation, purpose).
///
/// Every player makes the same operations in the same order, also those it takes no part in.
class operation {
 public:
  using shapes = std::initializer_list<std::reference_wrapper<shape_type const>>;

  operation(party& self, std::string_view kind, shapes const& of = {})
      : self_(self), row_(begun(self, kind, of)), number_(++self.operations_), run_(self.run_) {
    step_ = mixed(step_, kind);
    for (shape_type const& shape : of) step_ = mixed(step_, shape);
    self.mix(step_);
    self.mix(static_cast<std::uint64_t>(self.pass_));
    tag_.digest = self.digest_;
    tag_.operation = static_cast<std::uint32_t>(number_);
    tag_.name = make_frame_name(kind);
  }
  operation(operation const&) = delete;
  operation& operator=(operation const&) = delete;
  ~operation() {
    self_.ledger_.end(row_);
    if (self_.recording_) self_.recording_->step(tag_.operation, row_, began_);
  }

  [[nodiscard]] party& self() noexcept { return self_; }
  /// Its place in the program: the same at every player, and no other operation's.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  /// Says what the step costs: `of()` gives it, and is asked where somebody plans. Steps within this one say theirs
  /// themselves. Of an input the owner, and of an output the player that takes it.
  template <class Cost>
  void declare(Cost of, phase in = phase::online, std::size_t owner = planned_step::nobody,
               std::size_t taker = planned_step::nobody) {
    if (self_.planned_) self_.planned_->push_back({row_, of(), in, owner, taker, std::nullopt});
  }
  /// Says what the players do in the step that was declared last: `say(course)` tells it, and is asked where somebody
  /// plans courses.
  template <class Say>
  void describe(Say say) {
    if (!self_.courses_) return;
    auto& step = self_.planned_->back();
    auto const helper = self_.helper();
    say(step.course.emplace(std::array{self_.server(0), self_.server(1)}, helper, self_.role_of(helper) == role::assist,
                            step.ph));
  }

  /// The step's offline half: `make()` draws masks, deals or receives what is dealt, and computes
  /// what depends on no input. It is run now, or was run ahead and is taken from the stock. A helper
  /// that only deals keeps nothing, so there the result of a run ahead is a default one.
  ///
  /// Ahead of the inputs the result is a default one everywhere, and the step ends here: see ahead().
  /// Throws  bad_argument if the run does not do what was prepared
  template <class Make>
  [[nodiscard]] auto offline(Make make) -> decltype(make()) {
    using material = decltype(make());
    if (self_.pass_ == pass::whole || !has_offline_half()) return make();
    if (self_.pass_ == pass::offline) {
      auto made = make();
      if (keeps()) self_.stock_.put(step_, std::move(made));
      return material{};
    }
    return keeps() ? self_.stock_.take<material>(step_, to_string(tag_)) : material{};
  }

  /// The same for what later steps' offline halves need as well: ahead of the inputs the result is
  /// the material itself, and a copy is kept.
  template <class Make>
  [[nodiscard]] auto offline_shared(Make make) -> decltype(make()) {
    if (self_.pass_ != pass::offline) return offline(std::move(make));
    auto made = make();
    if (has_offline_half() && keeps()) self_.stock_.put(step_, made);
    return made;
  }

  /// Whether this step is done ahead of its inputs, so that only its offline half takes place.
  [[nodiscard]] bool ahead() const noexcept { return self_.pass_ == pass::offline; }
  /// Whether this player computes on shares in this step: a server, and not ahead of the inputs.
  [[nodiscard]] bool computes() const noexcept { return self_.is_server() && !ahead(); }
  /// Whether this player answers the servers' messages in this step: SecureNN's server2, and not ahead.
  [[nodiscard]] bool assists() const noexcept { return self_.role_of(self_.id()) == role::assist && !ahead(); }

  /// The stream that this player and a peer have in common for one purpose. Each purpose has one
  /// stream in an operation: asking twice would repeat a mask, and is refused.
  ///
  /// Throws  bad_argument
  [[nodiscard]] prg stream(std::size_t peer, std::string_view purpose) {
    for (auto const& [who, what] : drawn_)
      if (who == peer && what == purpose)
        throw bad_argument(fmt::format("{}: the stream '{}' was drawn twice", to_string(tag_), purpose));
    drawn_.emplace_back(peer, purpose);
    auto const& shared = self_.shared_.at(peer);
    if (!shared)
      throw bad_argument(fmt::format("{} and {} have no seed in common", self_.name(), self_.players()[peer]));
    return prg(derive(*shared, purpose, {run_, number_}));
  }

  /// Hands bytes to a peer without waiting for it.
  void send(std::size_t to, const_byte_span bytes, phase in = phase::online) {
    tag_.ph = in;
    auto const begun = now();
    self_.net_.send(to, tag_, bytes);
    if (self_.recording_) self_.recording_->sent(tag_.operation, row_, to, in, bytes.size(), begun);
    self_.ledger_.sent(row_, to, in, bytes.size());
  }

  /// Fills a buffer with a peer's message. Throws channel_error.
  void receive(std::size_t from, byte_span into, phase in = phase::online) {
    tag_.ph = in;
    auto const depth = self_.spent().rounds(in);
    auto const begun = now();
    self_.net_.recv(from, tag_, into, patience_);
    self_.ledger_.received(row_, from, in, into.size(), self_.spent().rounds(in) - depth, begun);
    if (self_.recording_)
      self_.recording_->received(tag_.operation, row_, from, in, into.size(), self_.spent().rounds(in), begun);
  }

  template <Ring R>
  void send(std::size_t to, tensor<R> const& x, phase in = phase::online) {
    send(to, x.bytes(), in);
  }
  template <Ring R>
  [[nodiscard]] tensor<R> receive(std::size_t from, shape_type const& shape, phase in = phase::online) {
    tensor<R> x(shape);
    receive(from, x.writable_bytes(), in);
    return x;
  }

  /// The compute servers swap equally long messages, in one round.
  void exchange(const_byte_span mine, byte_span theirs, phase in = phase::online) {
    send(self_.other_server(), mine, in);
    receive(self_.other_server(), theirs, in);
  }

  /// From here on this operation waits as long as an owner's own work may take.
  void wait_for_owner() noexcept { patience_ = self_.limits_.owner; }

 private:
  [[nodiscard]] bool has_offline_half() const noexcept { return self_.is_server() || self_.is_helper(); }
  [[nodiscard]] bool keeps() const noexcept { return self_.is_server() || self_.role_of(self_.id()) == role::assist; }

  /// For the ledger and the recording; nothing where neither is kept.
  [[nodiscard]] ledger::clock::time_point now() const {
    return self_.ledger_.closed() && !self_.recording_ ? ledger::clock::time_point() : ledger::clock::now();
  }

  static std::size_t begun(party& self, std::string_view kind, shapes const& of) {
    if (self.over_) throw bad_argument("a prepared part failed before; this session is over");
    return self.ledger_.begin(kind, of);
  }

  party& self_;
  std::size_t row_;
  ledger::clock::time_point began_ = now();
  std::uint64_t step_ = 0;
  std::uint64_t number_;
  std::uint64_t run_;
  frame_tag tag_;
  std::chrono::milliseconds patience_ = self_.limits_.round;
  std::vector<std::pair<std::size_t, std::string>> drawn_;
};

}  // namespace koi
