// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/run_parties.hpp"

/// PrivateCompare as a model: the formulas for one number, written from the paper and not from the
/// library, and the ways to get them wrong. Deliberately insecure; it exists to be attacked.
namespace koi::testing {

enum class flaw {
  none,
  no_refresh,          ///< as printed in the paper: no zero-share
  no_rotation,         ///< positions stay where they are
  factor_reused,       ///< one s for all numbers
  refresh_reused,      ///< one z for all numbers
  forced_unrefreshed,  ///< no zero-share where the answer is forced
};

/// What both servers draw for one number of `bits` bits.
struct compare_randomness {
  unsigned beta = 0;
  std::array<std::uint8_t, 128> s{};
  std::array<std::uint8_t, 128> z{};
  unsigned offset = 0;
};

/// The row that server j sends to server 2 for one number.
///
/// `x` are j's shares of the bits in Z_p, lowest first; `below` says that r stands for -1.
/// Source  [WGC19] eprint 2018/442, Algorithm 3
template <class Word>
void model_row(unsigned p, std::size_t bits, unsigned j, std::uint8_t const* x, Word r, bool below,
               compare_randomness const& common, flaw how, std::uint8_t* out) {
  Word const top = bits >= sizeof(Word) * 8 ? static_cast<Word>(~Word{0}) : static_cast<Word>((Word{1} << bits) - 1);
  bool const beta = common.beta == 1;
  bool const forced = below || (beta && r == top);
  Word const t = static_cast<Word>(r + 1);
  Word const v = beta ? t : r;
  unsigned sum = 0;
  for (std::size_t i = bits; i-- > 0;) {
    unsigned const bit = static_cast<unsigned>(v >> i) & 1u;
    // beta = 0: c = j r - x + j + sum;  beta = 1: c = x - j t + j + sum
    unsigned c = beta ? x[i] + (p - j * bit) + j + sum : j * bit + (p - x[i]) + j + sum;
    unsigned const w = x[i] + j * bit + 2 * bit * (p - x[i]);
    sum = (sum + w) % p;
    if (forced) {
      bool const due = beta != below;  // beta xor [x > r]
      c = j == 1 ? 0 : (due && i == 0 ? 0 : 1);
    }
    bool const refresh = how != flaw::no_refresh && !(how == flaw::forced_unrefreshed && forced);
    unsigned const z = refresh ? (j == 0 ? common.z[i] : p - common.z[i]) : 0;
    auto const at = how == flaw::no_rotation ? i : (i + bits - common.offset) % bits;
    out[at] = static_cast<std::uint8_t>((c % p * common.s[i] + z) % p);
  }
}

/// private_compare with the model's rows, drawing what the library draws.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> model_compare(operation& op, securenn_policy::dealt_bits const& x,
                                      securenn_policy::public_bound<R> const& bound, shape_type const& shape,
                                      std::size_t bits, flaw how) {
  using field = comparison_field<R>;
  using word = typename R::value_type;
  using securenn_policy::bit_rows;
  using securenn_policy::row_pieces;
  auto& self = op.self();
  auto const n = element_count(shape);
  if (!self.is_server()) return securenn_policy::private_compare<R>(op, x, bound, shape, bits);
  auto const peer = self.other_server();
  std::vector<std::uint8_t> coins((n + 7) / 8), offsets(n);
  op.stream(peer, "beta").fill(writable_bytes_of(coins.data(), coins.size()));
  bit_rows s(bits, n), z(bits, n), shares(bits, n), out(bits, n);
  auto s_stream = op.stream(peer, "s"), z_stream = op.stream(peer, "zero"), o_stream = op.stream(peer, "rotation");
  securenn_policy::bit_reader<field> dealt(op, x);
  row_pieces const pieces{bits, n};
  pieces.each_message([&](std::size_t from, std::size_t count) {
    dealt.message(from, count);
    row_pieces::each_tile(from, count, [&](std::size_t first, std::size_t width) {
      fill_nonzero<field>(s_stream, s.rows(first, width));
      fill_uniform<field>(z_stream, z.rows(first, width));
      koi::detail::fill_bytes_below(o_stream, std::span(offsets).subspan(first, width), static_cast<unsigned>(bits));
      std::copy_n(dealt.tile(first, width), width * bits, shares.row(first));
    });
  });

  tensor<R> beta(shape);
  word const top = R::low_mask(bits);
  for (std::size_t i = 0; i < n; ++i) {
    compare_randomness common;
    common.beta = (coins[i / 8] >> (i % 8)) & 1u;
    common.offset = offsets[i];
    std::copy_n(s.row(how == flaw::factor_reused ? 0 : i), bits, common.s.begin());
    std::copy_n(z.row(how == flaw::refresh_reused ? 0 : i), bits, common.z.begin());
    bool const below = bound.below && (*bound.below)[i] != 0;
    std::array<std::uint8_t, 128> row{};
    model_row<word>(field::modulus, bits, self.index(), shares.row(i), static_cast<word>(bound.r[i] & top), below,
                    common, how, row.data());
    std::copy_n(row.begin(), bits, out.row(i));
    beta[i] = static_cast<word>(common.beta);
  }
  pieces.each_message([&](std::size_t first, std::size_t count) { op.send(self.helper(), out.bytes(first, count)); });
  return beta;
}

/// The library's three-round comparison with the model's PrivateCompare in it.
template <flaw How>
struct modelled : beaver::masked_comparison<modelled<How>> {
  static constexpr std::string_view name = "modelled";
  static constexpr phase answer_phase = phase::online;

  template <PowerOfTwoRing R>
  using material = securenn_policy::dealt_bits;

  template <PowerOfTwoRing R>
  [[nodiscard]] static securenn_policy::dealt_bits deal_sign(operation& op, tensor<R> const& r, shape_type const& shape,
                                                             beaver::sign_position at) {
    return securenn_policy::deal_bits(op, r, shape, at.low);
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static beaver::split_bit<R> split_sign(operation& op, tensor<R> const& c, tensor<R> const& r,
                                                       securenn_policy::dealt_bits const& bits,
                                                       shape_type const& shape, beaver::sign_position at) {
    using word = typename R::value_type;
    auto& self = op.self();
    auto const sign = [&](word w) { return static_cast<word>((w >> at.low) & 1); };
    auto bit = model_compare<R>(op, bits, {c, {}}, shape, at.low, How);
    if (self.is_helper()) {
      for (std::size_t i = 0; i < bit.size(); ++i) bit[i] ^= sign(r[i]);
      return {{}, std::move(bit)};
    }
    if (!self.is_server()) return {};
    for (std::size_t i = 0; i < bit.size(); ++i) bit[i] ^= static_cast<word>(sign(c[i]) ^ word{at.negated});
    return {std::move(bit), {}};
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost split_sign_cost(shape_type const& shape, beaver::sign_position at) {
    return securenn_policy::three_round<>::split_sign_cost<R>(shape, at);
  }
};

}  // namespace koi::testing
