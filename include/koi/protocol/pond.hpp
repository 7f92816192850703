// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/operations.hpp>
#include <koi/protocol/concepts.hpp>
#include <koi/protocol/pond/carry_tree.hpp>
#include <koi/protocol/pond/comparison_keys.hpp>

namespace koi {

/// Pond: two servers hold additive shares, a crypto-producer deals masks, products of masks, and bits
/// of masks or comparison keys, and receives nothing that is computed from a value: after the hello one empty
/// message that says that all players are there.
///
/// `Comparison` is how signs are found: a carry_tree in radix 4 or 2, or comparison_keys for one round,
/// each on the whole ring or on the bits that are in use.
///
/// Semi-honest; no two of server0, server1 and the producer may collude.
/// Source  [DMD18] arXiv 1810.08130
template <PowerOfTwoRing R, std::size_t FracBits, class Truncation = assisted,
          class Comparison = pond_policy::carry_tree<>>
struct pond : beaver::operations<R, FracBits, Truncation, Comparison> {
  static constexpr role helper_role = role::deal;
  /// Names that a configuration may give the producer, the preferred one first.
  static std::vector<std::string> helper_names() { return {"crypto-producer", "crypto_producer", "server2"}; }
  static std::string name() { return pond::describe("pond"); }
};

static_assert(ComparingProtocol<pond<ring64, 16>>);
static_assert(ComparingProtocol<pond<ring64, 16, assisted, pond_policy::comparison_keys<>>>);

}  // namespace koi
