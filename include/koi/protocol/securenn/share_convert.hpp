// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/product.hpp>
#include <koi/protocol/securenn/private_compare.hpp>

namespace koi::securenn_policy {

/// Shares in Z_{2^l - 1}: piece j at server j, empty elsewhere.
template <PowerOfTwoRing R>
using odd_tensor = tensor<z2k_minus_1<R::bits>>;

namespace detail {

/// Shares of bits that server 2 knows, in the ring S: server 0 draws, server 1 gets the difference.
template <Ring S, PowerOfTwoRing R>
[[nodiscard]] tensor<S> deal_bit_words(operation& op, std::string_view purpose, tensor<R> const& whole,
                                       shape_type const& shape, phase in) {
  auto& self = op.self();
  auto const draw = [&](std::size_t peer) {
    auto stream = op.stream(peer, purpose);
    return uniform<S>(stream, shape);
  };
  if (self.is_helper()) {
    auto message = draw(self.server(0));
    for (std::size_t i = 0; i < message.size(); ++i) message[i] = S::sub(whole[i], message[i]);
    op.send(self.server(1), message, in);
    return tensor<S>();
  }
  if (!self.is_server()) return tensor<S>();
  return self.index() == 0 ? draw(self.helper()) : op.receive<S>(self.helper(), shape, in);
}

/// Server j's piece of b xor v for a shared bit b and a bit v that both servers know.
template <Ring S, class Word>
[[nodiscard]] Word flipped(Word piece, Word known, unsigned j) noexcept {
  auto const doubled = S::add(piece, piece);
  auto const turned = static_cast<Word>(doubled & static_cast<Word>(Word{0} - known));
  return S::add(S::sub(piece, turned), static_cast<Word>(j == 0 ? known : 0));
}

}  // namespace detail

/// What both servers draw for share_convert: two masks, and what refreshes the result.
template <PowerOfTwoRing R>
struct common_masks {
  tensor<R> r0, r1;
  odd_tensor<R> u;
  [[nodiscard]] auto parts() const { return std::tie(r0, r1, u); }
};

template <PowerOfTwoRing R>
[[nodiscard]] common_masks<R> draw_common_masks(operation& op, shape_type const& shape) {
  if (!op.self().is_server()) return {};
  auto const peer = op.self().other_server();
  auto first = op.stream(peer, "r0"), second = op.stream(peer, "r1"), third = op.stream(peer, "u");
  return {uniform<R>(first, shape), uniform<R>(second, shape), uniform<z2k_minus_1<R::bits>>(third, shape)};
}

template <PowerOfTwoRing R>
[[nodiscard]] cost share_convert_cost(shape_type const& shape);

template <PowerOfTwoRing R>
void describe_share_convert(course& does, shape_type const& shape) {
  auto const bytes = beaver::bytes_of_shape<R>(shape);
  row_pieces const pieces{R::bits, element_count(shape)};
  does.offline().servers_work({.drawn = 3 * bytes}).servers_keep(3 * bytes);
  does.online().servers_work({.touched = bytes});
  for (unsigned j : {0U, 1U}) does.message(does.server(j), does.helper(), bytes);
  describe_bits(does, pieces, taken::at_once);
  beaver::describe_deal(does, bytes);
  describe_private_compare(does, pieces, taken::at_once);
  beaver::describe_deal(does, bytes);
  does.servers_work({.touched = bytes});
}

/// Turns shares of a in Z_L, L = 2^l, into shares of the same number in Z_{L-1}.
///
/// Shapes  any S -> S
/// Range   a other than L - 1
/// Cost    4 rounds: masked a to server 2, bits of it and a carry back, PrivateCompare, its answer
/// Leaks   to server 2 a + r and a fair coin
/// Source  [WGC19] eprint 2018/442, Algorithm 4
/// Differs r = 0 is a case of its own: [x >= 0] is 1 though r - 1 has no meaning
template <PowerOfTwoRing R>
[[nodiscard]] odd_tensor<R> share_convert(party& self, share<R> const& a) {
  using odd = z2k_minus_1<R::bits>;
  using word = typename R::value_type;
  auto const& shape = a.shape();
  operation op(self, "share_convert", {shape});
  op.declare([&] { return share_convert_cost<R>(shape); });
  op.describe([&](course& does) { describe_share_convert<R>(does, shape); });
  auto const n = a.size();
  auto const common = op.offline([&] { return draw_common_masks<R>(op, shape); });

  if (op.assists()) {
    // x = at_0 + at_1, delta = wrap(at_0, at_1)
    auto x = op.receive<R>(self.server(0), shape);
    auto const second = op.receive<R>(self.server(1), shape);
    x += second;
    tensor<R> delta(shape);
    for (std::size_t i = 0; i < n; ++i) delta[i] = static_cast<word>(x[i] < second[i]);
    auto const bits = deal_bits(op, x, shape, R::bits, phase::online);
    (void)detail::deal_bit_words<odd>(op, "delta", delta, shape, phase::online);
    auto const eta = private_compare<R>(op, bits, {}, shape, R::bits);
    (void)detail::deal_bit_words<odd>(op, "eta'", eta, shape, phase::online);
    return odd_tensor<R>();
  }
  if (!op.computes()) return odd_tensor<R>();

  // common: r = r_0 + r_1, alpha = wrap(r_0, r_1)
  auto const j = self.index();
  auto const& [r0, r1, u] = common;
  auto const r = r0 + r1;
  auto const masked = a.piece() + (j == 0 ? r0 : r1);
  op.send(self.helper(), masked);
  auto const bits = deal_bits(op, r, shape, R::bits, phase::online);
  auto const delta = detail::deal_bit_words<odd>(op, "delta", r, shape, phase::online);

  // eta = [x >= r] = [x > r - 1], and 1 where r = 0
  auto const zero = map(r, [](word w) { return static_cast<word>(w == 0); });
  auto const before = map(r, [](word w) { return R::sub(w, 1); });
  auto const coin = private_compare<R>(op, bits, {before, zero}, shape, R::bits);  // eta''
  auto const answer = detail::deal_bit_words<odd>(op, "eta'", r, shape, phase::online);

  odd_tensor<R> y(shape);
  for (std::size_t i = 0; i < n; ++i) {
    auto const wrap = static_cast<word>(masked[i] < a.piece()[i]);  // beta_j
    auto const alpha = static_cast<word>(r[i] < r0[i]);
    auto theta = odd::add(wrap, delta[i]);
    theta = odd::add(theta, detail::flipped<odd>(answer[i], coin[i], j));
    if (j == 0) theta = odd::sub(theta, odd::add(alpha, 1));
    y[i] = odd::sub(odd::reduce(a.piece()[i]), theta);
    y[i] = j == 0 ? odd::add(y[i], u[i]) : odd::sub(y[i], u[i]);
  }
  return y;
}

template <PowerOfTwoRing R>
[[nodiscard]] cost share_convert_cost(shape_type const& shape) {
  auto const n = element_count(shape);
  auto const words = n * sizeof(typename R::value_type);
  return cost{.rounds = 3, .assisted = 2 * words + n * R::bits + 2 * words} + private_compare_cost(shape, R::bits);
}

}  // namespace koi::securenn_policy
