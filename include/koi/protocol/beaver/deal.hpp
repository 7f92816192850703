// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/cost.hpp>
#include <koi/protocol/operation.hpp>

#include <array>

namespace koi::beaver {

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

/// One value to deal: what it is for, and the whole of it at the helper.
template <PowerOfTwoRing R>
struct to_deal {
  std::string_view purpose;
  tensor<R> whole;  ///< read at the helper only
};

/// Shares of values of one shape that the helper knows: server 0's pieces come from a seed, server
/// 1 gets the differences, all in one message. Returns the pieces; empty at other players.
///
/// Cost   one word per element and value, helper to server 1
/// Leaks  to server 1 nothing: each difference is masked by a piece that it does not know
template <PowerOfTwoRing R, std::size_t N>
[[nodiscard]] std::array<tensor<R>, N> deal(operation& op, shape_type const& shape, std::array<to_deal<R>, N> values,
                                            phase in = phase::offline) {
  auto& self = op.self();
  std::array<tensor<R>, N> pieces;
  auto const n = element_count(shape);
  if (self.is_helper()) {
    tensor<R> message({N * n});
    for (std::size_t v = 0; v < N; ++v) {
      auto stream = op.stream(self.server(0), values[v].purpose);
      auto const piece0 = uniform<R>(stream, shape);
      koi::detail::transform(message.data() + v * n, values[v].whole.data(), piece0.data(), n,
                             koi::detail::sub_lanes{});
    }
    op.send(self.server(1), message, in);
  } else if (self.is_server() && self.index() == 0) {
    for (std::size_t v = 0; v < N; ++v) {
      auto stream = op.stream(self.helper(), values[v].purpose);
      pieces[v] = uniform<R>(stream, shape);
    }
  } else if (self.is_server()) {
    auto const message = op.receive<R>(self.helper(), {N * n}, in);
    for (std::size_t v = 0; v < N; ++v) {
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

/// The same, dealt while the computation runs because it depends on an earlier message.
template <PowerOfTwoRing R>
[[nodiscard]] cost answer_cost(shape_type const& shape, std::size_t values) {
  return {.rounds = 1, .assisted = values * element_count(shape) * sizeof(typename R::value_type)};
}

}  // namespace koi::beaver
