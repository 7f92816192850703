// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/mask.hpp>

namespace koi::beaver {

template <PowerOfTwoRing R>
[[nodiscard]] cost input_cost(party const& self, std::size_t owner, shape_type const& shape);

template <PowerOfTwoRing R>
void describe_input(course& does, std::size_t owner, shape_type const& shape) {
  auto const bytes = bytes_of_shape<R>(shape);
  auto const seeded = does.server(owner == does.server(0) ? 1 : 0);
  auto const dense = does.server(seeded == does.server(0) ? 1 : 0);
  does.servers_hold(bytes)
      .work(owner, {.drawn = bytes, .touched = bytes})
      .message(owner, seeded, 0)
      .work(seeded, {.drawn = bytes});
  if (owner != dense) does.message(owner, dense, bytes);
}

/// Shares a value that one player has.
///
/// One server draws its piece from the seed that it has in common with the owner, so only one dense
/// piece travels, and none where the owner is the other server.
/// Shapes  declared by the caller; `value()` runs at the owner alone and must have that shape
/// Cost    1 round; one word per element from the owner to server 1, an empty message to server 0
/// Leaks   shapes
/// Throws  what `value` throws; shape_mismatch; channel_error
/// Source  [DMD18] arXiv 1810.08130, section 3
template <PowerOfTwoRing R, class F>
[[nodiscard]] share<R> input(party& self, std::size_t owner, shape_type const& shape, F&& value,
                             phase in = phase::online) {
  operation op(self, "input", {shape});
  op.declare([&] { return input_cost<R>(self, owner, shape); }, in, owner);
  op.describe([&](course& does) { describe_input<R>(does, owner, shape); });
  op.wait_for_owner();
  if (op.ahead()) return share<R>(shape);
  auto const seeded = self.server(owner == self.server(0) ? 1 : 0);
  auto const dense = seeded == self.server(0) ? self.server(1) : self.server(0);
  auto const draw = [&](std::size_t peer) {
    auto stream = op.stream(peer, "input");
    return uniform<R>(stream, shape);
  };

  if (self.id() == owner) {
    tensor<R> x = value();
    if (x.shape() != shape) throw shape_mismatch("input", shape, x.shape());
    x -= draw(seeded);
    op.send(seeded, const_byte_span{}, in);
    if (owner == dense) return share<R>(std::move(x));
    op.send(dense, x, in);
  } else if (self.id() == seeded) {
    op.receive(owner, byte_span{}, in);
    return share<R>(draw(owner));
  } else if (self.id() == dense) {
    return share<R>(op.receive<R>(owner, shape, in));
  }
  return share<R>(shape);
}

template <PowerOfTwoRing R>
[[nodiscard]] cost input_cost(party const& self, std::size_t owner, shape_type const& shape) {
  bool const at_server = owner == self.server(0) || owner == self.server(1);
  cost c{.rounds = 1};
  if (!at_server) c.owners = element_count(shape) * sizeof(typename R::value_type);
  return c;
}

}  // namespace koi::beaver
