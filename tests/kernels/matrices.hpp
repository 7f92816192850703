// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/task.hpp>

#include <random>
#include <string>
#include <vector>

namespace koi::test {

struct sizes {
  std::size_t m, k, n;
};

/// Pairs of random matrices and their sum of products. Rows have gaps behind them, and every matrix
/// begins one word after an aligned address.
template <class Word>
class matrices {
 public:
  /// The pairs have one m and one n.
  matrices(std::vector<sizes> pairs, bool add)
      : pairs_(std::move(pairs)), add_(add), m_(pairs_.front().m), n_(pairs_.front().n), c_stride_(n_ + 3) {
    std::mt19937_64 random(m_ * 1000003 + pairs_.front().k * 1009 + n_);
    auto const draw = [&](std::size_t size) {
      std::vector<Word> out(size);
      for (auto& x : out)
        for (std::size_t byte = 0; byte < sizeof(Word); byte += 4) {
          if constexpr (sizeof(Word) > 4) x <<= 32;
          x = static_cast<Word>(x | static_cast<Word>(random() & 0xffffffff));
        }
      return out;
    };
    for (auto const& s : pairs_) {
      a_.push_back(draw(s.m * (s.k + 2) + 1));
      b_.push_back(draw(s.k * (s.n + 5) + 1));
      factors_.push_back({a_.back().data() + 1, s.k + 2, b_.back().data() + 1, s.n + 5, s.k});
    }
    c_ = draw(m_ * c_stride_ + 1);
  }

  [[nodiscard]] kernels::gemm_task<Word> task() noexcept {
    return {c_.data() + 1, c_stride_, m_, n_, factors_.data(), factors_.size(), add_};
  }

  /// What the task must make of c, gaps included.
  void compute_plainly() {
    expected_ = c_;
    for (std::size_t i = 0; i < m_; ++i)
      for (std::size_t j = 0; j < n_; ++j) {
        auto& at = expected_[1 + i * c_stride_ + j];
        if (!add_) at = 0;
        for (auto const& x : factors_)
          for (std::size_t p = 0; p < x.k; ++p)
            at = static_cast<Word>(at + static_cast<Word>(x.a[i * x.a_stride + p] * x.b[p * x.b_stride + j]));
      }
  }

  [[nodiscard]] bool as_expected() const { return c_ == expected_; }

  [[nodiscard]] std::string name(std::string const& set) const {
    auto out = set + ", words of " + std::to_string(8 * sizeof(Word)) + " bits:";
    for (auto const& s : pairs_)
      out += " [" + std::to_string(s.m) + "," + std::to_string(s.k) + "][" + std::to_string(s.k) + "," +
             std::to_string(s.n) + "]";
    return out + (add_ ? ", added" : "");
  }

 private:
  std::vector<sizes> pairs_;
  bool add_;
  std::size_t m_, n_, c_stride_;
  std::vector<std::vector<Word>> a_, b_;
  std::vector<Word> c_, expected_;
  std::vector<kernels::gemm_factors<Word>> factors_;
};

}  // namespace koi::test
