// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/operations.hpp>
#include <koi/protocol/concepts.hpp>
#include <koi/protocol/securenn/as_published.hpp>
#include <koi/protocol/securenn/three_round.hpp>

namespace koi {

/// SecureNN: two servers hold additive shares, server2 deals and answers masked comparisons.
///
/// `Comparison` is how signs are found: in three rounds on the whole ring or on the bits that are in use, or as
/// published.
///
/// Semi-honest; no two of the three servers may collude.
/// Source  [WGC19] eprint 2018/442
template <PowerOfTwoRing R, std::size_t FracBits, class Truncation = assisted,
          class Comparison = securenn_policy::three_round<>>
struct securenn : beaver::operations<R, FracBits, Truncation, Comparison> {
  static constexpr role helper_role = role::assist;
  static std::vector<std::string> helper_names() { return {"server2"}; }
  static std::string name() { return securenn::describe("securenn"); }
};

static_assert(ComparingProtocol<securenn<ring64, 16>> &&
              ComparingProtocol<securenn<ring64, 16, assisted, securenn_policy::as_published>>);

}  // namespace koi
