// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/cost.hpp>
#include <koi/protocol/operation.hpp>

#include <array>

namespace koi::beaver {

/// Elements that the helper draws and subtracts from while they are in the first-level cache.
inline constexpr std::size_t dealt_tile = 1024;

/// Bytes of a value's piece.
template <Ring R>
[[nodiscard]] std::uint64_t bytes_of_shape(shape_type const& shape) {
  return element_count(shape) * sizeof(typename R::value_type);
}

/// A uniformly random value in shares. The servers draw their pieces from the seeds that they have
/// in common with the helper: no bytes.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> deal_uniform(operation& op, std::string_view purpose, shape_type const& shape) {
  auto& self = op.self();
  auto const draw = [&](std::size_t peer) {
    auto stream = op.stream(peer, purpose);
    return uniform<R>(stream, shape);
  };
  if (self.is_server()) return draw(self.helper());
  if (self.is_helper()) return draw(self.server(0)) + draw(self.server(1));
  return tensor<R>();
}

/// What deal_uniform does, for `bytes` bytes in all.
inline void describe_uniform(course& does, std::uint64_t bytes) {
  does.servers_work({.drawn = bytes}).work(does.helper(), {.drawn = 2 * bytes, .touched = bytes});
}

/// One value to deal: what it is for, and `word(i)`, its element i, which is asked at the helper only.
template <class F>
struct to_deal {
  std::string_view purpose;
  F word;
};

template <class F>
to_deal(std::string_view, F) -> to_deal<F>;

/// What stands for a value's elements at a player that does not know them.
template <PowerOfTwoRing R>
inline constexpr auto known_to_the_helper = [](std::size_t) { return typename R::value_type{}; };

/// Shares of values of one shape that the helper knows: server 0's pieces come from a seed, server
/// 1 gets the differences, all in one message. Returns the pieces; empty at other players.
///
/// Cost   one word per element and value, helper to server 1
/// Leaks  to server 1 nothing: each difference is masked by a piece that it does not know
template <PowerOfTwoRing R, class... F>
[[nodiscard]] std::array<tensor<R>, sizeof...(F)> deal(operation& op, shape_type const& shape, phase in,
                                                       to_deal<F> const&... values) {
  constexpr std::size_t count = sizeof...(F);
  auto& self = op.self();
  std::array<tensor<R>, count> pieces;
  auto const n = element_count(shape);
  if (self.is_helper()) {
    tensor<R> message({count * n});
    auto* at = message.data();
    auto const subtract = [&](auto const& value) {
      auto stream = op.stream(self.server(0), value.purpose);
      for (std::size_t first = 0; first < n; first += dealt_tile) {
        auto const end = std::min(n, first + dealt_tile);
        fill_uniform<R>(stream, std::span(at + first, end - first));
        for (auto i = first; i < end; ++i) at[i] = R::sub(value.word(i), at[i]);
      }
      at += n;
    };
    (subtract(values), ...);
    op.send(self.server(1), message, in);
  } else if (self.is_server() && self.index() == 0) {
    std::size_t v = 0;
    auto const draw = [&](std::string_view purpose) {
      auto stream = op.stream(self.helper(), purpose);
      pieces[v++] = uniform<R>(stream, shape);
    };
    (draw(values.purpose), ...);
  } else if (self.is_server()) {
    auto const message = op.receive<R>(self.helper(), {count * n}, in);
    for (std::size_t v = 0; v < count; ++v) {
      pieces[v] = tensor<R>(shape);
      std::copy_n(message.data() + v * n, n, pieces[v].data());
    }
  }
  return pieces;
}

template <PowerOfTwoRing R>
[[nodiscard]] cost deal_cost(shape_type const& shape, std::size_t values) {
  return {.dealt = values * element_count(shape) * sizeof(typename R::value_type)};
}

/// What dealing `bytes` bytes in all does.
inline void describe_deal(course& does, std::uint64_t bytes) {
  does.work(does.helper(), {.drawn = bytes, .touched = bytes}).message(does.helper(), does.server(1), bytes);
  does.work(does.server(0), {.drawn = bytes}).work(does.server(1), {.touched = bytes});
}

/// The same, dealt while the computation runs because it depends on an earlier message.
template <PowerOfTwoRing R>
[[nodiscard]] cost answer_cost(shape_type const& shape, std::size_t values) {
  return {.rounds = 1, .assisted = values * element_count(shape) * sizeof(typename R::value_type)};
}

}  // namespace koi::beaver
