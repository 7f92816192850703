// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"
#include "options.hpp"

#include <koi/core/error.hpp>

#include <fmt/format.h>
#include <xtensor/xarray.hpp>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace mnist {

/// Writes [n, 10] as n lines of ten numbers; the file appears under its name only when complete.
inline void write_logits(std::filesystem::path const& path, xt::xarray<float> const& logits) {
  auto partial = path;
  partial += ".partial";
  {
    std::ofstream file(partial);
    for (std::size_t row = 0; row < logits.shape()[0]; ++row) {
      for (std::size_t column = 0; column < 10; ++column) {
        file << fmt::format("{:.9g}{}", logits(row, column), column == 9 ? '\n' : ' ');
      }
    }
    if (!file.flush()) throw koi::bad_option(fmt::format("{}: cannot be written", partial.string()));
  }
  std::filesystem::rename(partial, path);
}

/// Throws  bad_option, if the file is missing or holds anything but `rows` lines of ten numbers
[[nodiscard]] inline xt::xarray<double> read_logits(std::filesystem::path const& path, std::size_t rows) {
  std::ifstream file(path);
  if (!file) throw koi::bad_option(fmt::format("{}: no plain logits here", path.string()));
  auto result = xt::xarray<double>::from_shape({rows, std::size_t{10}});
  for (auto& value : result) file >> value;
  std::string more;
  if (!file || file >> more) {
    throw koi::bad_option(fmt::format("{}: not {} lines of ten numbers", path.string(), rows));
  }
  return result;
}

/// Has the owner leave its plain model's logits in the file that the options name, if they name one.
template <class Owner>
void leave_plain_logits(Owner& owner, data_source const& data, options const& how) {
  if (how.plain_logits.empty() || !how.plays("model-owner")) return;
  owner.when_trained([&] { write_logits(how.plain_logits, owner.logits(data.first_test_images(how.images).images)); });
}

/// What the plain model says of the client's images, where this process may know it.
template <class Owner>
[[nodiscard]] std::optional<xt::xarray<double>> plain_logits(Owner& owner, labelled_images const& set,
                                                             options const& how) {
  if (how.plays("model-owner")) return xt::cast<double>(owner.logits(set.images));
  if (!how.plain_logits.empty()) return read_logits(how.plain_logits, how.images);
  return std::nullopt;
}

}  // namespace mnist
