// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/detail/file.hpp>
#include <koi/io/detail/npy_header.hpp>
#include <koi/io/detail/numbers.hpp>
#include <koi/tensor/detail/xtensor.hpp>

#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace koi::io {

namespace detail {

/// Calls `store(i, value)` for every element, in the order of the file.
template <class Word, class Number, class Store>
void each_number(const_byte_span data, npy_header const& header, std::size_t count, std::string_view name,
                 Store const& store) {
  for (std::size_t i = 0; i < count; ++i) {
    auto const number = std::bit_cast<Number>(load_word<Word>(data, i * sizeof(Word), header.big_endian));
    if constexpr (std::integral<Number>) {
      if (!fits_double(number)) throw bad_option(fmt::format("{}: element {} is an integer beyond 2^53", name, i));
    }
    store(i, static_cast<double>(number));
  }
}

template <class Store>
void each_element(const_byte_span data, npy_header const& header, std::size_t count, std::string_view name,
                  Store const& store) {
  auto const walk = [&]<class Word, class Number>(Word, Number) {
    each_number<Word, Number>(data, header, count, name, store);
  };
  using u8 = std::uint8_t;
  using u16 = std::uint16_t;
  using u32 = std::uint32_t;
  using u64 = std::uint64_t;
  switch (header.type) {
    case npy_type::f2:
      return each_number<u16, u16>(data, header, count, name,
                                   [&](std::size_t i, double bits) { store(i, from_half(static_cast<u16>(bits))); });
    case npy_type::f4:
      return walk(u32{}, float{});
    case npy_type::f8:
      return walk(u64{}, double{});
    case npy_type::i1:
      return walk(u8{}, std::int8_t{});
    case npy_type::i2:
      return walk(u16{}, std::int16_t{});
    case npy_type::i4:
      return walk(u32{}, std::int32_t{});
    case npy_type::i8:
      return walk(u64{}, std::int64_t{});
    case npy_type::u1:
      return walk(u8{}, u8{});
    case npy_type::u2:
      return walk(u16{}, u16{});
    case npy_type::u4:
      return walk(u32{}, u32{});
    case npy_type::u8:
      return walk(u64{}, u64{});
    case npy_type::b1:
      return each_number<u8, u8>(data, header, count, name,
                                 [&](std::size_t i, double value) { store(i, value != 0 ? 1.0 : 0.0); });
  }
}

/// Where elements that come with the first index fastest lie in row-major order.
class column_order {
 public:
  explicit column_order(shape_type const& shape) : shape_(shape), index_(shape.size()), strides_(shape.size()) {
    std::size_t stride = 1;
    for (auto axis = shape.size(); axis-- > 0; stride *= shape[axis]) strides_[axis] = stride;
  }

  /// The place of the element that is due, and on to the next.
  [[nodiscard]] std::size_t next() noexcept {
    auto const at = at_;
    for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
      at_ += strides_[axis];
      if (++index_[axis] < shape_[axis]) break;
      at_ -= shape_[axis] * strides_[axis];
      index_[axis] = 0;
    }
    return at;
  }

 private:
  shape_type shape_;
  shape_type index_;
  shape_type strides_;
  std::size_t at_ = 0;
};

}  // namespace detail

/// The array in the bytes of an npy file; `name` stands for the file in messages.
///
/// Range   versions 1 to 3; floats of 2, 4 and 8 bytes, integers of 1 to 8, bool; either byte order; rows or columns
///         first; integers up to 2^53, which a double holds exactly
/// Throws  bad_option, naming the file, if it is not npy, cut, damaged, longer than it says, of other elements or
///         pickled, or its numbers take more than `max_bytes` as doubles; what it says is compared with its length and
///         the limit before memory is taken
[[nodiscard]] inline plain_tensor parse_npy(const_byte_span bytes, std::string_view name,
                                            std::size_t max_bytes = std::numeric_limits<std::size_t>::max()) {
  auto const header = detail::parse_npy_header(bytes, name);
  auto const count = detail::checked_element_count(header.shape);
  if (!count) throw bad_option(fmt::format("{}: shape {} has too many elements", name, to_string(header.shape)));

  auto const data = bytes.subspan(header.data_at);
  auto const due = *count * header.element_bytes();
  if (data.size() < due) {
    throw bad_option(
        fmt::format("{}: cut, {} of the {} bytes of {} are there", name, data.size(), due, to_string(header.shape)));
  }
  if (data.size() > due) {
    throw bad_option(fmt::format("{}: more follows behind the {} bytes of {}", name, due, to_string(header.shape)));
  }

  if (*count > max_bytes / sizeof(double)) {
    throw bad_option(
        fmt::format("{}: the doubles of {} take more than {} bytes", name, to_string(header.shape), max_bytes));
  }

  plain_tensor result = plain_tensor::from_shape(header.shape);
  auto* const out = result.data();
  if (header.columns_first) {
    detail::column_order order(header.shape);
    detail::each_element(data, header, *count, name, [&](std::size_t, double value) { out[order.next()] = value; });
  } else {
    detail::each_element(data, header, *count, name, [&](std::size_t i, double value) { out[i] = value; });
  }
  return result;
}

/// Reads a file of numpy.save: parse_npy on its bytes, of which there may be `max_bytes` too. Throws bad_option as well
/// if it is missing.
[[nodiscard]] inline plain_tensor read_npy(std::filesystem::path const& path,
                                           std::size_t max_bytes = std::size_t{1} << 30) {
  return parse_npy(detail::read_file(path, max_bytes), path.string(), max_bytes);
}

/// The bytes of an npy file: version 1, little-endian doubles, rows first.
[[nodiscard]] inline std::vector<std::byte> format_npy(plain_tensor const& array) {
  shape_type const shape(array.shape().begin(), array.shape().end());
  auto const text = detail::format_npy_header(shape);
  auto const data = bytes_of(array.data(), array.size());
  std::vector<std::byte> bytes(text.size() + data.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  if (!data.empty()) std::memcpy(bytes.data() + text.size(), data.data(), data.size());
  return bytes;
}

/// Writes what numpy.load reads: format_npy, whole or not at all. Throws bad_option if the file cannot be written.
inline void write_npy(std::filesystem::path const& path, plain_tensor const& array) {
  detail::write_file(path, format_npy(array));
}

}  // namespace koi::io
