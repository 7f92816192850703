// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/mask.hpp>

namespace koi::beaver {

/// This server's piece plus its part of a fresh sharing of zero, so that pieces that leave say
/// nothing about how the value was computed. No bytes: both servers draw from their common seed.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> refreshed(operation& op, share<R> const& x) {
  auto& self = op.self();
  auto stream = op.stream(self.other_server(), "zero");
  auto const zero = uniform<R>(stream, x.shape());
  return self.index() == 0 ? x.piece() + zero : x.piece() - zero;
}

template <PowerOfTwoRing R>
[[nodiscard]] cost output_cost(party const& self, std::size_t player, shape_type const& shape);

inline void describe_output(course& does, std::size_t player, std::uint64_t bytes) {
  does.servers_work({.drawn = bytes, .touched = bytes});
  for (unsigned j : {0U, 1U})
    if (does.server(j) != player) does.message(does.server(j), player, bytes).work(player, {.touched = bytes});
}

/// Gives a value to one player, who alone learns it.
///
/// Cost    1 round; one word per element from each server to the player, or from the other server
///         where the player is one of the two
/// Leaks   the value, to `player`
/// Throws  bad_argument for the protocol's helper: what it deals must stay independent of every
///         value; channel_error
template <PowerOfTwoRing R>
[[nodiscard]] std::optional<tensor<R>> output(party& self, std::size_t player, share<R> const& x) {
  if (player == self.helper())
    throw bad_argument(fmt::format("output: {} helps the servers and may learn no value", self.players()[player]));
  operation op(self, "output", {x.shape()});
  op.declare([&] { return output_cost<R>(self, player, x.shape()); }, phase::online, planned_step::nobody, player);
  op.describe([&](course& does) { describe_output(does, player, bytes_of_shape<R>(x.shape())); });
  op.wait_for_owner();
  if (op.ahead()) return std::nullopt;
  if (self.is_server()) {
    auto piece = refreshed(op, x);
    if (self.id() != player) {
      op.send(player, piece);
      return std::nullopt;
    }
    return piece += op.receive<R>(self.other_server(), x.shape());
  }
  if (self.id() != player) return std::nullopt;
  auto sum = op.receive<R>(self.server(0), x.shape());
  return sum += op.receive<R>(self.server(1), x.shape());
}

template <PowerOfTwoRing R>
[[nodiscard]] cost output_cost(party const& self, std::size_t player, shape_type const& shape) {
  auto const bytes = element_count(shape) * sizeof(typename R::value_type);
  if (player == self.server(0) || player == self.server(1)) return {.rounds = 1, .servers = bytes};
  return {.rounds = 1, .owners = 2 * bytes};
}

/// Gives a value to both compute servers, and to nobody else.
///
/// Cost    1 round, one word per element each way
/// Leaks   the value, to both servers
template <PowerOfTwoRing R>
[[nodiscard]] std::optional<tensor<R>> reveal(party& self, share<R> const& x) {
  operation op(self, "reveal", {x.shape()});
  op.declare([&] { return open_cost<R>(x.shape()); });
  op.describe([&, bytes = bytes_of_shape<R>(x.shape())](course& does) {
    does.servers_work({.drawn = bytes, .touched = bytes}).swap_begin(bytes).swap_end(bytes);
  });
  if (!op.computes()) return std::nullopt;
  return open<R>(op, refreshed(op, x));
}

template <PowerOfTwoRing R>
[[nodiscard]] cost reveal_cost(shape_type const& shape) {
  return open_cost<R>(shape);
}

}  // namespace koi::beaver
