// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/tensors.hpp>
#include <koi/session/disclosure.hpp>
#include <koi/tensor/encode.hpp>

#include <functional>
#include <string_view>

namespace koi {

/// Preprocessing that waits for its inputs.
struct stocked {
  std::size_t runs = 0;
  std::size_t bytes = 0;  ///< that this player keeps for them
};

/// One player's connected part in computations under a protocol. Every player runs the same
/// program on its own session; each does only its own part.
///
/// Threads  one object and the tensors that came from it: one thread at a time
template <Protocol P>
class session {
 public:
  using protocol = P;
  using private_type = private_tensor<P>;
  using public_type = public_tensor<P>;

  /// A connected party; `connect_session` and `run` make one.
  explicit session(party self) : self_(std::make_unique<party>(std::move(self))) {}
  session(session&&) noexcept = default;
  session& operator=(session&&) noexcept = default;
  ~session() {
    if (self_) self_->close();
  }

  /// Name of the player whose part this is.
  [[nodiscard]] std::string const& me() const { return self_->name(); }
  [[nodiscard]] std::vector<std::string> const& players() const { return self_->players(); }
  /// Messages, bytes and rounds so far.
  [[nodiscard]] meter const& spent() const { return self_->spent(); }
  /// Where they went, and time and memory: a row for every kind of step in every scope. A model's layers are scopes.
  [[nodiscard]] koi::ledger const& ledger() const { return self_->spending(); }
  /// A scope of the ledger that ends with the result's life.
  [[nodiscard]] ledger_scope scope(std::string_view name) { return self_->scope(name); }
  /// Where values left the shares so far, and to whom: by output and by reveal, there is no other way. Masked openings
  /// within a step say nothing about a value and are not in the list.
  [[nodiscard]] disclosures const& disclosed() const noexcept { return disclosed_; }
  /// Records what this player does and when, for trace::chrome: every step and message from now on, about 80 bytes
  /// of memory each.
  void record(std::size_t most_events = std::size_t{1} << 20) { self_->record(most_events); }
  [[nodiscard]] std::optional<timeline> const& recording() const noexcept { return self_->recording(); }
  [[nodiscard]] party& self() noexcept { return *self_; }

  /// Runs a program once. Values that it stores outside, such as weights, stay shared for the next
  /// run. An error that leaves the program ends the session at all players. Each learns who stopped,
  /// and why if that is about shapes, settings or the network; other reasons stay where they arose.
  template <class Program>
  void run(Program&& program) {
    self_->begin_run();
    guarded([&] {
      program(*this);
      self_->flush();
    });
    self_->end_run();
  }

  /// Does all that `times` runs of a part of the program need and that depends on no input, before
  /// the inputs exist: masks, what the helper deals, products of masks with lasting values. `part`
  /// says what is computed and is run on shapes alone: callables of owners are not called, nothing is
  /// revealed, and `values` gives nothing, so a part must not choose its steps by it. `use_prepared`
  /// does the rest. Each `name` has a stock of its own, from which parts of that name are served.
  ///
  ///   on.prepare(100, [&] { predict(nothing); });
  ///   for (auto const& image : images) on.use_prepared([&] { predict(image); });
  ///
  /// What is prepared holds for the lasting values, such as weights, that the part was prepared with. It lies in memory
  /// alone, and goes with the session.
  /// Cost    what the part's operations deal; the masks of lasting values that have none yet
  /// Leaks   the number of runs
  /// Throws  bad_option where all of them would not fit `party_limits::stock` (in-process: 4 GiB; else
  ///         session_options::limits); an error here or in the part ends the session
  template <class Part>
  stocked prepare(std::size_t times, Part&& part, std::string_view name = {}) {
    for (std::size_t i = 0; i < times; ++i) {
      auto const a_run = self_->make_ahead(part, name);
      auto const limit = self_->stock_limit(), kept = self_->bytes_ahead(), left = times - i - 1;
      if (a_run == 0 || (kept <= limit && left <= (limit - kept) / a_run)) continue;
      self_->give_up();  // the others may have made it: what is prepared no longer agrees
      throw bad_option(fmt::format(
          "prepare: a run takes {} bytes at {}, which keeps {} bytes with it, and the limit is {} bytes: no "
          "more than {} such runs at a time",
          a_run, me(), kept, limit, limit / a_run));
    }
    return prepared(name);
  }

  /// What is prepared and not used yet, in all and of one name.
  [[nodiscard]] stocked prepared() const noexcept { return {self_->runs_ahead(), self_->bytes_ahead()}; }
  [[nodiscard]] stocked prepared(std::string_view name) const {
    return {self_->runs_ahead(name), self_->bytes_ahead(name)};
  }
  /// Throws away what is prepared under a name, as every player must.
  void drop_prepared(std::string_view name = {}) { self_->drop_ahead(name); }

  /// Runs a part of the program with what was prepared under its name, the oldest first, whatever part
  /// that was prepared for. Each preparation serves one run.
  ///
  /// Cost    what the part's operations cost online
  /// Throws  bad_argument if nothing is prepared. An error in the part, or bad_argument where it is not
  ///         the prepared one (other steps, shapes, or weights), ends the session. A value that was
  ///         first multiplied in a prepared run takes part in no product after it
  template <class Part>
  void use_prepared(Part&& part, std::string_view name = {}) {
    self_->use_ahead(part, name);
  }

  /// A value of one player, shared between the servers. `value` runs at its owner only and gives
  /// real numbers, as any xtensor expression, of the declared shape.
  ///
  /// Cost    P::input
  /// Throws  bad_option for an unknown player; shape_mismatch and out_of_range at the owner
  template <class F>
  [[nodiscard]] private_type private_input(std::string_view owner, shape_type const& shape, F&& value) {
    return share_one(owner, shape, std::forward<F>(value), phase::online, "private input");
  }

  /// The same for a value that stays, as weights do: it is shared and masked once, in the set-up phase.
  ///
  /// Cost    P::input, and the opening of its mask when it is first used; counted as set-up
  template <class F>
  [[nodiscard]] private_type private_variable(std::string_view owner, shape_type const& shape, F&& value) {
    return share_one(owner, shape, std::forward<F>(value), phase::set_up, "private variable");
  }

  /// Several that belong together; `values` runs once, at the owner, and gives a sequence of
  /// expressions in the order of the shapes.
  ///
  /// Cost    as private_variable, for each
  /// Throws  bad_argument at the owner if another number of tensors came
  template <class F>
  [[nodiscard]] std::vector<private_type> private_variables(std::string_view owner,
                                                            std::vector<shape_type> const& shapes, F&& values) {
    std::vector<plain_tensor> plain;
    bool const gives = player(owner) == self_->id() && self_->now() != pass::offline;
    if (gives)
      of_owner([&] {
        for (auto const& value : values()) plain.emplace_back(value);
      });
    if (gives && plain.size() != shapes.size())
      throw bad_argument(fmt::format("private variables of {}: {} tensors were declared, {} came", owner, shapes.size(),
                                     plain.size()));
    std::vector<private_type> shared;
    for (std::size_t i = 0; i < shapes.size(); ++i)
      shared.push_back(share_one(
          owner, shapes[i], [&] { return plain[i]; }, phase::set_up,
          fmt::format("private variable {} of {}", i + 1, shapes.size())));
    return shared;
  }

  /// The weights of a model (see nn::model) that one player owns: `values` runs there alone and gives them in the
  /// order of model.weight_shapes(). What the owner can work out in the clear, it does.
  ///
  /// Cost    as private_variables of model.shared_shapes()
  /// Throws  bad_argument and shape_mismatch at the owner
  template <class Model, class F>
  void load_weights(Model& model, std::string_view owner, F&& values) {
    auto const shapes = model.shared_shapes();
    model.set_shared_weights(private_variables(owner, shapes, [&] {
      std::vector<plain_tensor> plain;
      for (auto const& value : values()) plain.emplace_back(value);
      return model.shared_weights(std::move(plain));
    }));
  }

  /// A constant of the program. Every player runs the same text, so it is no secret; the servers
  /// keep it, other players have its shape.
  ///
  /// Throws  out_of_range for a number that has no encoding
  template <class E>
  [[nodiscard]] public_type constant(E const& value) {
    plain_tensor const plain = value;
    return {*self_, shape_type(plain.shape().begin(), plain.shape().end()),
            encode<typename P::fixed>(plain, "constant")};
  }

  /// Gives a value to one player alone: `receive` runs there, at once, with real numbers of x's shape.
  ///
  /// Cost    P::output
  /// Leaks   the value, to that player
  /// Throws  bad_option for an unknown player; bad_argument for the protocol's helper, which may
  ///         learn no value; channel_error
  template <class F>
  void output(std::string_view to, private_type const& x, F&& receive,
              std::source_location const& where = std::source_location::current()) {
    note(std::string(to), x.shape(), where);
    auto const opened = P::output(*self_, player(to), x.share());
    if (opened) of_owner([&] { receive(decode<typename P::fixed>(*opened)); });
  }

  /// Gives a value to both servers, who may go on computing with it. Visible in an audit: search
  /// for this name and for output.
  ///
  /// Cost    P::reveal
  /// Leaks   the value, to both servers
  /// Throws  channel_error
  [[nodiscard]] public_type reveal(private_type const& x,
                                   std::source_location const& where = std::source_location::current()) {
    note(fmt::format("{} and {}", players()[self_->server(0)], players()[self_->server(1)]), x.shape(), where);
    auto opened = P::reveal(*self_, x.share());
    return {*self_, x.shape(), opened ? std::move(*opened) : tensor<typename P::ring>()};
  }

  /// A public value's numbers where they are known, at the servers; nothing at other players.
  [[nodiscard]] std::optional<plain_tensor> values(public_type const& x) const {
    if (!x.known()) return std::nullopt;
    return decode<typename P::fixed>(x.value());
  }

 private:
  std::size_t player(std::string_view name) const {
    auto const& names = self_->players();
    auto const at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      throw bad_option(fmt::format("there is no player '{}'; the players are {}", name, fmt::join(names, ", ")));
    return static_cast<std::size_t>(at - names.begin());
  }

  void note(std::string to, shape_type const& shape, std::source_location const& where) {
    if (self_->now() == pass::offline) return;  // nothing leaves ahead of the inputs
    disclosed_.add(std::move(to), shape, self_->spending().scope(), where);
  }

  template <class F>
  private_type share_one(std::string_view owner, shape_type const& shape, F&& value, phase in, std::string_view what) {
    auto shared = P::input(
        *self_, player(owner), shape,
        [&] {
          plain_tensor plain;
          of_owner([&] { plain = value(); });
          shape_type const came(plain.shape().begin(), plain.shape().end());
          if (came != shape) throw shape_mismatch::declared(fmt::format("{} of {}", what, owner), shape, came);
          auto const name = fmt::format("{} of {}", what, owner);
          if constexpr (requires { P::encode(plain, name); })
            return P::encode(plain, name);  // a protocol with numbers of its own
          else
            return encode<typename P::fixed>(plain, name);
        },
        in);
    if (in == phase::set_up) shared.make_lasting();
    return {*self_, std::move(shared)};
  }

  /// Runs what an owner gave. What it throws may name files or numbers, and stays here.
  template <class F>
  void of_owner(F f) {
    owners_own_ = true;
    f();
    owners_own_ = false;
  }

  /// An error that leaves a program ends the session at all players.
  template <class F>
  void guarded(F f) {
    owners_own_ = false;
    try {
      f();
    } catch (...) {
      abort_for_error();
      throw;
    }
  }

  /// Tells the others of the error in flight what they may know.
  void abort_for_error() noexcept {
    static constexpr std::string_view untold = "its program failed; it alone knows why";
    if (owners_own_) return self_->abort(untold);
    try {
      throw;
    } catch (channel_error const& e) {
      self_->abort(e);
    } catch (shape_mismatch const& e) {
      self_->abort(e.what());
    } catch (bad_option const& e) {
      self_->abort(e.what());
    } catch (...) {  // may be about somebody's values: whether a number is too large is a fact about it
      self_->abort(untold);
    }
  }

  disclosures disclosed_;
  bool owners_own_ = false;      // an owner's callable runs, or ended in an error
  std::unique_ptr<party> self_;  // tensors point to it, so it stays where it is
};

}  // namespace koi
