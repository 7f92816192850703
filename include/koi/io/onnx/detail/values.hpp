// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/model.hpp>

#include <limits>
#include <memory>

namespace koi::io::onnx::detail {

using koi::to_string;  // of shapes
using onnx::to_string;

/// What koi cannot do with an operator; becomes a line of the report.
class unsupported final : public bad_argument {
 public:
  using bad_argument::bad_argument;
};

inline constexpr std::size_t most_axes = 32;
inline constexpr std::size_t most_integers = 1024;  ///< that a graph computes shapes with, in one value

/// Stands among those for the number of samples, and for another number that depends on it; no limits of a slice.
inline constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::min() + 0x6b6f69;
inline constexpr std::int64_t any_other_number = any_number + 1;

[[nodiscard]] inline bool depends_on_samples(std::vector<std::int64_t> const& numbers) {
  return std::any_of(numbers.begin(), numbers.end(), [](auto n) { return n == any_number || n == any_other_number; });
}

/// Numbers of the file, which live as long as someone has them.
using shared_numbers = std::shared_ptr<tensor const>;

/// How a weight of the network comes from the file, at its owner.
using recipe = std::function<plain_tensor()>;

/// A value of the graph while it is translated: what a layer gives, weights, numbers that stand in the graph, or the
/// result of what is in the report.
struct secret {
  std::size_t layer;
};
struct weight {
  shared_numbers numbers;
};
struct constant {
  shared_numbers numbers;
};
struct unknown {};
using graph_value = std::variant<unknown, secret, weight, constant>;

/// Integers that the graph computed, as a vector or as one number.
[[nodiscard]] inline constant whole_numbers(std::vector<std::int64_t> numbers, bool one = false) {
  if (numbers.size() > most_integers || (one && numbers.size() != 1))
    throw unsupported(fmt::format("{} integers that the graph computes", numbers.size()));
  tensor t;
  t.type = element_type::int64;
  t.shape = one ? shape_type{} : shape_type{numbers.size()};
  t.values = std::move(numbers);
  return {std::make_shared<tensor const>(std::move(t))};
}

/// Some numbers for a message, the first few of them.
template <class Numbers>
[[nodiscard]] std::string listed(Numbers const& numbers) {
  constexpr std::size_t most = 8;
  auto const end = numbers.begin() + static_cast<std::ptrdiff_t>(std::min(numbers.size(), most));
  return fmt::format("[{}{}]", fmt::join(numbers.begin(), end, ","), numbers.size() > most ? ",..." : "");
}

/// A plain tensor with axes in another order.
[[nodiscard]] inline plain_tensor reordered(plain_tensor const& x, std::vector<std::size_t> const& axes) {
  return xt::transpose(x, axes);
}

/// A weight as it stands in the file.
struct as_it_is {
  plain_tensor operator()(plain_tensor x) const { return x; }
};

/// A negative axis counts from the end. Throws unsupported.
[[nodiscard]] inline std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  auto const from_start = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
  if (from_start < 0 || from_start >= static_cast<std::int64_t>(rank))
    throw unsupported(fmt::format("axis {} of a tensor with {} axes", axis, rank));
  return static_cast<std::size_t>(from_start);
}
/// Several of them, of which none comes twice. Throws unsupported.
[[nodiscard]] inline std::vector<std::size_t> axes_of(std::vector<std::int64_t> const& axes, std::size_t rank) {
  std::vector<std::size_t> out;
  for (auto const axis : axes) {
    out.push_back(axis_of(axis, rank));
    if (std::find(out.begin(), out.end() - 1, out.back()) != out.end() - 1)
      throw unsupported(fmt::format("axis {} twice", axis));
  }
  return out;
}

/// Numbers that count elements. Throws unsupported for those below 0 and from 2^31 on.
[[nodiscard]] inline std::vector<std::size_t> counts_of(std::vector<std::int64_t> const& numbers) {
  std::vector<std::size_t> out;
  for (auto const n : numbers) {
    if (n < 0 || n >> 31 != 0) throw unsupported(fmt::format("a number among {}", listed(numbers)));
    out.push_back(static_cast<std::size_t>(n));
  }
  return out;
}

}  // namespace koi::io::onnx::detail
