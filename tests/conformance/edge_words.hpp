// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/tensor.hpp>

#include <vector>

namespace koi::testing {

/// Words whose signed value lies in [-2^bits, 2^bits): all of them if there are few, else 0 and
/// +-2^k, +-2^k +- 1 for every k, and the ends.
template <PowerOfTwoRing R>
std::vector<typename R::value_type> words_within(std::size_t bits) {
  using word = typename R::value_type;
  std::vector<word> out;
  if (bits < 8) {
    for (int v = -(1 << bits); v < 1 << bits; ++v) out.push_back(static_cast<word>(v));
    return out;
  }
  auto const low = R::neg(R::power(bits)), high = R::sub(R::power(bits), 1);
  for (word const w : {word{0}, low, R::add(low, 1), high, R::sub(high, 1)}) out.push_back(w);
  for (std::size_t k = 0; k < bits; ++k)
    for (word const w : {R::sub(R::power(k), 1), R::power(k), R::add(R::power(k), 1)}) {
      out.push_back(w);
      out.push_back(R::neg(w));
    }
  return out;
}

/// Those of them that truncation by so many bits does not round up to 2^bits.
template <PowerOfTwoRing R>
std::vector<typename R::value_type> words_below(std::size_t bits, std::size_t truncated) {
  auto list = words_within<R>(bits);
  auto const most = R::to_signed(R::sub(R::power(bits), R::power(truncated)));
  std::erase_if(list, [most](auto w) { return R::to_signed(w) > most; });
  return list;
}

/// A list of words, each repeated: element i is word i % size.
template <PowerOfTwoRing R>
tensor<R> repeated(std::vector<typename R::value_type> const& list, std::size_t times) {
  tensor<R> out({times, list.size()});
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = list[i % list.size()];
  return out;
}

}  // namespace koi::testing
