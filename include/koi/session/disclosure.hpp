// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/shape.hpp>

#include <algorithm>
#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

namespace koi {

/// A place of the program where values leave the shares: everybody who is to learn them, and the values' shape.
struct disclosure {
  std::string to;  ///< a player, or "server0 and server1" for reveal
  shape_type shape;
  std::string scope;
  std::source_location where;  ///< the line of the program
  std::uint64_t times = 0;
};

/// All places where values left, in the order in which they first did. The same at every player: whoever learns
/// nothing sees what others learn.
class disclosures {
 public:
  [[nodiscard]] std::vector<disclosure> const& list() const noexcept { return list_; }

  void add(std::string to, shape_type const& shape, std::string const& scope, std::source_location const& where) {
    auto const same = [&](disclosure const& d) {
      return d.where.line() == where.line() && d.where.column() == where.column() && d.to == to && d.shape == shape &&
             d.scope == scope && std::string_view(d.where.file_name()) == where.file_name();
    };
    auto const at = std::find_if(list_.begin(), list_.end(), same);
    if (at != list_.end())
      ++at->times;
    else
      list_.push_back({std::move(to), shape, scope, where, 1});
  }

 private:
  std::vector<disclosure> list_;
};

}  // namespace koi
