// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/session/detail/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace koi::detail {

/// A document of settings. A document keeps one of two equal keys of an object, so keys are looked at as they come.
///
/// Throws  bad_option with `source` in front: the line where it is no JSON, or the key that stands in an object twice
[[nodiscard]] inline nlohmann::ordered_json parse_json(std::string const& text, std::string const& source) {
  using json = nlohmann::ordered_json;
  std::vector<std::vector<std::string>> seen;
  std::optional<std::string> twice;
  auto const watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) seen.emplace_back();
    if (event == json::parse_event_t::object_end) seen.pop_back();
    if (event == json::parse_event_t::key) {
      auto const key = value.get<std::string>();
      if (std::find(seen.back().begin(), seen.back().end(), key) != seen.back().end()) twice = key;
      seen.back().push_back(key);
    }
    return true;
  };
  json document;
  try {
    document = json::parse(text, watch);
  } catch (json::parse_error const& e) {
    auto const upto = text.begin() + static_cast<std::ptrdiff_t>(std::min(e.byte, text.size()));
    throw bad_option(
        fmt::format("{}: no JSON: line {}, byte {}", source, 1 + std::count(text.begin(), upto, '\n'), e.byte));
  }
  if (twice) throw bad_option(fmt::format("{}: '{}' stands there twice", source, *twice));
  return document;
}

}  // namespace koi::detail
