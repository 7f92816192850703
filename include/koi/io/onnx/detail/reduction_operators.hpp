// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/translation.hpp>

/// Operators that leave one number of some axes. None goes over the samples of a batch.
namespace koi::io::onnx::detail {

/// ReduceSum and the like.
template <class Reduce, class T>
void reduce(T& at) {
  auto const x = at.layer(0);
  auto const axes = axes_of(at.integers(1, "axes"), at.shape_of(x).size());
  if (axes.empty() && at.attributes().flag("noop_with_empty_axes", false)) return at.give(x);
  for (std::size_t i = 0; i < at.shape_of(x).size(); ++i)
    if (at.depends_on_samples(x, i) && (axes.empty() || std::find(axes.begin(), axes.end(), i) != axes.end()))
      throw unsupported("a reduction over the samples of a batch");
  auto const keep = at.attributes().flag("keepdims", true) ? keep_axes::yes : keep_axes::no;
  at.give_layer(reduction<Reduce>{axes, keep}, {x});
}

/// ArgMax and ArgMin; `Reduce` is about one axis. The first of equal numbers wins.
template <class Reduce, class T>
void index_along(T& at) {
  auto const x = at.layer(0);
  auto const axis = axis_of(at.attributes().integer("axis", 0), at.shape_of(x).size());
  if (at.attributes().flag("select_last_index", false)) throw unsupported("the last one of equal numbers");
  if (at.depends_on_samples(x, axis)) throw unsupported("an index among the samples of a batch");
  auto const keep = at.attributes().flag("keepdims", true) ? keep_axes::yes : keep_axes::no;
  at.give_layer(reduction<Reduce>{{axis}, keep}, {x});
}

}  // namespace koi::io::onnx::detail
