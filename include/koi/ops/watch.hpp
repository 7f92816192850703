// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/tensors.hpp>

namespace koi {

/// What a watched value is, beside the scope of the ledger that is open.
struct watched_as {
  std::size_t frac_bits;        ///< twice those of the protocol for a product that is not truncated yet
  bool is_what_it_says = true;  ///< false for a stage of a model that computes in another order than its layers say
  bool is_named = false;        ///< by koi::watch: the steps before it, outside of its scope, are its own
};

/// Sees the values of a program under one protocol as they come: the results of a model's layers, and what koi::watch
/// names. Every player's party has one, or none has.
template <Protocol P>
class value_watcher : public watcher {
 public:
  virtual void see(private_tensor<P> const& x, watched_as what) = 0;
};

namespace detail {

template <Protocol P>
[[nodiscard]] value_watcher<P>* watcher_of(party& self) {
  return self.watched_by() ? dynamic_cast<value_watcher<P>*>(self.watched_by()) : nullptr;
}

}  // namespace detail

/// Names a value, and with it the steps since the last one, for a check such as koi::parity. Nothing happens where
/// nobody watches.
template <Protocol P>
void watch(std::string_view name, private_tensor<P> const& x) {
  auto* const by = detail::watcher_of<P>(x.self());
  if (!by) return;
  auto const scope = x.self().scope(name);
  by->see(x, {.frac_bits = P::frac_bits, .is_named = true});
}

}  // namespace koi
