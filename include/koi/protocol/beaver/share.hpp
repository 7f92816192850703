// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/digest.hpp>
#include <koi/tensor.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace koi {

/// Which mask this is. Public, and the same at every player that has it.
struct mask_origin {
  std::uint64_t id = 0;   ///< of the step that drew it, and of the changes of shape since then
  bool prepared = false;  ///< drawn ahead of the value, for the run that was prepared with it

  friend bool operator==(mask_origin const&, mask_origin const&) = default;
};

/// The mask of a value x that is shared as x_0 + x_1: the helper knows a, the servers know shares of
/// a and the opened difference x - a. It belongs to the value, serves every product that the value
/// takes part in, and follows it through changes of shape.
template <PowerOfTwoRing R>
struct masked {
  std::optional<tensor<R>> opened;  ///< alpha = x - a, at both servers
  std::optional<tensor<R>> mask;    ///< a_j at server j, a at the helper
  mask_origin origin{};
};

/// A player's part of a value that two servers hold as x_0 + x_1 in the ring: x_j at server j, at
/// every other player its shape alone.
///
/// There is no way to compare, print or convert one: reveal and output are the exits.
/// Threads  distinct objects, copies included, share their mask: one thread at a time
template <PowerOfTwoRing R>
class share {
 public:
  using ring = R;

  /// The part of a player that holds no piece.
  explicit share(shape_type shape) : shape_(std::move(shape)), slot_(std::make_shared<slot>()) {}
  /// Server j's piece x_j.
  explicit share(tensor<R> piece)
      : shape_(piece.shape()),
        piece_(std::make_shared<tensor<R> const>(std::move(piece))),
        slot_(std::make_shared<slot>()) {}

  [[nodiscard]] shape_type const& shape() const noexcept { return shape_; }
  [[nodiscard]] std::size_t size() const noexcept { return element_count(shape_); }

  /// Whether this player is a server and has a piece.
  [[nodiscard]] bool held() const noexcept { return piece_ != nullptr; }
  /// Throws  bad_argument where there is none
  [[nodiscard]] tensor<R> const& piece() const {
    if (!piece_) throw bad_argument("this player has no piece of the value: a preparation makes none");
    return *piece_;
  }

  [[nodiscard]] bool is_masked() const noexcept { return slot_->mask.has_value(); }
  [[nodiscard]] masked<R> const& mask() const { return slot_->mask.value(); }
  /// Attaches a mask to the value; its copies have it too.
  void attach(masked<R> m) const { slot_->mask = std::move(m); }

  /// Adds the opened difference to the mask.
  void open(tensor<R> difference) const { slot_->mask.value().opened = std::move(difference); }

  /// Whether the other is a copy of this one, so that one mask serves both.
  [[nodiscard]] bool same_value(share const& other) const noexcept { return slot_ == other.slot_; }

  /// Whether the value stays for many runs, as weights do: masking it counts as set-up.
  [[nodiscard]] bool lasts() const noexcept { return slot_->lasts; }
  void make_lasting() const noexcept { slot_->lasts = true; }

  /// Whether the value is a change of shape of another one that had no mask then.
  [[nodiscard]] bool is_derived() const noexcept { return derived_; }

  /// The lasting value without a mask of which this one is a change of shape, as far back as there is one; else none.
  /// Masked first, its mask serves this one too.
  [[nodiscard]] share const* unmasked_base() const {
    if (!derivation_ || is_masked()) return nullptr;
    auto const* const further = derivation_->base.unmasked_base();
    return further ? further : &derivation_->base;
  }
  /// Takes over the mask of what it is a change of shape of.
  void take_mask_of_base() const {
    if (!derivation_ || is_masked()) return;
    auto const& [base, how, rearrange] = *derivation_;
    base.take_mask_of_base();
    attach(mask_after(base, how, rearrange));
  }

  /// The same value in another arrangement: `rearrange` is applied to the piece and to the mask, which may come
  /// later: it refers to nothing. `how` tells the arrangement from all others.
  template <class F>
  [[nodiscard]] share rearranged(shape_type shape, std::uint64_t how, F rearrange) const {
    share out(std::move(shape));
    if (piece_) out.piece_ = std::make_shared<tensor<R> const>(rearrange(*piece_));
    out.slot_->lasts = slot_->lasts;
    out.derived_ = !is_masked();
    if (is_masked())
      out.attach(mask_after(*this, how, rearrange));
    else if (lasts())
      out.derivation_ = std::make_shared<derivation const>(derivation{*this, how, rearrange});
    return out;
  }

  /// Several values joined; masked if all of them are.
  template <class F>
  [[nodiscard]] static share joined(std::vector<share> const& parts, shape_type shape, std::uint64_t how, F join) {
    auto const apply = [&](auto member) {
      std::vector<tensor<R>> all;
      for (auto const& part : parts) {
        auto const& x = member(part);
        if (!x) return std::optional<tensor<R>>();
        all.push_back(*x);
      }
      return std::optional<tensor<R>>(join(all));
    };
    share out(std::move(shape));
    if (auto piece = apply([](share const& s) -> auto const& { return s.piece_; }))
      out.piece_ = std::make_shared<tensor<R> const>(std::move(*piece));
    auto const all_of = [&](auto what) { return std::all_of(parts.begin(), parts.end(), what); };
    out.slot_->lasts = all_of([](share const& s) { return s.lasts(); });
    out.derived_ = !all_of([](share const& s) { return s.is_masked(); });
    if (out.derived_) return out;
    mask_origin origin{how, false};
    for (auto const& part : parts) {
      origin.id = mixed(origin.id, part.mask().origin.id);
      origin.prepared = origin.prepared || part.mask().origin.prepared;
    }
    out.attach({apply([](share const& s) -> auto const& { return s.mask().opened; }),
                apply([](share const& s) -> auto const& { return s.mask().mask; }), origin});
    return out;
  }

 private:
  struct slot {
    std::optional<masked<R>> mask;
    bool lasts = false;
  };
  struct derivation;

  template <class F>
  static masked<R> mask_after(share const& base, std::uint64_t how, F const& rearrange) {
    auto const apply = [&](std::optional<tensor<R>> const& x) {
      return x ? std::optional<tensor<R>>(rearrange(*x)) : std::nullopt;
    };
    auto const& m = base.mask();
    return {apply(m.opened), apply(m.mask), {mixed(m.origin.id, how), m.origin.prepared}};
  }

  shape_type shape_;
  std::shared_ptr<tensor<R> const> piece_;  // of all copies
  std::shared_ptr<slot> slot_;
  std::shared_ptr<derivation const> derivation_;  // where that lasts
  bool derived_ = false;
};

/// Of what a value is a change of shape, and how.
template <PowerOfTwoRing R>
struct share<R>::derivation {
  share base;
  std::uint64_t how;
  std::function<tensor<R>(tensor<R> const&)> rearrange;
};

}  // namespace koi
