// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/core/shape.hpp>
#include <koi/io/detail/file.hpp>
#include <koi/io/detail/numbers.hpp>
#include <koi/tensor/detail/xtensor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace koi::io::onnx {

/// What a tensor's elements are in the file, with ONNX's numbers.
enum class element_type : std::int32_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  text = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  complex64 = 14,
  complex128 = 15,
  bfloat16 = 16,
};

/// "int64", for messages.
[[nodiscard]] inline std::string to_string(element_type type) {
  switch (type) {
    case element_type::undefined:
      return "no type";
    case element_type::float32:
      return "float32";
    case element_type::uint8:
      return "uint8";
    case element_type::int8:
      return "int8";
    case element_type::uint16:
      return "uint16";
    case element_type::int16:
      return "int16";
    case element_type::int32:
      return "int32";
    case element_type::int64:
      return "int64";
    case element_type::text:
      return "string";
    case element_type::boolean:
      return "bool";
    case element_type::float16:
      return "float16";
    case element_type::float64:
      return "float64";
    case element_type::uint32:
      return "uint32";
    case element_type::uint64:
      return "uint64";
    case element_type::complex64:
      return "complex64";
    case element_type::complex128:
      return "complex128";
    case element_type::bfloat16:
      return "bfloat16";
  }
  return fmt::format("type {}", static_cast<std::int32_t>(type));
}

/// Whether elements of a type are floats, or integers and bool.
[[nodiscard]] inline bool is_real(element_type type) noexcept {
  using enum element_type;
  return type == float32 || type == float64 || type == float16 || type == bfloat16;
}
[[nodiscard]] inline bool is_integer(element_type type) noexcept {
  using enum element_type;
  return (type >= uint8 && type <= int64) || type == boolean || type == uint32 || type == uint64;
}

/// Numbers that stand in a model: floats of every width as double, integers and bool as int64, rows first.
struct tensor {
  std::string where;  ///< file and name, for messages
  std::string name;
  element_type type = element_type::undefined;
  shape_type shape;
  std::variant<std::vector<double>, std::vector<std::int64_t>> values;
  bool withheld = false;  ///< numbers that are not in the file; see without_weights

  [[nodiscard]] bool is_real() const noexcept { return std::holds_alternative<std::vector<double>>(values); }

  /// Throws bad_option if the elements are integers, or not in the file.
  [[nodiscard]] std::vector<double> const& reals() const {
    check_there();
    if (auto const* const found = std::get_if<std::vector<double>>(&values)) return *found;
    throw bad_option(fmt::format("{}: elements are {}, floats are expected", where, to_string(type)));
  }

  /// Throws bad_option if the elements are floats, or not in the file.
  [[nodiscard]] std::vector<std::int64_t> const& ints() const {
    check_there();
    if (auto const* const found = std::get_if<std::vector<std::int64_t>>(&values)) return *found;
    throw bad_option(fmt::format("{}: elements are {}, integers are expected", where, to_string(type)));
  }

  /// Floats or integers as an array. Throws bad_option for integers beyond 2^53, which a double cannot hold.
  [[nodiscard]] plain_tensor plain() const {
    plain_tensor result = plain_tensor::from_shape(shape);
    if (is_real()) {
      std::copy(reals().begin(), reals().end(), result.data());
      return result;
    }
    auto const& from = ints();
    if (!std::all_of(from.begin(), from.end(), [](std::int64_t i) { return io::detail::fits_double(i); })) {
      throw bad_option(fmt::format("{}: an integer beyond 2^53", where));
    }
    std::transform(from.begin(), from.end(), result.data(), [](std::int64_t i) { return static_cast<double>(i); });
    return result;
  }

 private:
  void check_there() const {
    if (withheld) throw bad_option(fmt::format("{}: withheld by its owner: this file has no weights", where));
  }
};

}  // namespace koi::io::onnx
