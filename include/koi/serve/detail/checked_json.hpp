// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/session/detail/nearest.hpp>
#include <koi/session/detail/parse_json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace koi::serve::detail {

using json = nlohmann::ordered_json;
using koi::detail::parse_json;

/// An object of settings: each key is asked for by name, and what was not asked for is an error that suggests one.
class checked_object {
 public:
  checked_object(json const& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value.is_object()) throw bad_option(fmt::format("{}: must be an object in braces", where_));
  }

  [[nodiscard]] json const* find(std::string const& key) {
    known_.push_back(key);
    auto const at = value_.find(key);
    return at == value_.end() ? nullptr : &*at;
  }
  [[nodiscard]] bool has(std::string const& key) const { return value_.contains(key); }
  [[noreturn]] void fail(std::string_view key, std::string_view due) const {
    throw bad_option(fmt::format("{}: '{}' must be {}", where_, key, due));
  }
  [[nodiscard]] std::string text(std::string const& key, std::string otherwise) {
    auto const* const v = find(key);
    if (v == nullptr) return otherwise;
    if (!v->is_string()) fail(key, "a text in quotes");
    return v->get<std::string>();
  }
  [[nodiscard]] std::size_t number(std::string const& key, std::size_t otherwise, std::size_t least, std::size_t most) {
    auto const* const v = find(key);
    if (v == nullptr) return otherwise;
    if (!v->is_number_unsigned() || v->get<std::size_t>() < least || v->get<std::size_t>() > most)
      fail(key, fmt::format("a whole number from {} to {}", least, most));
    return v->get<std::size_t>();
  }
  [[nodiscard]] std::chrono::milliseconds milliseconds(std::string const& key, std::chrono::milliseconds otherwise) {
    auto const usual = static_cast<std::size_t>(otherwise.count());
    return std::chrono::milliseconds(static_cast<long>(number(key, usual, 0, 86'400'000)));
  }
  [[nodiscard]] std::vector<std::string> names(std::string const& key) {
    auto const* const v = find(key);
    std::vector<std::string> out;
    if (v == nullptr) return out;
    auto const right = v->is_array() && std::all_of(v->begin(), v->end(), [](auto const& e) { return e.is_string(); });
    if (!right) fail(key, "a list of names in quotes");
    for (auto const& e : *v) out.push_back(e.template get<std::string>());
    return out;
  }
  /// Throws bad_option for the first key that nobody asked for.
  void finish() const {
    for (auto const& [key, v] : value_.items()) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      throw bad_option(fmt::format("{}: unknown key '{}'. {}", where_, key, koi::detail::suggestion(key, known_)));
    }
  }

 private:
  json const& value_;
  std::string where_;
  std::vector<std::string> known_;
};

}  // namespace koi::serve::detail
