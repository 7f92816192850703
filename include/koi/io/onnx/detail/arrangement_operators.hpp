// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/translation.hpp>

/// Operators that move elements. Some of them also compute shapes, from integers of the graph.
namespace koi::io::onnx::detail {

template <class T>
void shape(T& at) {
  auto const x = at.layer(0);
  auto const extents = at.extents_of(x);
  auto const rank = static_cast<std::int64_t>(extents.size());
  auto const place = [&](std::int64_t i) { return std::clamp(i < 0 ? i + rank : i, std::int64_t{0}, rank); };
  auto const begin = place(at.attributes().integer("start", 0));
  auto const end = std::max(begin, place(at.attributes().integer("end", rank)));
  at.give(whole_numbers({extents.begin() + begin, extents.begin() + end}));
}

/// A reshape to extents of which some may depend on the number of samples: that is copied where the input has it, and
/// one other such extent is what is left.
template <class T>
[[nodiscard]] reshape_to reshape_with_samples(T const& at, std::size_t x, std::vector<std::int64_t> extents) {
  std::size_t samples = 0;
  while (samples < at.shape_of(x).size() && !at.counts_samples(x, samples)) ++samples;
  bool const there = samples < at.shape_of(x).size();
  for (auto& extent : extents)
    if (extent == any_other_number || (extent == any_number && !there)) extent = -1;
  if (std::count(extents.begin(), extents.end(), -1) > 1) throw unsupported("two extents that are not known");
  return reshape_to{std::move(extents), samples};
}
template <class T>
void reshape(T& at) {
  auto extents = at.known_integers(1);
  if (!extents) throw unsupported("a shape that is computed");
  if (extents->size() > most_axes) throw unsupported(fmt::format("{} axes", extents->size()));
  bool const zero_is_zero = at.attributes().flag("allowzero", false);
  if (zero_is_zero && std::find(extents->begin(), extents->end(), 0) != extents->end())
    throw unsupported("an extent of 0 with allowzero");
  auto const x = at.layer(0);
  if (!depends_on_samples(*extents)) return at.give_layer(reshape_to{std::move(*extents)}, {x});
  at.give_layer(reshape_with_samples(at, x, std::move(*extents)), {x});
}
template <class T>
void flatten(T& at) {
  auto const x = at.layer(0);
  auto const rank = at.shape_of(x).size();
  auto const axis = at.attributes().integer("axis", 1);
  bool const behind_all = axis == static_cast<std::int64_t>(rank);
  at.give_layer(flatten_at{behind_all ? rank : axis_of(axis, rank)}, {x});
}
template <class T>
void transpose(T& at) {
  auto const x = at.layer(0);
  std::vector<std::int64_t> reversed(at.shape_of(x).size());
  std::iota(reversed.rbegin(), reversed.rend(), std::int64_t{0});
  at.give_layer(permute{axes_of(at.attributes().ints("perm", reversed), reversed.size())}, {x});
}
template <class T>
void squeeze(T& at) {
  if (auto const numbers = at.known_integers(0)) return at.give(whole_numbers(*numbers, true));
  auto const x = at.layer(0);
  auto const& shape = at.shape_of(x);
  auto axes = axes_of(at.integers(1, "axes"), shape.size());
  if (axes.empty())
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (shape[i] == 1 && !at.depends_on_samples(x, i)) axes.push_back(i);
  if (axes.empty()) return at.give(x);
  at.give_layer(without_axes{axes}, {x});
}
template <class T>
void unsqueeze(T& at) {
  if (auto const numbers = at.known_integers(0)) return at.give(whole_numbers(*numbers));
  auto const x = at.layer(0);
  auto const numbers = at.integers(1, "axes");
  auto axes = axes_of(numbers, at.shape_of(x).size() + numbers.size());
  std::sort(axes.begin(), axes.end());
  at.give_layer(with_axes{axes}, {x});
}

/// Joined integers, if all inputs are such.
template <class T>
std::optional<std::vector<std::int64_t>> joined_integers(T const& at) {
  std::vector<std::int64_t> joined;
  for (std::size_t i = 0; i < at.current().inputs.size(); ++i) {
    auto const part = at.known_integers(i);
    if (!part) return std::nullopt;
    joined.insert(joined.end(), part->begin(), part->end());
    if (joined.size() > most_integers) return std::nullopt;
  }
  return joined;
}
template <class T>
void concat(T& at) {
  if (auto numbers = joined_integers(at)) return at.give(whole_numbers(std::move(*numbers)));
  std::vector<std::size_t> from;
  for (std::size_t i = 0; i < at.current().inputs.size(); ++i) from.push_back(at.layer(i));
  auto const axis = axis_of(at.attributes().integer("axis"), at.shape_of(from.at(0)).size());
  at.give_layer(nn::concatenate{static_cast<std::ptrdiff_t>(axis)}, from);
}
template <class T>
void split(T& at) {
  auto const x = at.layer(0);
  auto const axis = axis_of(at.attributes().integer("axis", 0), at.shape_of(x).size());
  if (at.depends_on_samples(x, axis)) throw unsupported("parts of the samples of a batch");
  auto const extent = at.shape_of(x)[axis], parts = at.current().outputs.size();
  auto counts = counts_of(at.integers(1, "split"));
  if (counts.empty())
    for (std::size_t i = 0, each = (extent + parts - 1) / parts; i < parts; ++i)
      counts.push_back(std::min(each, extent - std::min(extent, i * each)));
  if (counts.size() != parts || std::accumulate(counts.begin(), counts.end(), std::size_t{0}) != extent)
    throw unsupported(fmt::format("parts {} of an axis with {} elements", listed(counts), extent));
  std::int64_t first = 0;
  for (std::size_t i = 0; i < parts; ++i) {
    if (at.current().has_output(i)) at.give(at.add(stretches{{{axis, first, 1, counts[i]}}}, {x}), i);
    first += static_cast<std::int64_t>(counts[i]);
  }
}

/// Indices begin, begin + step, ... before end, as numpy's slices mean them.
[[nodiscard]] inline stretch sliced(std::size_t axis, std::int64_t begin, std::int64_t end, std::int64_t step,
                                    std::size_t extent) {
  auto const n = static_cast<std::int64_t>(extent);
  if (step == 0) throw unsupported("a slice with step 0");
  bool const forward = step > 0;
  auto const low = forward ? std::int64_t{0} : std::int64_t{-1}, high = forward ? n : n - 1;
  auto const place = [&](std::int64_t i) { return std::clamp(i < 0 ? i + n : i, low, high); };
  auto const first = place(begin), last = place(end);
  step = std::clamp(step, std::min<std::int64_t>(-n, -1), std::max<std::int64_t>(n, 1));
  auto const distance = forward ? last - first : first - last, stride = forward ? step : -step;
  return {axis, first, step, distance <= 0 ? 0 : static_cast<std::size_t>((distance - 1) / stride + 1)};
}
/// The stretch of each axis that a Slice is about, for a shape of which some axes depend on the number of samples.
template <class T, class Depends>
std::vector<stretch> sliced_axes(T const& at, shape_type const& shape, Depends const& depends) {
  auto const starts = at.integers(1, "starts"), ends = at.integers(2, "ends");
  auto axes = at.integers(3, "axes"), steps = at.integers(4, "steps");
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), std::int64_t{0});
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    throw unsupported("starts, ends, axes and steps of different lengths");
  auto const along = axes_of(axes, shape.size());
  std::vector<stretch> parts;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (depends(along[i])) {
      if (starts[i] == 0 && steps[i] == 1 && ends[i] >= std::numeric_limits<std::int32_t>::max()) continue;  // all
      throw unsupported("a slice of the samples of a batch");
    }
    parts.push_back(sliced(along[i], starts[i], ends[i], steps[i], shape[along[i]]));
  }
  return parts;
}
template <class T>
void slice(T& at) {
  if (auto const numbers = at.known_integers(0)) {
    std::vector<std::int64_t> kept;
    for (auto const& part : sliced_axes(at, {numbers->size()}, [](std::size_t) { return false; }))
      for (auto const i : part.indices()) kept.push_back((*numbers)[i]);
    return at.give(whole_numbers(std::move(kept)));
  }
  auto const x = at.layer(0);
  auto const depends = [&](std::size_t axis) { return at.depends_on_samples(x, axis); };
  at.give_layer(stretches{sliced_axes(at, at.shape_of(x), depends)}, {x});
}

template <class T>
void gather(T& at) {
  auto const which = at.known(1);
  if (!which || which->is_real()) throw unsupported("indices that are computed");
  auto const indices = [&](std::size_t extent) {
    at.spend(which->ints().size());
    std::vector<std::size_t> all;
    for (auto const i : which->ints()) all.push_back(axis_of(i, extent));
    return all;
  };
  if (auto const numbers = at.known_integers(0)) {
    std::vector<std::int64_t> taken;
    for (auto const i : indices(numbers->size())) taken.push_back((*numbers)[i]);
    return at.give(whole_numbers(std::move(taken), which->shape.empty()));
  }
  auto const x = at.layer(0);
  auto const shape = at.shape_of(x);
  auto const axis = axis_of(at.attributes().integer("axis", 0), shape.size());
  if (at.depends_on_samples(x, axis)) throw unsupported("a choice among the samples of a batch");
  auto const picked = at.add(choice{axis, indices(shape[axis])}, {x});
  if (which->shape.size() == 1) return at.give(picked);
  auto extents = at.extents_of(x);
  auto const place = extents.erase(extents.begin() + static_cast<std::ptrdiff_t>(axis));
  extents.insert(place, which->shape.begin(), which->shape.end());
  at.give_layer(reshape_with_samples(at, picked, std::move(extents)), {picked});
}

template <class T>
void pad(T& at) {
  auto const x = at.layer(0);
  if (auto const mode = at.attributes().text("mode", "constant"); mode != "constant")
    throw unsupported(fmt::format("mode {}", io::detail::shown(mode)));
  auto const shape = at.shape_of(x);
  auto const widths = at.integers(1, "pads");
  auto const value = at.number(2, "value").value_or(0);
  std::vector<std::size_t> axes(shape.size());
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  if (at.has(3)) axes = axes_of(at.integers(3, {}), shape.size());
  if (widths.size() != 2 * axes.size())
    throw unsupported(fmt::format("{} numbers as pads of {} axes", widths.size(), axes.size()));
  std::vector<pad_axis> around(shape.size());
  std::vector<stretch> rest;  // negative widths cut
  for (std::size_t i = 0; i < axes.size(); ++i) {
    auto const before = widths[i], after = widths[axes.size() + i];
    if (before == 0 && after == 0) continue;
    if (at.depends_on_samples(x, axes[i])) throw unsupported("padding of the samples of a batch");
    auto const n = static_cast<std::int64_t>(shape[axes[i]]);
    if (std::min(before, after) <= -n) throw unsupported(fmt::format("a width among {}", listed(widths)));
    around[axes[i]] = {static_cast<std::size_t>(std::max<std::int64_t>(before, 0)),
                       static_cast<std::size_t>(std::max<std::int64_t>(after, 0))};
    auto const cut = std::max<std::int64_t>(-before, 0), kept = n - cut + std::min<std::int64_t>(after, 0);
    if (kept < n) rest.push_back({axes[i], cut, 1, static_cast<std::size_t>(std::max<std::int64_t>(kept, 0))});
  }
  at.give_layer(pad_with{around, value}, {rest.empty() ? x : at.add(stretches{rest}, {x})});
}

}  // namespace koi::io::onnx::detail
