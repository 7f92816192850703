// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/tensor.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace koi::io::onnx {

/// A setting of an operator. Floats are as the file has them: 0.1f is not 0.1.
using attribute_value = std::variant<std::int64_t, double, std::string, tensor, std::vector<std::int64_t>,
                                     std::vector<double>, std::vector<std::string>>;

/// The settings of one operator. Whoever asks says what type it expects; the second form of each question has a
/// default for a setting that is not there.
///
/// Throws  every question: bad_option, naming file, operator and setting, if it has another type, or is missing where
///         there is no default
class attribute_set {
 public:
  attribute_set() = default;
  explicit attribute_set(std::string where) : where_(std::move(where)) {}

  /// Throws bad_option if the name is there already.
  void add(std::string name, attribute_value value) {
    if (has(name)) fail(name, "is there twice");
    entries_.emplace_back(std::move(name), std::move(value));
  }

  [[nodiscard]] bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] auto begin() const noexcept { return entries_.begin(); }
  [[nodiscard]] auto end() const noexcept { return entries_.end(); }

  [[nodiscard]] std::int64_t integer(std::string_view name) const { return get<std::int64_t>(name); }
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t otherwise) const {
    return get_or<std::int64_t>(name, otherwise);
  }

  /// An integer that stands for false or true; bad_option for others.
  [[nodiscard]] bool flag(std::string_view name, bool otherwise) const {
    auto const value = integer(name, otherwise ? 1 : 0);
    if (value != 0 && value != 1) fail(name, "is neither 0 nor 1");
    return value == 1;
  }

  [[nodiscard]] double real(std::string_view name) const { return get<double>(name); }
  [[nodiscard]] double real(std::string_view name, double otherwise) const { return get_or<double>(name, otherwise); }

  [[nodiscard]] std::string text(std::string_view name) const { return get<std::string>(name); }
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise) const {
    return get_or<std::string>(name, std::string(otherwise));
  }

  [[nodiscard]] std::vector<std::int64_t> ints(std::string_view name) const {
    return get<std::vector<std::int64_t>>(name);
  }
  [[nodiscard]] std::vector<std::int64_t> ints(std::string_view name, std::vector<std::int64_t> otherwise) const {
    return get_or(name, std::move(otherwise));
  }

  [[nodiscard]] std::vector<double> reals(std::string_view name) const { return get<std::vector<double>>(name); }
  [[nodiscard]] std::vector<double> reals(std::string_view name, std::vector<double> otherwise) const {
    return get_or(name, std::move(otherwise));
  }

  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const {
    return get<std::vector<std::string>>(name);
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view name, std::vector<std::string> otherwise) const {
    return get_or(name, std::move(otherwise));
  }

  [[nodiscard]] tensor const& constant(std::string_view name) const { return get<tensor>(name); }

  /// Throws bad_option, naming it, if there is a setting other than these.
  void allow_only(std::vector<std::string_view> const& names) const {
    for (auto const& [name, value] : entries_) {
      if (std::find(names.begin(), names.end(), name) == names.end()) fail(name, "is not known here");
    }
  }

 private:
  /// In the order of the variant.
  static constexpr std::array<std::string_view, 7> kinds{"an integer", "a float", "a string", "a tensor",
                                                         "integers",   "floats",  "strings"};

  [[noreturn]] void fail(std::string_view name, std::string_view why) const {
    throw bad_option(fmt::format("{}: the attribute {} {}", where_, io::detail::shown(name), why));
  }

  [[nodiscard]] attribute_value const* find(std::string_view name) const noexcept {
    for (auto const& [each, value] : entries_) {
      if (each == name) return &value;
    }
    return nullptr;
  }

  template <class T>
  [[nodiscard]] T const& as(std::string_view name, attribute_value const& value) const {
    if (auto const* const found = std::get_if<T>(&value)) return *found;
    fail(name, fmt::format("is {}, not {}", kinds[value.index()], kinds[attribute_value(T{}).index()]));
  }

  template <class T>
  [[nodiscard]] T const& get(std::string_view name) const {
    auto const* const value = find(name);
    if (value == nullptr) fail(name, "is missing");
    return as<T>(name, *value);
  }

  template <class T>
  [[nodiscard]] T get_or(std::string_view name, T otherwise) const {
    auto const* const value = find(name);
    return value == nullptr ? std::move(otherwise) : as<T>(name, *value);
  }

  std::string where_;
  std::vector<std::pair<std::string, attribute_value>> entries_;
};

}  // namespace koi::io::onnx
