// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/trace/detail/parity_watch.hpp>

#include <map>

namespace koi {

/// Largest and mean absolute difference of two results.
struct parity_difference {
  double largest = 0, mean = 0;
};

/// What is wrong with a layer.
enum class parity_verdict : std::uint8_t {
  fine,
  overflow,          ///< its numbers need more bits than there are
  diverges,          ///< shares give something else than fixed point in the clear, by more than rounding explains
  unlike_reference,  ///< reals give something else than the reference: another layout of weights, other settings
  imprecise,         ///< rounding is a large part of the numbers: they are small for so few fraction bits
};

/// What the check saw of a layer, over all its runs.
struct parity_row {
  std::string layer;               ///< its scope in the ledger; empty for steps outside of all scopes
  shape_type shape;                ///< of its first result
  double lowest = 0, highest = 0;  ///< of its results as reals
  std::string bits_of;             ///< what needs most bits: a "result", a "product" before truncation, a "comparison"
  int bits_needed = 0;             ///< with those that a sign, and the step that follows, take
  int bits_there = 0;
  std::optional<parity_difference> fixed;      ///< fixed point in the clear from reals
  std::optional<parity_difference> secure;     ///< shares from fixed point in the clear; none in a smaller ring
  std::optional<parity_difference> reference;  ///< reals from the reference
  double expected = 0;                         ///< what rounding explains of `secure`
  bool is_what_it_says = true;  ///< false for a stage of a model that computes in another order than its layers say
  parity_verdict verdict = parity_verdict::fine;
};

/// What a parity check compares with, and how closely.
struct parity_options {
  /// What layers gave elsewhere, such as in the framework that trained the weights, by their names: for the first
  /// time that each runs. Weights in another layout than koi's differ from that alone.
  std::map<std::string, plain_tensor> reference{};
  double reference_tolerance = 0.01;   ///< of the largest number of the layer's reference
  double rounding_tolerance = 0.0625;  ///< of the largest number of the layer's result
};

namespace detail {

[[nodiscard]] inline parity_difference difference_of(plain_tensor const& a, plain_tensor const& b) {
  parity_difference d;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto const off = std::abs(a.data()[i] - b.data()[i]);
    if (!(off <= d.largest)) d.largest = off;
    d.mean += off / static_cast<double>(a.size());
  }
  return d;
}

/// Makes the rows of a report of what the two runs gave.
class parity_rows {
 public:
  parity_rows(std::size_t frac_bits, parity_options const& how)
      : unit_(std::ldexp(1.0, -static_cast<int>(frac_bits))), how_(how) {}

  /// Throws  bad_argument where the runs computed other values, or a reference fits no layer
  [[nodiscard]] std::vector<parity_row> of(std::vector<sizes_row> const& sizes, std::vector<clear_value> const& clear,
                                           std::vector<secure_value> const& secure) const {
    std::vector<parity_row> rows(sizes.size());
    std::size_t compared = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& row = rows[i];
      row.layer = sizes[i].layer;
      std::vector<clear_value const*> mine;
      for (auto const& value : clear)
        if (value.row == i) mine.push_back(&value);
      std::vector<plain_tensor const*> shared;
      for (auto const& value : secure)
        if (value.layer == row.layer) shared.push_back(&value.numbers);
      if (!shared.empty() && shared.size() != mine.size()) refuse(row.layer);
      compared += shared.size();
      double most = 0;
      if (!mine.empty()) most = compare_runs(row, mine);
      if (!shared.empty()) compare_shares(row, mine, shared);
      if (!mine.empty()) compare_reference(row, *mine.front());
      judge(row, sizes[i], most);
    }
    if (compared != secure.size()) refuse("some layer");
    check_reference(rows);
    return rows;
  }

 private:
  /// Rounding takes less than this even where one run in the clear lost nothing.
  [[nodiscard]] double slack() const noexcept { return 8 * unit_; }

  [[noreturn]] static void refuse(std::string const& layer) {
    throw bad_argument(fmt::format(
        "parity: {} has other results in the clear than in shares: the program's steps depend on revealed values",
        layer));
  }

  /// Reals and fixed point in the clear; returns the largest magnitude.
  static double compare_clear(parity_row& row, clear_value const& value) {
    auto& fixed = *row.fixed;
    if (!(value.largest_error <= fixed.largest)) fixed.largest = value.largest_error;
    for (std::size_t k = 0; k < value.reals.size(); ++k) {
      row.lowest = std::min(row.lowest, value.reals.data()[k]);
      row.highest = std::max(row.highest, value.reals.data()[k]);
    }
    return largest_of(value.reals);
  }
  double compare_runs(parity_row& row, std::vector<clear_value const*> const& values) const {
    double most = 0, errors = 0, squares = 0, count = 0;
    auto const& first = *values.front();
    row.shape = shape_of(first.reals);
    row.is_what_it_says = first.is_what_it_says;
    row.fixed.emplace();
    if (first.reals.size() > 0) row.lowest = row.highest = first.reals.data()[0];
    for (auto const* value : values) {
      most = std::max(most, compare_clear(row, *value));
      errors += value->sum_of_errors;
      squares += value->sum_of_squares;
      count += static_cast<double>(value->errors);
    }
    if (count > 0) row.fixed->mean = errors / count;
    auto const deviation = count > 0 ? std::sqrt(squares / count) : 0;
    row.expected = std::max(8 * deviation, 3 * row.fixed->largest) + slack() + std::ldexp(most, -45);
    return most;
  }
  static void compare_shares(parity_row& row, std::vector<clear_value const*> const& values,
                             std::vector<plain_tensor const*> const& shared) {
    auto& secure = row.secure.emplace();
    std::size_t elements = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      auto const d = difference_of(values[i]->fixed, *shared[i]);
      if (!(d.largest <= secure.largest)) secure.largest = d.largest;
      secure.mean += d.mean * static_cast<double>(shared[i]->size());
      elements += shared[i]->size();
    }
    if (elements > 0) secure.mean /= static_cast<double>(elements);
  }
  void compare_reference(parity_row& row, clear_value const& first) const {
    auto const* const given = first.is_what_it_says ? reference_of(row.layer) : nullptr;
    if (!given) return;
    if (shape_of(*given) != row.shape)
      throw shape_mismatch::declared("the reference of layer " + row.layer, shape_of(*given), row.shape);
    row.reference = difference_of(first.reals, *given);
    auto const limit = how_.reference_tolerance * largest_of(*given) + slack();
    if (!(row.reference->largest <= limit)) row.verdict = parity_verdict::unlike_reference;
  }

  void judge(parity_row& row, sizes_row const& sizes, double most) const {
    bool const diverges = row.secure && !(row.secure->largest <= row.expected);
    bool const inside = !sizes.certain.is_set() || (sizes.certain.fits() && diverges && !sizes.inside.fits());
    auto const& bits = inside ? sizes.inside : sizes.certain;
    row.bits_of = bits.of;
    row.bits_needed = bits.needed;
    row.bits_there = bits.there;
    if (!sizes.certain.fits() || (diverges && !sizes.inside.fits()))
      row.verdict = parity_verdict::overflow;
    else if (diverges)
      row.verdict = parity_verdict::diverges;
    else if (row.verdict == parity_verdict::fine && row.fixed &&
             !(row.fixed->largest <= std::max(2 * unit_, how_.rounding_tolerance * most)))
      row.verdict = parity_verdict::imprecise;
  }

  /// The reference that is for a scope: it may leave out the scopes around the layer's.
  [[nodiscard]] static bool names(std::string_view reference, std::string_view layer) {
    if (!layer.ends_with(reference)) return false;
    return layer.size() == reference.size() || layer[layer.size() - reference.size() - 1] == '/';
  }
  [[nodiscard]] plain_tensor const* reference_of(std::string const& layer) const {
    for (auto const& [name, value] : how_.reference)
      if (names(name, layer)) return &value;
    return nullptr;
  }
  void check_reference(std::vector<parity_row> const& rows) const {
    for (auto const& [name, value] : how_.reference) {
      std::vector<std::string> all;
      for (auto const& row : rows)
        if (row.fixed) all.push_back(row.layer);
      auto const is_meant = [&, &layer = name](auto const& row) { return names(layer, row); };
      if (std::none_of(all.begin(), all.end(), is_meant))
        throw bad_argument(fmt::format("parity: the reference names a layer '{}'; the program computes {}", name,
                                       fmt::join(all, ", ")));
    }
  }

  double unit_;
  parity_options const& how_;
};

}  // namespace detail

}  // namespace koi
