// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/deal.hpp>
#include <koi/protocol/beaver/share.hpp>

namespace koi::beaver {

/// Opens masked values between the two servers: each learns the sums of the pieces. Only for values
/// that a mask hides; user data leave through reveal and output.
///
/// Cost   1 round, one word per element each way, all values in one message
template <PowerOfTwoRing R>
[[nodiscard]] std::vector<tensor<R>> open(operation& op, std::vector<tensor<R>> pieces, phase in = phase::online) {
  std::size_t n = 0;
  for (auto const& piece : pieces) n += piece.size();
  if (pieces.size() == 1) {
    tensor<R> theirs(pieces[0].shape());
    op.exchange(pieces[0].bytes(), theirs.writable_bytes(), in);
    pieces[0] += theirs;
    return pieces;
  }
  tensor<R> mine({n}), theirs({n});
  std::size_t at = 0;
  for (auto const& piece : pieces)
    at += static_cast<std::size_t>(std::copy_n(piece.data(), piece.size(), mine.data() + at) - (mine.data() + at));
  op.exchange(mine.bytes(), theirs.writable_bytes(), in);
  at = 0;
  for (auto& piece : pieces) {
    koi::detail::transform(piece.data(), piece.data(), theirs.data() + at, piece.size(), koi::detail::add_lanes{});
    at += piece.size();
  }
  return pieces;
}

template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> open(operation& op, tensor<R> piece, phase in = phase::online) {
  std::vector<tensor<R>> one;
  one.push_back(std::move(piece));
  return std::move(open<R>(op, std::move(one), in)[0]);
}

template <PowerOfTwoRing R>
[[nodiscard]] cost open_cost(shape_type const& shape) {
  return {.rounds = 1, .servers = 2 * element_count(shape) * sizeof(typename R::value_type)};
}

template <PowerOfTwoRing R>
[[nodiscard]] auto same_as(share<R> const* x) {
  return [x](share<R> const* other) { return x->same_value(*other); };
}

/// Gives each value a mask, if it has none: opens x - a for a random a that the helper knows.
///
/// Shapes  any
/// Cost    online 1 round for all values together, one word per element each way; nothing for a
///         value that is masked already. Values that last (weights) are masked in the set-up phase
/// Leaks   to a server x - a, which is uniform
/// Source  [DMD18] arXiv 1810.08130, section 3; [Beaver91]
template <PowerOfTwoRing R>
void mask(party& self, std::vector<share<R> const*> values) {
  for (bool const lasting : {true, false}) {
    std::vector<share<R> const*> todo;
    for (auto const* x : values)
      if (!x->is_masked() && x->lasts() == lasting && std::none_of(todo.begin(), todo.end(), same_as(x)))
        todo.push_back(x);
    if (todo.empty()) continue;

    std::vector<std::optional<operation>> steps(todo.size());
    std::vector<tensor<R>> masks, differences;
    for (std::size_t i = 0; i < todo.size(); ++i) {
      auto& op = steps[i].emplace(self, "mask", operation::shapes{todo[i]->shape()});
      masks.push_back(deal_uniform<R>(op, "mask", todo[i]->shape()));
      if (self.is_server()) differences.push_back(todo[i]->piece() - masks.back());
    }
    if (self.is_server()) {
      auto opened = open<R>(*steps.back(), std::move(differences), lasting ? phase::set_up : phase::online);
      for (std::size_t i = 0; i < todo.size(); ++i) todo[i]->attach({std::move(opened[i]), std::move(masks[i])});
    } else if (self.is_helper()) {
      for (std::size_t i = 0; i < todo.size(); ++i) todo[i]->attach({std::nullopt, std::move(masks[i])});
    } else {
      for (auto const* x : todo) x->attach({});
    }
  }
}

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
