// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/dispatch.hpp>
#include <koi/protocol/beaver/masked_comparison.hpp>
#include <koi/protocol/pond/bit_planes.hpp>
#include <koi/protocol/pond/policy_name.hpp>
#include <koi/protocol/pond/tree_plan.hpp>

#include <tuple>

namespace koi::pond_policy {

/// Exact comparison with bits that the producer deals: a tree of generate and propagate bits over XOR
/// shares, 64 numbers a word. The default.
///
/// `Radix` is how many positions a level joins: 4 for few rounds, 2 for few dealt bytes.
///
/// `Width` bits are in use: the user promises -2^(Width-1) <= x < 2^(Width-1), x with all its fraction
/// bits, for a product those of both factors, and for maximum and its kin x the difference of two
/// numbers. Only these are compared, at that much less cost. A number that breaks the promise gives a
/// wrong result without notice. 0 stands for the whole ring.
///
/// Cost    a round for each level above the first, and one to open the result: in radix 4 three for 32
///         and 64 bits and four for 128, in radix 2 five, six and seven; see split_sign_cost for bytes
/// Leaks   to a server masked bits, uniform; to the producer nothing, it receives no message
/// Source  [DMD18] for the setting; sign from one opening as in [EGK+20] eprint 2020/338.
///         products of up to four masked bits in one round as in [PSSY21] eprint 2020/1225
template <std::size_t Radix = 4, std::size_t Width = 0>
struct carry_tree : beaver::masked_comparison<carry_tree<Radix, Width>> {
  static_assert(Radix == 2 || Radix == 4, "koi: a carry tree joins 2 or 4 positions a level");
  static constexpr std::size_t width = Width;

 private:
  static constexpr std::size_t radix = Radix;
  static constexpr policy_name full_name = Width != 0   ? policy_name("carry_tree", {Radix, Width})
                                           : Radix != 4 ? policy_name("carry_tree", {Radix})
                                                        : policy_name("carry_tree", {});

 public:
  static constexpr std::string_view name = full_name.view();
  static constexpr phase answer_phase = phase::offline;

  /// What the producer deals for one comparison.
  template <PowerOfTwoRing R>
  struct material {
    bit_planes dealt;        ///< a server's pieces: first level, top bit of r, products of the tree
    bit_planes masks;        ///< a server's pieces of the masks of what the tree opens
    bit_planes result_mask;  ///< a server's piece of h
    tensor<R> h;             ///< at the producer
    [[nodiscard]] auto parts() const { return std::tie(dealt, masks, result_mask, h); }
  };

  template <PowerOfTwoRing R>
  [[nodiscard]] static material<R> deal_sign(operation& op, tensor<R> const& r, shape_type const& shape,
                                             beaver::sign_position at) {
    auto& self = op.self();
    auto const count = element_count(shape);
    tree_plan const plan(at.low, radix);
    material<R> out;
    if (self.is_helper()) out.h = deal_bits<R>(op, plan, r, shape);
    if (!self.is_server()) return out;
    out.dealt = bit_planes(plan.first_planes() + 1 + plan.product_planes(), count);
    if (self.index() == 0) {
      auto stream = op.stream(self.helper(), "bits");
      stream.fill(out.dealt.writable_bytes());
    } else {
      op.receive(self.helper(), out.dealt.writable_bytes(), phase::offline);
    }
    out.masks = drawn(op, self.helper(), "tree masks", plan.opened_planes(), count);
    out.result_mask = drawn(op, self.helper(), "result mask", 1, count);
    return out;
  }

  /// [x >= 0] as g xor h for c = x + r: the borrow [c mod 2^low < r mod 2^low], added to bit `low` of c
  /// and of r, then opened behind a random bit h that the producer knows.
  template <PowerOfTwoRing R>
  [[nodiscard]] static beaver::split_bit<R> split_sign(operation& op, tensor<R> const& c, tensor<R> const&,
                                                       material<R> const& from_producer, shape_type const& shape,
                                                       beaver::sign_position at) {
    auto& self = op.self();
    auto const count = element_count(shape);
    tree_plan const plan(at.low, radix);
    auto const& dealt = from_producer.dealt;
    auto const& masks = from_producer.masks;
    auto const& h = from_producer.result_mask;
    auto const bits = to_planes(c, at.low + 1);
    auto [generate, propagate] = first_level(self, plan, bits, dealt);
    std::size_t next_mask = 0, next_product = plan.first_planes() + 1;
    for (auto const& level : plan.levels) {
      // open every bit of the level behind its mask
      bit_planes opened(tree_plan::opened_planes(level), count);
      std::size_t v = 0;
      for (auto const& group : level)
        for (auto const variable : group.variables) {
          auto const* const bit = plane_of(variable, group.first, generate, propagate);
          for (std::size_t w = 0; w < opened.words(); ++w) opened[v][w] = bit[w] ^ masks[next_mask + v][w];
          ++v;
        }
      open(op, opened);
      std::tie(generate, propagate) = combine(self, level, generate, opened, masks, next_mask, dealt, next_product);
      next_mask += v;
    }

    // g = borrow xor bit of r xor bit of c xor h, opened
    bit_planes g(1, count);
    auto const* const top = dealt[plan.first_planes()];
    std::uint64_t const flip = at.negated ? ~std::uint64_t{0} : 0;
    for (std::size_t w = 0; w < g.words(); ++w) {
      g[0][w] = generate[0][w] ^ top[w] ^ h[0][w];
      if (self.index() == 0) g[0][w] ^= bits[at.low][w] ^ flip;
    }
    open(op, g);
    return {from_plane<R>(g[0], shape), {}};
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static cost split_sign_cost(shape_type const& shape, beaver::sign_position at) {
    tree_plan const plan(at.low, radix);
    auto const n = element_count(shape);
    return {.rounds = plan.levels.size() + 1,
            .dealt = bit_planes::wire_bytes(plan.first_planes() + 1 + plan.product_planes(), n),
            .servers = 2 * bit_planes::wire_bytes(plan.opened_planes() + 1, n)};
  }

 private:
  static bit_planes drawn(operation& op, std::size_t peer, std::string_view purpose, std::size_t planes,
                          std::size_t count) {
    bit_planes out(planes, count);
    auto stream = op.stream(peer, purpose);
    stream.fill(out.writable_bytes());
    return out;
  }

  /// The servers learn the planes whose XOR shares they hold.
  static void open(operation& op, bit_planes& shares) {
    bit_planes theirs(shares.planes(), shares.count());
    op.exchange(shares.bytes(), theirs.writable_bytes());
    shares ^= theirs;
  }

  static std::uint64_t const* plane_of(unsigned variable, std::size_t first, bit_planes const& generate,
                                       bit_planes const& propagate) {
    auto const i = static_cast<std::size_t>(std::countr_zero(variable));
    return i < radix ? propagate[first + i] : generate[first + i - radix];
  }

  /// The producer's part: all planes for server 1 are masked by what server 0 draws. Returns h.
  template <PowerOfTwoRing R>
  static tensor<R> deal_bits(operation& op, tree_plan const& plan, tensor<R> const& r, shape_type const& shape) {
    auto& self = op.self();
    auto const count = element_count(shape);
    auto const bits = to_planes(r, plan.bits + 1);
    auto message = drawn(op, self.server(0), "bits", plan.first_planes() + 1 + plan.product_planes(), count);
    auto masks = drawn(op, self.server(0), "tree masks", plan.opened_planes(), count);
    masks ^= drawn(op, self.server(1), "tree masks", plan.opened_planes(), count);
    auto h = drawn(op, self.server(0), "result mask", 1, count);
    h ^= drawn(op, self.server(1), "result mask", 1, count);

    auto const words = message.words();
    std::size_t out = 0, first_mask = 0;
    auto const add_products = [&](kernels::bit_products const& group, std::uint64_t const* of) {
      kernels::xor_products({group, of, message[out], words, words});
      out += group.set_count;
    };
    for (std::size_t g = 0; g < plan.first_groups(); ++g)
      add_products(all_products(plan.first_group_size(g)), bits[g * radix]);
    for (std::size_t w = 0; w < words; ++w) message[out][w] ^= bits[plan.bits][w];
    ++out;
    for (auto const& level : plan.levels)
      for (auto const& group : level) {
        add_products(products_of(group), masks[first_mask]);
        first_mask += group.variables.size();
      }
    op.send(self.server(1), message.bytes(), phase::offline);
    return from_plane<R>(h[0], shape);
  }

  /// Every set but the empty one of the bits of a first group.
  static kernels::bit_products all_products(std::size_t size) noexcept {
    static constexpr std::array<unsigned, 4> variables{1, 2, 4, 8};
    static constexpr std::array<unsigned, 15> sets{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return {variables.data(), size, sets.data(), (std::size_t{1} << size) - 1};
  }
  static kernels::bit_products products_of(tree_group const& group) noexcept {
    return {group.variables.data(), group.variables.size(), group.products.data(), group.products.size()};
  }

  /// Generate and propagate of the first groups, linear in the dealt products since c is public.
  static std::pair<bit_planes, bit_planes> first_level(party const& self, tree_plan const& plan, bit_planes const& c,
                                                       bit_planes const& dealt) {
    bit_planes generate(plan.first_groups(), c.count()), propagate(plan.first_groups(), c.count());
    std::size_t base = 0;
    for (std::size_t g = 0; g < plan.first_groups(); ++g) {
      auto const size = plan.first_group_size(g);
      kernels::share_borrows({.size = size,
                              .first = self.index() == 0,
                              .c = c[g * radix],
                              .dealt = dealt[base],
                              .generate = generate[g],
                              .propagate = propagate[g],
                              .words = c.words(),
                              .stride = c.words()});
      base += all_products(size).set_count;
    }
    return {std::move(generate), std::move(propagate)};
  }

  /// Generate and propagate of a level's groups, from the bits that it opened.
  static std::pair<bit_planes, bit_planes> combine(party const& self, std::vector<tree_group> const& level,
                                                   bit_planes const& generate, bit_planes const& opened,
                                                   bit_planes const& masks, std::size_t first_mask,
                                                   bit_planes const& dealt, std::size_t& next_product) {
    bit_planes out_g(level.size(), opened.count()), out_p(level.size(), opened.count());
    std::size_t v = 0;
    for (std::size_t g = 0; g < level.size(); ++g) {
      auto const& group = level[g];
      kernels::sum_masked_products({.group = products_of(group),
                                    .terms = group.terms.data(),
                                    .term_count = group.terms.size(),
                                    .propagate = group.propagate,
                                    .first = self.index() == 0,
                                    .opened = opened[v],
                                    .masks = masks[first_mask + v],
                                    .dealt = dealt[next_product],
                                    .start = generate[group.first + group.size - 1],
                                    .generate = out_g[g],
                                    .propagated = out_p[g],
                                    .words = opened.words(),
                                    .stride = opened.words()});
      v += group.variables.size();
      next_product += group.products.size();
    }
    return {std::move(out_g), std::move(out_p)};
  }
};

}  // namespace koi::pond_policy
