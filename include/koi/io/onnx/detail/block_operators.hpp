// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/translation.hpp>

/// Operators between blocks of an image and its channels; with a transposition in front, which swaps samples and
/// channels, they are TensorFlow's SpaceToBatchND and BatchToSpaceND.
namespace koi::io::onnx::detail {

/// The image of such an operator, [samples, channels, rows, columns], and the side of its blocks. Throws unsupported.
template <class T>
struct blocks {
  std::size_t image;
  std::int64_t side, rows, columns;

  explicit blocks(T& at) : image(at.layer(0)), side(at.attributes().integer("blocksize")) {
    auto const& shape = at.shape_of(image);
    if (shape.size() != 4) throw unsupported(fmt::format("images with {} axes", shape.size()));
    if (at.depends_on_samples(image, 2) || at.depends_on_samples(image, 3))
      throw unsupported("rows or columns that count samples");
    rows = static_cast<std::int64_t>(shape[2]);
    columns = static_cast<std::int64_t>(shape[3]);
    if (side < 1 || side >> 16 != 0) throw unsupported(fmt::format("blocks with sides of {}", side));
  }
  [[nodiscard]] unsupported do_not_fit(T const& at) const {
    return unsupported(
        fmt::format("blocks with sides of {} for images of shape {}", side, to_string(at.shape_of(image))));
  }
};

template <class T>
void space_to_depth(T& at) {
  blocks const of(at);
  auto const b = of.side;
  if (of.rows % b != 0 || of.columns % b != 0) throw of.do_not_fit(at);
  auto const apart = at.add(reshape_to{{0, 0, of.rows / b, b, of.columns / b, b}}, {of.image});
  auto const moved = at.add(permute{{0, 3, 5, 1, 2, 4}}, {apart});
  at.give_layer(reshape_to{{0, -1, of.rows / b, of.columns / b}}, {moved});
}

/// Where a channel's number is a place in the block before it is one of the new channels (DCR), or behind it (CRD).
template <class T>
void depth_to_space(T& at) {
  blocks const of(at);
  auto const b = of.side;
  auto const mode = at.attributes().text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") throw unsupported(fmt::format("mode {}", io::detail::shown(mode)));
  if (at.shape_of(of.image)[1] % static_cast<std::size_t>(b * b) != 0) throw of.do_not_fit(at);
  bool const block_first = mode == "DCR";
  auto const extents = block_first ? std::vector<std::int64_t>{0, b, b, -1, of.rows, of.columns}
                                   : std::vector<std::int64_t>{0, -1, b, b, of.rows, of.columns};
  auto const order =
      block_first ? std::vector<std::size_t>{0, 3, 4, 1, 5, 2} : std::vector<std::size_t>{0, 1, 4, 2, 5, 3};
  auto const moved = at.add(permute{order}, {at.add(reshape_to{extents}, {of.image})});
  at.give_layer(reshape_to{{0, -1, of.rows * b, of.columns * b}}, {moved});
}

}  // namespace koi::io::onnx::detail
