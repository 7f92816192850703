// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/deal.hpp>
#include <koi/protocol/beaver/share.hpp>

namespace koi::beaver {

/// Opens masked values between the two servers: each learns the sums of the pieces. Only for values
/// that a mask hides; user data leave through reveal and output. The constructor sends, `finish`
/// receives: what does not need the result may be computed in between.
///
/// Cost   1 round, one word per element each way, all values in one message
template <PowerOfTwoRing R>
class opening {
 public:
  opening(operation& op, tensor<R> piece, phase in = phase::online) : in_(in) {
    pieces_.push_back(std::move(piece));
    op.send(op.self().other_server(), pieces_[0], in);
  }
  opening(operation& op, std::vector<tensor<R>> pieces, phase in = phase::online)
      : pieces_(std::move(pieces)), in_(in) {
    auto const to = op.self().other_server();
    if (pieces_.size() == 1) {
      op.send(to, pieces_[0], in);
      return;
    }
    tensor<R> joined({size()});
    auto* at = joined.data();
    for (auto const& piece : pieces_) at = std::copy_n(piece.data(), piece.size(), at);
    op.send(to, joined, in);
  }

  [[nodiscard]] std::vector<tensor<R>> finish(operation& op) {
    auto const theirs = op.receive<R>(op.self().other_server(), {size()}, in_);
    std::size_t at = 0;
    for (auto& piece : pieces_) {
      koi::detail::transform(piece.data(), piece.data(), theirs.data() + at, piece.size(), koi::detail::add_lanes{});
      at += piece.size();
    }
    return std::move(pieces_);
  }

 private:
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t n = 0;
    for (auto const& piece : pieces_) n += piece.size();
    return n;
  }

  std::vector<tensor<R>> pieces_;
  phase in_;
};

template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> open(operation& op, tensor<R> piece, phase in = phase::online) {
  return std::move(opening<R>(op, std::move(piece), in).finish(op)[0]);
}

template <PowerOfTwoRing R>
[[nodiscard]] cost open_cost(shape_type const& shape) {
  return {.rounds = 1, .servers = 2 * element_count(shape) * sizeof(typename R::value_type)};
}

template <PowerOfTwoRing R>
[[nodiscard]] auto same_as(share<R> const* x) {
  return [x](share<R> const* other) { return x->same_value(*other); };
}

/// A mask, and the number of the step that drew it.
template <PowerOfTwoRing R>
struct drawn_mask {
  tensor<R> a;
  std::uint64_t id = 0;
  [[nodiscard]] auto parts() const { return std::tie(a); }
};

/// Gives each value a mask, if it has none: opens x - a for a random a that the helper knows. The
/// constructor draws the masks and sends the differences, `finish` receives the peer's, so that a
/// server can compute with its part of the mask while the other's message is on its way.
///
/// Shapes  any
/// Cost    online 1 round for all values together, one word per element each way; nothing for a
///         value that is masked already. Values that last (weights) are masked in the set-up phase
/// Leaks   to a server x - a, which is uniform
/// Source  [DMD18] arXiv 1810.08130, section 3; [Beaver91]
template <PowerOfTwoRing R>
class masking {
 public:
  masking(party& self, std::vector<share<R> const*> const& values) {
    auto lasting = values;  // changes of shape get the mask of what they are of
    for (auto& x : lasting)
      if (auto const* const base = x->unmasked_base()) x = base;
    begin(self, lasting, true);
    finish();
    for (auto const* x : values) x->take_mask_of_base();
    begin(self, values, false);
    if (self.now() == pass::offline) finish();
  }

  /// Receives what the other server sent; from here on the values are masked.
  void finish() {
    if (!opening_) return;
    auto opened = opening_->finish(*steps_.back());
    opening_.reset();
    for (std::size_t i = 0; i < opened.size(); ++i) opened_now_[i]->open(std::move(opened[i]));
  }

  /// Where somebody plans: whether `finish` opens the value, and what it does.
  [[nodiscard]] bool awaits(share<R> const& x) const {
    return std::any_of(awaited_.begin(), awaited_.end(), same_as(&x));
  }
  void describe_finish(course& does) const {
    if (!awaited_.empty()) does.swap_end(awaited_bytes_).servers_work({.touched = awaited_bytes_});
  }

 private:
  void begin(party& self, std::vector<share<R> const*> const& values, bool lasting) {
    std::vector<share<R> const*> todo;
    for (auto const* x : values)
      if (!x->is_masked() && x->lasts() == lasting && std::none_of(todo.begin(), todo.end(), same_as(x)))
        todo.push_back(x);
    steps_ = std::vector<std::optional<operation>>(todo.size());
    opened_now_.clear();
    std::vector<tensor<R>> pieces;
    for (std::size_t i = 0; i < todo.size(); ++i) {
      auto const& x = *todo[i];
      auto& op = steps_[i].emplace(self, "mask", operation::shapes{x.shape()});
      auto const draw = [&] { return drawn_mask<R>{deal_uniform<R>(op, "mask", x.shape()), op.number()}; };
      bool const prepared = self.now() != pass::whole;
      if (self.is_server()) {
        // ahead of the inputs: a value that exists, and not in the part alone, is masked for good; the
        // mask of any other one is kept for it
        bool const for_good = op.ahead() && x.held() && !x.is_derived();
        auto [a, id] = for_good ? draw() : op.offline_shared(draw);
        if (x.held() && (for_good || !op.ahead())) {
          pieces.push_back(x.piece() - a);
          opened_now_.push_back(&x);
        }
        x.attach({std::nullopt, std::move(a), {id, prepared && !for_good}});
      } else if (self.is_helper() && self.now() != pass::online) {
        auto [a, id] = draw();
        x.attach({std::nullopt, std::move(a), {id, false}});
      } else {
        x.attach({std::nullopt, std::nullopt, {0, self.now() == pass::online}});
      }
    }
    if (!todo.empty())
      steps_.back()->declare(
          [&] {
            cost sum{.rounds = 1};
            for (auto const* x : todo) sum.servers += open_cost<R>(x->shape()).servers;
            return sum;
          },
          lasting ? phase::set_up : phase::online);
    if (!todo.empty()) steps_.back()->describe([&](course& does) { describe(does, todo, lasting); });
    if (!pieces.empty()) opening_.emplace(*steps_.back(), std::move(pieces), lasting ? phase::set_up : phase::online);
  }

  void describe(course& does, std::vector<share<R> const*> const& todo, bool lasting) {
    std::uint64_t bytes = 0;
    for (auto const* x : todo) bytes += bytes_of_shape<R>(x->shape());
    describe_uniform(does.offline(), bytes);
    does.hold(does.helper(), bytes).servers_hold((lasting ? 2 : 3) * bytes);
    if (!lasting) does.servers_keep(bytes);
    does.online().servers_work({.touched = bytes}).swap_begin(bytes);
    if (lasting) {
      does.swap_end(bytes).servers_work({.touched = bytes});
    } else {
      awaited_ = todo;
      awaited_bytes_ = bytes;
    }
  }

  std::vector<std::optional<operation>> steps_;  // one for each value that gets its mask now
  std::vector<share<R> const*> opened_now_;
  std::optional<opening<R>> opening_;
  std::vector<share<R> const*> awaited_;  // where somebody plans, what `finish` opens
  std::uint64_t awaited_bytes_ = 0;
};

/// What masking would cost now, online.
template <PowerOfTwoRing R>
[[nodiscard]] cost mask_cost(std::vector<share<R> const*> values) {
  cost sum;
  for (auto it = values.begin(); it != values.end(); ++it)
    if (!(*it)->is_masked() && !(*it)->lasts() && std::none_of(values.begin(), it, same_as(*it))) {
      sum.servers += open_cost<R>((*it)->shape()).servers;
      sum.rounds = 1;
    }
  return sum;
}

}  // namespace koi::beaver
