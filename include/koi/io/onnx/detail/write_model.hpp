// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/read_tensor.hpp>
#include <koi/io/onnx/model.hpp>

#include <cmath>

/// Parts of a model as protobuf, from what was read of them and nothing else.
namespace koi::io::onnx::detail {

/// The bits of a number that is a half.
[[nodiscard]] inline std::int32_t half_bits(double v) noexcept {
  auto const sign = std::signbit(v) ? 0x8000 : 0;
  if (std::isnan(v)) return sign | 0x7e00;
  if (std::isinf(v)) return sign | 0x7c00;
  int exponent = 0;
  auto const mantissa = std::frexp(std::abs(v), &exponent);  // [1/2, 1)
  if (exponent < -13 || v == 0) return sign | static_cast<std::int32_t>(std::ldexp(std::abs(v), 24));
  return sign | (exponent + 14) << 10 | static_cast<std::int32_t>(mantissa * 2048 - 1024);
}

/// The numbers of a tensor in the field of their type.
inline void write_numbers(tensor const& t, protobuf_writer& out) {
  if (t.is_real()) {
    auto const& from = t.reals();
    if (t.type == element_type::float64) return out.add_packed_double(10, from.begin(), from.end());
    if (t.type == element_type::float32) {
      std::vector<float> const floats(from.begin(), from.end());
      return out.add_packed_float(4, floats.begin(), floats.end());
    }
    std::vector<std::int32_t> words;
    for (auto const v : from)
      words.push_back(t.type == element_type::float16
                          ? half_bits(v)
                          : static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(static_cast<float>(v)) >> 16));
    return out.add_packed_int32(5, words.begin(), words.end());
  }
  auto const& from = t.ints();
  if (t.type == element_type::int64) return out.add_packed_int64(7, from.begin(), from.end());
  if (t.type == element_type::uint32 || t.type == element_type::uint64) {
    std::vector<std::uint64_t> const words(from.begin(), from.end());
    return out.add_packed_uint64(11, words.begin(), words.end());
  }
  std::vector<std::int32_t> const words(from.begin(), from.end());
  out.add_packed_int32(5, words.begin(), words.end());
}

/// Whether a tensor's numbers are written.
enum class numbers : bool { withheld, written };

[[nodiscard]] inline std::string tensor_text(tensor const& t, std::string_view name, numbers which) {
  std::string text;
  protobuf_writer out(text);
  std::vector<std::int64_t> const dims(t.shape.begin(), t.shape.end());
  out.add_packed_int64(1, dims.begin(), dims.end());
  out.add_int32(2, static_cast<std::int32_t>(t.type));
  if (which == numbers::withheld || t.withheld)
    out.add_string(12, std::string(withheld_note));
  else
    write_numbers(t, out);
  if (!name.empty()) out.add_string(8, std::string(name));
  return text;
}

[[nodiscard]] inline std::string value_text(value_info const& value) {
  std::string shape, tensor, type, text;
  protobuf_writer of_shape(shape), of_tensor(tensor), of_type(type), out(text);
  if (value.shape)
    for (auto const& d : *value.shape) {
      std::string extent;
      protobuf_writer of_extent(extent);
      if (d.extent)
        of_extent.add_int64(1, static_cast<std::int64_t>(*d.extent));
      else if (!d.symbol.empty())
        of_extent.add_string(2, d.symbol);
      of_shape.add_message(1, extent);
    }
  of_tensor.add_int32(1, static_cast<std::int32_t>(value.type));
  if (value.shape) of_tensor.add_message(2, shape);
  of_type.add_message(1, tensor);
  out.add_string(1, value.name);
  out.add_message(2, type);
  return text;
}

/// An attribute; of a tensor what `tensor_as` makes of it.
template <class TensorAs>
[[nodiscard]] std::string attribute_text(std::string const& name, attribute_value const& value,
                                         TensorAs const& tensor_as) {
  std::string text;
  protobuf_writer out(text);
  out.add_string(1, name);
  std::int32_t type = 0;
  if (auto const* const real = std::get_if<double>(&value)) {
    type = 1, out.add_float(2, static_cast<float>(*real));
  } else if (auto const* const integer = std::get_if<std::int64_t>(&value)) {
    type = 2, out.add_int64(3, *integer);
  } else if (auto const* const word = std::get_if<std::string>(&value)) {
    type = 3, out.add_string(4, *word);
  } else if (auto const* const t = std::get_if<tensor>(&value)) {
    type = 4, out.add_message(5, tensor_as(*t));
  } else if (auto const* const reals = std::get_if<std::vector<double>>(&value)) {
    std::vector<float> const floats(reals->begin(), reals->end());
    type = 6, out.add_packed_float(7, floats.begin(), floats.end());
  } else if (auto const* const ints = std::get_if<std::vector<std::int64_t>>(&value)) {
    type = 7, out.add_packed_int64(8, ints->begin(), ints->end());
  } else {
    type = 8;
    for (auto const& each : std::get<std::vector<std::string>>(value)) out.add_string(9, each);
  }
  out.add_int32(20, type);
  return text;
}

}  // namespace koi::io::onnx::detail
