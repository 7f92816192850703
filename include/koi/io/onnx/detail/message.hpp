// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <fmt/format.h>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi::io::onnx::detail {

/// Appends the fields of a message to a string.
using protobuf_writer = protozero::pbf_writer;

/// How many more messages, strings and short integers a file may hold: they take far more memory than bytes in it.
/// `numbers_a_part` integers count as one part.
class part_budget {
 public:
  static constexpr std::size_t numbers_a_part = 16;

  explicit part_budget(std::size_t most) : most_(most), left_(most) {}

  /// False if there were too many.
  [[nodiscard]] bool spend(std::size_t parts = 1) noexcept {
    if (left_ < parts) return false;
    left_ -= parts;
    return true;
  }
  [[nodiscard]] bool spend_numbers(std::size_t count) noexcept {
    numbers_ += count;
    auto const parts = numbers_ / numbers_a_part;
    numbers_ %= numbers_a_part;
    return spend(parts);
  }
  [[nodiscard]] std::size_t most() const noexcept { return most_; }

 private:
  std::size_t most_;
  std::size_t left_;
  std::size_t numbers_ = 0;  // that are not yet a part
};

/// The fields of one protobuf message. After next() exactly one of the readers, or skip(). Everything that the file
/// gets wrong is a bad_option that starts with `where`.
class message {
 public:
  message(std::string_view bytes, std::string where, part_budget& parts)
      : where_(std::move(where)), parts_(&parts), reader_(bytes.data(), bytes.size()) {
    spend();
  }

  /// The number of the next field, 0 at the end.
  [[nodiscard]] std::uint32_t next() {
    field_ = guarded([&] { return reader_.next(); }) ? reader_.tag() : 0;
    return field_;
  }

  void skip() {
    guarded([&] { reader_.skip(); });
  }

  /// Writes the field as it stands.
  void copy_to(protobuf_writer& out) {
    guarded([&] {
      switch (reader_.wire_type()) {
        case protozero::pbf_wire_type::varint:
          return out.add_uint64(field_, reader_.get_uint64());
        case protozero::pbf_wire_type::fixed64:
          return out.add_fixed64(field_, reader_.get_fixed64());
        case protozero::pbf_wire_type::fixed32:
          return out.add_fixed32(field_, reader_.get_fixed32());
        default: {
          auto const bytes = reader_.get_view();
          return out.add_bytes(field_, bytes.data(), bytes.size());
        }
      }
    });
  }

  [[nodiscard]] std::int64_t integer() {
    expect(protozero::pbf_wire_type::varint);
    return guarded([&] { return reader_.get_int64(); });
  }

  [[nodiscard]] double real() {
    expect(protozero::pbf_wire_type::fixed32);
    return static_cast<double>(guarded([&] { return reader_.get_float(); }));
  }

  /// Bytes of the file itself: a string, raw data, a message.
  [[nodiscard]] std::string_view view() {
    expect(protozero::pbf_wire_type::length_delimited);
    auto const bytes = guarded([&] { return reader_.get_view(); });
    return {bytes.data(), bytes.size()};
  }

  [[nodiscard]] std::string text() {
    spend();
    return std::string(view());
  }

  /// A message within this one.
  [[nodiscard]] message inner(std::string where) { return {view(), std::move(where), *parts_}; }

  /// One element of a repeated field, or a packed run of them.
  void read(std::vector<std::int64_t>& out) {
    if (!is_packed()) return spend_numbers(1), out.push_back(integer());
    guarded([&] { append_counted(out, reader_.get_packed_int64()); });
  }
  void read(std::vector<std::uint64_t>& out) {
    if (!is_packed()) return spend_numbers(1), out.push_back(static_cast<std::uint64_t>(integer()));
    guarded([&] { append_counted(out, reader_.get_packed_uint64()); });
  }

  /// The same for 32-bit floats, and for doubles.
  void read_floats(std::vector<double>& out) {
    if (!is_packed()) return out.push_back(real());
    guarded([&] { append(out, reader_.get_packed_float()); });
  }
  void read_doubles(std::vector<double>& out) {
    if (is_packed()) return guarded([&] { append(out, reader_.get_packed_double()); });
    expect(protozero::pbf_wire_type::fixed64);
    out.push_back(guarded([&] { return reader_.get_double(); }));
  }

  /// Counts integers that take more memory than bytes in the file.
  void spend_numbers(std::size_t count) const { check(parts_->spend_numbers(count)); }

  [[noreturn]] void fail(std::string_view why) const { throw bad_option(fmt::format("{}: {}", where_, why)); }

  /// What errors start with: the file and the place in it.
  [[nodiscard]] std::string const& where() const noexcept { return where_; }
  void set_where(std::string where) { where_ = std::move(where); }

 private:
  template <class Step>
  auto guarded(Step const& step) const -> decltype(step()) {
    try {
      return step();
    } catch (protozero::exception const& e) {
      fail(fmt::format("cut or damaged: field {}: {}", field_, e.what()));
    }
  }

  void expect(protozero::pbf_wire_type type) const {
    if (!reader_.has_wire_type(type)) fail(fmt::format("damaged: field {} has another type than it should", field_));
  }

  [[nodiscard]] bool is_packed() const noexcept {
    return reader_.has_wire_type(protozero::pbf_wire_type::length_delimited);
  }

  template <class T, class Range>
  static void append(std::vector<T>& out, Range const& range) {
    for (auto const value : range) out.push_back(static_cast<T>(value));
  }

  /// The same for numbers of variable length, which are counted before memory is taken.
  template <class T, class Range>
  void append_counted(std::vector<T>& out, Range const& range) const {
    auto const count = range.size();
    spend_numbers(count);
    if (out.capacity() - out.size() < count) out.reserve(std::max(out.size() + count, 2 * out.size()));
    append(out, range);
  }

  void spend() const { check(parts_->spend()); }
  void check(bool enough) const {
    if (!enough)
      fail(fmt::format("more than {} messages and strings in the file, or {} integers for each", parts_->most(),
                       part_budget::numbers_a_part));
  }

  std::string where_;
  part_budget* parts_;
  protozero::pbf_reader reader_;
  std::uint32_t field_ = 0;
};

}  // namespace koi::io::onnx::detail
