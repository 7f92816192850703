// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/io/onnx/detail/message.hpp>
#include <koi/io/onnx/tensor.hpp>

#include <bit>
#include <limits>
#include <optional>
#include <utility>

namespace koi::io::onnx::detail {

/// The fields of a TensorProto before their type is known.
struct tensor_fields {
  std::string name;
  std::vector<std::int64_t> dims;
  std::int64_t type = 0;
  std::vector<double> floats;
  std::vector<double> doubles;
  std::vector<std::int64_t> int32s;
  std::vector<std::int64_t> int64s;
  std::vector<std::uint64_t> uint64s;
  std::optional<std::string_view> raw;
  std::string_view note;
};

/// What stands in a tensor's doc_string where its owner took the numbers out.
inline constexpr std::string_view withheld_note = "withheld by its owner";

[[nodiscard]] inline tensor_fields read_tensor_fields(message& in) {
  tensor_fields fields;
  while (auto const field = in.next()) {
    switch (field) {
      case 1:
        in.read(fields.dims);
        break;
      case 2:
        fields.type = in.integer();
        break;
      case 3:
        in.fail("tensors in segments are not read");
        break;
      case 4:
        in.read_floats(fields.floats);
        break;
      case 5:
        in.read(fields.int32s);
        break;
      case 6:
        in.fail("tensors of strings are not read");
        break;
      case 7:
        in.read(fields.int64s);
        break;
      case 8:
        fields.name = in.text();
        break;
      case 9:
        fields.raw = in.view();
        break;
      case 10:
        in.read_doubles(fields.doubles);
        break;
      case 11:
        in.read(fields.uint64s);
        break;
      case 12:
        fields.note = in.view();
        break;
      case 13:
        in.fail("external data is not read: save the model as one file");
        break;
      case 14:
        if (in.integer() != 0) in.fail("external data is not read: save the model as one file");
        break;
      default:
        in.skip();
    }
  }
  return fields;
}

[[nodiscard]] inline shape_type checked_shape(std::vector<std::int64_t> const& dims, message const& in) {
  constexpr std::size_t most = 64;
  if (dims.size() > most) in.fail(fmt::format("{} dimensions, more than {}", dims.size(), most));
  shape_type shape;
  for (auto const extent : dims) {
    if (extent < 0) in.fail(fmt::format("an extent of {}", extent));
    shape.push_back(static_cast<std::size_t>(extent));
  }
  return shape;
}

/// Turns the fields into numbers, of which there must be as many as the shape says.
class tensor_values {
 public:
  tensor_values(tensor_fields& fields, std::size_t count, message const& in)
      : fields_(fields), count_(count), in_(in) {}

  void fill(tensor& out) {
    bool const has_type = is_real(out.type) || is_integer(out.type);
    if (fields_.note == withheld_note && has_type && !fields_.raw && listed() == 0) {
      out.withheld = true;
      if (!is_real(out.type)) out.values = std::vector<std::int64_t>();
      return;
    }
    switch (out.type) {
      case element_type::float32:
        out.values = reals<std::uint32_t, float>(fields_.floats);
        break;
      case element_type::float64:
        out.values = reals<std::uint64_t, double>(fields_.doubles);
        break;
      case element_type::float16:
        out.values = halves(io::detail::from_half);
        break;
      case element_type::bfloat16:
        out.values = halves(io::detail::from_bfloat16);
        break;
      case element_type::uint8:
        out.values = ints<std::uint8_t>(fields_.int32s);
        break;
      case element_type::int8:
        out.values = ints<std::int8_t>(fields_.int32s);
        break;
      case element_type::uint16:
        out.values = ints<std::uint16_t>(fields_.int32s);
        break;
      case element_type::int16:
        out.values = ints<std::int16_t>(fields_.int32s);
        break;
      case element_type::int32:
        out.values = ints<std::int32_t>(fields_.int32s);
        break;
      case element_type::int64:
        out.values = ints<std::int64_t>(fields_.int64s);
        break;
      case element_type::boolean:
        out.values = ints<std::uint8_t>(fields_.int32s);
        break;
      case element_type::uint32:
        out.values = ints<std::uint32_t>(fields_.uint64s);
        break;
      case element_type::uint64:
        out.values = ints<std::uint64_t>(fields_.uint64s);
        break;
      default:
        in_.fail(fmt::format("elements of {} are not read", to_string(out.type)));
    }
  }

 private:
  [[nodiscard]] std::size_t listed() const noexcept {
    return fields_.floats.size() + fields_.doubles.size() + fields_.int32s.size() + fields_.int64s.size() +
           fields_.uint64s.size();
  }

  /// The one field that holds this type's elements, and no other; `list` is then moved from or copied.
  template <class List>
  void check(List const& list, std::size_t element_bytes) const {
    auto const all = listed();
    if (all != list.size() || (fields_.raw && all != 0)) in_.fail("its data stands in a field of another type");
    auto const there = fields_.raw ? fields_.raw->size() : list.size();
    auto const due = fields_.raw ? count_ * element_bytes : count_;
    if (there != due) {
      in_.fail(fmt::format("{} {} of data where its shape needs {}", there, fields_.raw ? "bytes" : "numbers", due));
    }
  }

  template <class Word>
  [[nodiscard]] Word raw_word(std::size_t i) const noexcept {
    return load<Word>(bytes_of(fields_.raw->data(), fields_.raw->size()), i * sizeof(Word));
  }

  /// The integer at a place, of the raw bytes or the list.
  template <class Integer, class Listed>
  [[nodiscard]] Integer word(std::vector<Listed> const& list, std::size_t i) const {
    if (fields_.raw) return raw_word<Integer>(i);
    if (!std::in_range<Integer>(list[i])) in_.fail("a number that its type cannot hold");
    return static_cast<Integer>(list[i]);
  }

  template <class Word, class Float>
  [[nodiscard]] std::vector<double> reals(std::vector<double>& list) {
    check(list, sizeof(Word));
    if (!fields_.raw) return std::move(list);
    std::vector<double> out(count_);
    for (std::size_t i = 0; i < count_; ++i) out[i] = static_cast<double>(std::bit_cast<Float>(raw_word<Word>(i)));
    return out;
  }

  template <class Decode>
  [[nodiscard]] std::vector<double> halves(Decode const& decode) {
    check(fields_.int32s, sizeof(std::uint16_t));
    std::vector<double> out(count_);
    for (std::size_t i = 0; i < count_; ++i) out[i] = decode(word<std::uint16_t>(fields_.int32s, i));
    return out;
  }

  template <class Integer, class Listed>
  [[nodiscard]] std::vector<std::int64_t> ints(std::vector<Listed> const& list) {
    check(list, sizeof(Integer));
    if (fields_.raw && sizeof(Integer) < sizeof(std::int64_t)) in_.spend_numbers(count_);
    std::vector<std::int64_t> out(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      auto const value = word<Integer>(list, i);
      if (!std::in_range<std::int64_t>(value)) in_.fail("an unsigned number beyond 63 bits");
      out[i] = static_cast<std::int64_t>(value);
    }
    return out;
  }

  tensor_fields& fields_;
  std::size_t count_;
  message const& in_;
};

/// Reads a TensorProto.
[[nodiscard]] inline tensor read_tensor(message in) {
  auto fields = read_tensor_fields(in);
  tensor result;
  result.where = fmt::format("{} {}", in.where(), io::detail::shown(fields.name));
  in.set_where(result.where);
  result.name = std::move(fields.name);

  if (!std::in_range<std::int32_t>(fields.type)) in.fail("no type that ONNX has");
  result.type = static_cast<element_type>(fields.type);
  result.shape = checked_shape(fields.dims, in);
  auto const count = io::detail::checked_element_count(result.shape);
  if (!count) in.fail(fmt::format("shape {} has too many elements", koi::to_string(result.shape)));
  tensor_values(fields, *count, in).fill(result);
  return result;
}

}  // namespace koi::io::onnx::detail
