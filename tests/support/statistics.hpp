// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>

#include <bit>
#include <cmath>
#include <random>
#include <span>
#include <vector>

namespace koi::testing {

/// A chi-square statistic in standard deviations of its distribution; the larger the less likely.
[[nodiscard]] inline double standardised(double chi_square, double degrees) {
  return (chi_square - degrees) / std::sqrt(2 * degrees);
}

/// How far counts are from uniform, in standard deviations.
[[nodiscard]] inline double from_uniform(std::span<std::uint32_t const> counts) {
  double total = 0;
  for (auto const n : counts) total += n;
  double const expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (auto const n : counts) sum += (n - expected) * (n - expected) / expected;
  return standardised(sum, static_cast<double>(counts.size() - 1));
}

/// How far two histograms are from having one distribution, in standard deviations.
[[nodiscard]] inline double between(std::span<std::uint32_t const> a, std::span<std::uint32_t const> b) {
  double total_a = 0, total_b = 0;
  for (auto const n : a) total_a += n;
  for (auto const n : b) total_b += n;
  double sum = 0, cells = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    double const both = double(a[i]) + b[i];
    if (both == 0) continue;
    double const d = a[i] * std::sqrt(total_b / total_a) - b[i] * std::sqrt(total_a / total_b);
    sum += d * d / both;
    ++cells;
  }
  return cells < 2 ? 0 : standardised(sum, cells - 1);
}

/// Many views of one kind, each of the same number of bytes, kept bit by bit. What stands in the
/// front, `important`, is always tested; of the rest a sample.
class view_samples {
 public:
  void add(std::vector<std::byte> const& important, std::vector<std::byte> const& rest) {
    if (bits_.empty()) {
      important_ = important.size() * 8;
      bits_.resize((important.size() + rest.size()) * 8);
    }
    if (bits_.size() != (important.size() + rest.size()) * 8) throw std::runtime_error("views of different lengths");
    auto const word = count_ / 64, shift = count_ % 64;
    std::size_t at = 0;
    for (auto const* part : {&important, &rest})
      for (auto const byte : *part)
        for (unsigned b = 0; b < 8; ++b, ++at) {
          if (bits_[at].size() <= word) bits_[at].push_back(0);
          bits_[at][word] |= std::uint64_t{(static_cast<unsigned>(byte) >> b) & 1u} << shift;
        }
    ++count_;
  }

  /// The largest difference between two kinds of views, in standard deviations, over the frequencies
  /// of single bits and of the XOR of every two bits: a missing or repeated mask shows in one of them.
  /// It proves nothing about what needs three bits together.
  friend double largest_shift(view_samples const& a, view_samples const& b, std::size_t most = 1200) {
    if (a.bits_.size() != b.bits_.size() || a.count_ != b.count_)
      throw std::runtime_error("views of different lengths");
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < a.bits_.size(); ++i) columns.push_back(i);
    if (columns.size() > most) {
      std::mt19937_64 random(a.bits_.size());
      auto const keep = std::min(a.important_, most);
      std::shuffle(columns.begin() + static_cast<std::ptrdiff_t>(keep), columns.end(), random);
      columns.resize(most);
    }
    auto const words = (a.count_ + 63) / 64;
    std::vector<std::uint64_t> const zero(words);
    auto const n = static_cast<double>(a.count_);
    double largest = 0;
    auto const compare = [&](auto const& ai, auto const& aj, auto const& bi, auto const& bj) {
      int in_a = 0, in_b = 0;
      for (std::size_t w = 0; w < words; ++w) {
        in_a += std::popcount(ai[w] ^ aj[w]);
        in_b += std::popcount(bi[w] ^ bj[w]);
      }
      if (in_a == in_b) return;
      double const share = (in_a + in_b) / (2 * n);
      largest = std::max(largest, std::abs(in_a - in_b) / std::sqrt(2 * n * share * (1 - share) + 1));
    };
    for (auto i = columns.begin(); i != columns.end(); ++i) {
      compare(a.bits_[*i], zero, b.bits_[*i], zero);
      for (auto j = columns.begin(); j != i; ++j) compare(a.bits_[*i], a.bits_[*j], b.bits_[*i], b.bits_[*j]);
    }
    return largest;
  }

 private:
  std::size_t important_ = 0;
  std::size_t count_ = 0;
  std::vector<std::vector<std::uint64_t>> bits_;
};

}  // namespace koi::testing
