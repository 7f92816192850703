// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "digits.hpp"

#include <koi/io/idx.hpp>

#include <fmt/format.h>
#include <xtensor/xarray.hpp>
#include <xtensor/xview.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace mnist {

/// Images as rows of pixels from 0 (paper) to 1 (ink), and what they show.
struct labelled_images {
  xt::xarray<float> images;  // [n, 784]
  std::vector<std::uint8_t> labels;

  [[nodiscard]] std::size_t size() const noexcept { return labels.size(); }
};

/// Which class each row of [n, classes] speaks for most.
template <class Logits>
[[nodiscard]] std::vector<std::size_t> argmax_of_rows(Logits const& logits) {
  std::vector<std::size_t> result(logits.shape()[0], 0);
  for (std::size_t row = 0; row < result.size(); ++row) {
    for (std::size_t column = 1; column < logits.shape()[1]; ++column) {
      if (logits(row, column) > logits(row, result[row])) result[row] = column;
    }
  }
  return result;
}

/// How many guesses are what the labels say.
[[nodiscard]] inline std::size_t count_hits(std::vector<std::size_t> const& guesses,
                                            std::vector<std::uint8_t> const& labels) {
  std::size_t hits = 0;
  for (std::size_t i = 0; i < guesses.size(); ++i) hits += guesses[i] == labels[i] ? 1 : 0;
  return hits;
}

/// Where the digits come from: a folder with the four MNIST files, or, without one, our own pen.
/// Nothing is read or drawn before it is asked for, because each player needs only its own part.
class data_source {
 public:
  /// The folder that was asked for, else $KOI_MNIST_DIR, else data/mnist if it is there, else drawn
  /// digits; the folder name "drawn" asks for those.
  explicit data_source(std::filesystem::path folder) : folder_(std::move(folder)) {
    if (folder_ == "drawn") {
      folder_.clear();
    } else if (folder_.empty()) {
      auto const* const named = std::getenv("KOI_MNIST_DIR");
      std::filesystem::path const usual = "data/mnist";
      if (named != nullptr && *named != '\0') {
        folder_ = named;
      } else if (std::filesystem::exists(find(usual, "t10k", "images", 3))) {
        folder_ = usual;
      }
    }
  }

  [[nodiscard]] bool is_drawn() const noexcept { return folder_.empty(); }

  /// For people and for the report.
  [[nodiscard]] std::string name() const {
    return is_drawn() ? "digits that this program draws itself" : "MNIST in " + folder_.string();
  }

  [[nodiscard]] labelled_images training_set() const { return is_drawn() ? draw(12'000, 1) : load("train"); }

  [[nodiscard]] labelled_images test_set() const { return is_drawn() ? draw(2'000, 2) : load("t10k"); }

  /// Throws  bad_option that says how many there are, if there are not that many
  [[nodiscard]] labelled_images first_test_images(std::size_t n) const {
    auto set = test_set();
    if (n > set.size()) {
      throw koi::bad_option(fmt::format("{} images asked for, but {} has {}", n, name(), set.size()));
    }
    set.labels.resize(n);
    xt::xarray<float> images = xt::view(set.images, xt::range(0, n), xt::all());
    return {std::move(images), std::move(set.labels)};
  }

 private:
  /// "train-images-idx3-ubyte", "train-images.idx3-ubyte", each also with ".gz"; the first name if
  /// no such file is there.
  static std::filesystem::path find(std::filesystem::path const& folder, std::string const& set,
                                    std::string const& what, int rank) {
    for (auto const* separator : {"-", "."}) {
      for (auto const* ending : {".gz", ""}) {
        auto path = folder / fmt::format("{}-{}{}idx{}-ubyte{}", set, what, separator, rank, ending);
        if (std::filesystem::exists(path)) return path;
      }
    }
    return folder / fmt::format("{}-{}-idx{}-ubyte.gz", set, what, rank);
  }

  [[nodiscard]] labelled_images load(std::string const& set) const {
    if (!std::filesystem::is_directory(folder_)) {
      throw koi::bad_option(fmt::format("{}: no such folder", folder_.string()));
    }
    auto const images_path = find(folder_, set, "images", 3);
    auto const labels_path = find(folder_, set, "labels", 1);
    auto const images = koi::load_idx(images_path, 3);
    auto const labels = koi::load_idx(labels_path, 1);

    auto const n = images.shape[0];
    if (n == 0 || images.shape[1] != digit_side || images.shape[2] != digit_side) {
      throw koi::bad_option(
          fmt::format("{}: shape {}, expected [n,28,28]", images_path.string(), koi::to_string(images.shape)));
    }
    if (labels.shape[0] != n) {
      throw koi::bad_option(fmt::format("{}: {} labels for {} images", labels_path.string(), labels.shape[0], n));
    }
    for (auto const label : labels.bytes) {
      if (label > 9) {
        throw koi::bad_option(fmt::format("{}: label {}, not a digit", labels_path.string(), label));
      }
    }
    return to_floats(images.bytes, labels.bytes);
  }

  [[nodiscard]] static labelled_images draw(std::size_t n, std::uint32_t seed) {
    auto const drawn = draw_digits(n, seed);
    return to_floats(drawn.pixels, drawn.labels);
  }

  static labelled_images to_floats(std::vector<std::uint8_t> const& pixels, std::vector<std::uint8_t> const& labels) {
    labelled_images result{xt::xarray<float>::from_shape({labels.size(), digit_side * digit_side}), labels};
    std::transform(pixels.begin(), pixels.end(), result.images.begin(),
                   [](std::uint8_t pixel) { return static_cast<float>(pixel) / 255.0F; });
    return result;
  }

  std::filesystem::path folder_;
};

}  // namespace mnist
