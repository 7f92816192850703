// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/operation.hpp>
#include <koi/trace/detail/parity_share.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace koi::detail {

/// A value of one layer in the clear, in real units.
struct clear_value {
  std::size_t row = 0;        ///< of the layer
  plain_tensor reals;         ///< nothing rounded
  plain_tensor fixed;         ///< as one run of fixed point has it
  double largest_error = 0;   ///< of all runs of fixed point
  double sum_of_errors = 0;   ///< absolute
  double sum_of_squares = 0;  ///< of errors
  std::size_t errors = 0;     ///< in those sums
  bool is_what_it_says = true;
};

/// The bits that a layer's numbers need, where they need most of what there is.
struct bits_in_use {
  std::string_view of;
  int needed = 0, there = 0;

  [[nodiscard]] bool is_set() const noexcept { return there != 0; }
  [[nodiscard]] bool fits() const noexcept { return needed <= there; }
  void add(bits_in_use const& other) {
    if (!is_set() || other.needed - other.there > needed - there) *this = other;
  }
};

/// A layer's name and what its steps asked of sizes: what must fit, and what need not where the result is right.
struct sizes_row {
  std::string layer;
  bits_in_use certain, inside;
};

/// Writes down what a program computes in the clear. Server0's alone.
template <class Clear>
class clear_record final : public clear_watcher<Clear> {
 public:
  using ring = typename Clear::ring;

  void see_size(party& self, clear_numbers const& x, size_limit limit) override {
    auto& row = row_of(since_, self.spending().scope());
    (limit.certain ? row.certain : row.inside).add(bits_of(x, limit));
  }
  void see(private_tensor<Clear> const& value, watched_as what) override {
    auto const& share = value.share();
    if (!share.held()) return;
    auto const& x = share.numbers();
    auto const& scope = value.self().spending().scope();
    settle(what.is_named ? scope : std::string());
    bool const is_product = what.frac_bits > Clear::frac_bits;
    auto& row = row_of(rows_, scope);
    row.certain.add(
        bits_of(x, {is_product ? "product" : "result", ring::bits, std::size_t{is_product ? 2u : 3u}, true}));
    auto const unit = [&](double v) { return std::ldexp(v, -static_cast<int>(what.frac_bits)); };
    clear_value seen;
    seen.row = static_cast<std::size_t>(&row - rows_.data());
    seen.reals = mapped_reals(x.of[0], unit);
    seen.fixed = mapped_reals(x.of[1], unit);
    seen.is_what_it_says = what.is_what_it_says;
    for (std::size_t run = 1; run < x.count; ++run)
      for (std::size_t i = 0; i < share.size(); ++i) {
        auto const off = std::abs(unit(x.of[run].data()[i]) - seen.reals.data()[i]);
        if (!(off <= seen.largest_error)) seen.largest_error = off;
        seen.sum_of_errors += off;
        seen.sum_of_squares += off * off;
        ++seen.errors;
      }
    values_.push_back(std::move(seen));
  }

  /// When the run is over.
  [[nodiscard]] std::vector<sizes_row> const& rows() {
    settle({});
    return rows_;
  }
  [[nodiscard]] std::vector<clear_value> const& values() const noexcept { return values_; }

 private:
  static sizes_row& row_of(std::vector<sizes_row>& rows, std::string const& layer) {
    auto const at = std::find_if(rows.begin(), rows.end(), [&](auto const& r) { return r.layer == layer; });
    if (at != rows.end()) return *at;
    return rows.emplace_back(sizes_row{layer, {}, {}});
  }
  /// Gives the sizes since the last value to the scopes that asked, those right outside of a named value to it.
  void settle(std::string const& named) {
    auto const end = named.rfind('/');
    auto const outside = end == std::string::npos ? std::string() : named.substr(0, end);
    for (auto const& sizes : std::exchange(since_, {})) {
      auto& row = row_of(rows_, !named.empty() && sizes.layer == outside ? named : sizes.layer);
      if (sizes.certain.is_set()) row.certain.add(sizes.certain);
      if (sizes.inside.is_set()) row.inside.add(sizes.inside);
    }
  }
  static bits_in_use bits_of(clear_numbers const& x, size_limit limit) {
    double most = 0;
    for (auto const& run : x.of)
      if (auto const v = largest_of(run); !(v <= most)) most = v;
    constexpr int endless = 9999;
    auto const bits = !std::isfinite(most) ? endless : most < 1 ? 0 : std::ilogb(most) + 1;
    return {limit.of, bits + static_cast<int>(limit.spare), static_cast<int>(limit.bits)};
  }

  std::vector<sizes_row> rows_, since_;
  std::vector<clear_value> values_;
};

/// The same value as shares gave it.
struct secure_value {
  std::string layer;
  plain_tensor numbers;
};

/// Gives every value to one player, which writes it down.
template <Protocol P>
class secure_record final : public value_watcher<P> {
 public:
  explicit secure_record(std::size_t taker) : taker_(taker) {}

  void see(private_tensor<P> const& x, watched_as what) override {
    auto const words = P::output(x.self(), taker_, x.share());
    auto const unit = [&](double v) { return std::ldexp(v, -static_cast<int>(what.frac_bits)); };
    if (words) values_.push_back({x.self().spending().scope(), mapped_reals(reals_of(*words), unit)});
  }
  [[nodiscard]] std::vector<secure_value> const& values() const noexcept { return values_; }

 private:
  std::size_t taker_;
  std::vector<secure_value> values_;
};

}  // namespace koi::detail
