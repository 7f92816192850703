// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>

#include <algorithm>

namespace koi::nn {

/// One layer of a model with where its inputs come from. An input of the model has no layer.
template <Protocol P>
struct step {
  layer<P>* what = nullptr;
  std::vector<std::size_t> from;
  std::size_t uses = 0;     ///< how many inputs take its result; none if the model's result does not depend on it
  bool skipped = false;     ///< a scale that is a part of the weights of the layer in front
  bool as_product = false;  ///< the result has twice the fraction bits
  bool as_narrow = false;   ///< of those, the result is brought to half the ring
};

/// Whether scales are put into the weights in front of them: where one owner has both in the clear.
enum class fold_scales : bool { no, yes };

namespace detail {

/// Takes maxima before monotonic functions.
template <Protocol P>
void move_maxima_ahead(std::vector<step<P>>& steps) {
  for (bool again = true; again;) {
    again = false;
    for (auto& s : steps) {
      if (!s.what || s.uses == 0 || !s.what->is_maximum()) continue;
      auto& before = steps[s.from[0]];
      if (!before.what || !before.what->is_monotonic() || before.uses != 1) continue;
      std::swap(s.what, before.what);
      again = true;
    }
  }
}

/// A result that was to be a product is none; nor is what it was made of.
template <Protocol P>
void drop_product(std::vector<step<P>>& steps, std::size_t i) {
  if (!steps[i].as_product) return;
  steps[i].as_product = false;
  if (!steps[i].skipped && steps[i].what->gives_product()) return;
  for (auto const from : steps[i].from) drop_product(steps, from);
}

/// A result stays a product where all that comes after it can take one.
template <Protocol P>
void leave_products(std::vector<step<P>>& steps, std::size_t last) {
  std::vector<bool> may(steps.size(), true);
  may[last] = false;
  for (std::size_t i = steps.size(); i-- > 0;) {
    auto const& s = steps[i];
    if (!s.what || s.uses == 0) continue;
    auto const passes_on = s.skipped || s.what->keeps_products();
    auto const takes = (passes_on && may[i]) || (!s.skipped && s.what->takes_product());
    for (auto const from : s.from)
      if (!takes || steps[from].uses != 1) may[from] = false;
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto& s = steps[i];
    if (!s.what) continue;
    auto const of_products =
        std::all_of(s.from.begin(), s.from.end(), [&](auto from) { return steps[from].as_product; });
    auto const passes_on = s.skipped || s.what->keeps_products();
    s.as_product = may[i] && (passes_on ? of_products && !s.from.empty() : s.what->gives_product());
  }
  // a join of products and other values takes values
  for (std::size_t i = steps.size(); i-- > 0;)
    if (steps[i].what && steps[i].uses > 0 && !steps[i].as_product &&
        (steps[i].skipped || !steps[i].what->takes_product()))
      for (auto const from : steps[i].from) drop_product(steps, from);
}

/// A product goes to half the ring where all that takes it, up to a layer that brings it back, can work there.
template <Protocol P>
void narrow_products(std::vector<step<P>>& steps) {
  std::vector<bool> taken(steps.size(), false);
  for (std::size_t i = steps.size(); i-- > 0;) {
    auto& s = steps[i];
    if (!s.what || s.uses == 0) continue;
    s.as_narrow = s.as_product && s.uses == 1 && taken[i];
    auto const takes = s.as_product ? s.as_narrow && !s.skipped && s.what->keeps_narrow() : s.what->takes_narrow();
    if (takes && s.from.size() == 1) taken[s.from[0]] = true;
  }
}

}  // namespace detail

/// What a model does, from its layers in order: which come in another order, which are a part of another, and
/// which leave their products to be truncated later. `last` gives the result.
template <Protocol P>
void plan(std::vector<step<P>>& steps, std::size_t last, fold_scales fold) {
  for (auto& s : steps) s.uses = 0;
  steps[last].uses = 1;
  for (auto i = steps.size(); i-- > 0;)
    if (steps[i].uses > 0)
      for (auto const from : steps[i].from) ++steps[from].uses;
  detail::move_maxima_ahead(steps);
  for (auto& s : steps) {
    if (fold == fold_scales::no || !s.what || s.uses == 0 || s.from.empty()) continue;
    auto const& before = steps[s.from[0]];
    auto const axis = s.what->scaled_axis();
    s.skipped = axis && before.what && before.uses == 1 && before.what->output_axis() == axis;
  }
  detail::leave_products(steps, last);
  if constexpr (NarrowingProtocol<P>) detail::narrow_products(steps);
}

}  // namespace koi::nn
