// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/share_file.hpp>

#include <array>

namespace koi::io {

/// Both servers' pieces of values that save_shares wrote, server 0's first, for whoever may have both: the values'
/// owner. Nothing is added up here.
///
/// Throws  bad_option, saying which, for a file that is missing, usable by others, cut, damaged, of another model,
///         ring, fixed point or layout, the other server's, or of another save than the other file
template <Protocol P>
[[nodiscard]] std::array<std::vector<tensor<typename P::ring>>, 2> read_share_pair(
    std::array<std::filesystem::path, 2> const& files, std::string_view model, std::vector<shape_type> const& shapes) {
  auto [first, of_server0] = detail::read_share_file<P>(0, files[0], model, shapes);
  auto [second, of_server1] = detail::read_share_file<P>(1, files[1], model, shapes);
  bool const first_is_older = first.saved < second.saved;
  detail::check_same_save(first_is_older ? files[0] : files[1], first_is_older ? first : second,
                          files[first_is_older ? 1 : 0].string(), first_is_older ? second : first);
  return {std::move(of_server0), std::move(of_server1)};
}

}  // namespace koi::io
