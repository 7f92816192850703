// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/masked_comparison.hpp>
#include <koi/protocol/pond/bit_planes.hpp>
#include <koi/protocol/pond/tree_plan.hpp>

#include <tuple>

namespace koi::pond_policy {

/// Exact comparison with bits that the producer deals: a tree of generate and propagate bits in
/// radix 4 over XOR shares, 64 numbers a word. The default.
///
/// Cost    two rounds for the tree of 32 and 64 bits, three for 128, and one to open the result;
///         see split_sign_cost for bytes
/// Leaks   to a server masked bits, uniform; to the producer nothing, it receives no message
/// Source  [DMD18] for the setting; sign from one opening as in [EGK+20] eprint 2020/338.
///         products of up to four masked bits in one round as in [PSSY21] eprint 2020/1225
struct carry_tree : beaver::masked_comparison<carry_tree> {
  static constexpr std::string_view name = "carry_tree";
  static constexpr phase answer_phase = phase::offline;

  /// [x >= 0] as g xor h for c = x + r: the borrow [c mod 2^low < r mod 2^low], added to bit `low` of c
  /// and of r, then opened behind a random bit h that the producer knows.
  template <PowerOfTwoRing R>
  [[nodiscard]] static beaver::split_bit<R> split_sign(operation& op, tensor<R> const& c, tensor<R> const& r,
                                                       shape_type const& shape, beaver::sign_position at) {
    auto& self = op.self();
    auto const count = element_count(shape);
    tree_plan const plan(at.low);
    if (self.is_helper()) return {{}, deal_bits<R>(op, plan, r, shape)};
    if (!self.is_server()) return {};

    // pieces of the dealt planes: first level, top bit of r, products of the tree
    bit_planes dealt(plan.first_planes() + 1 + plan.product_planes(), count);
    if (self.index() == 0) {
      auto stream = op.stream(self.helper(), "bits");
      stream.fill(dealt.writable_bytes());
    } else {
      op.receive(self.helper(), dealt.writable_bytes(), phase::offline);
    }
    auto const masks = drawn(op, self.helper(), "tree masks", plan.opened_planes(), count);
    auto const h = drawn(op, self.helper(), "result mask", 1, count);

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
    tree_plan const plan(at.low);
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

    std::size_t out = 0;
    for (std::size_t g = 0; g < plan.first_groups(); ++g)
      for (unsigned t = 1; t < 1u << plan.first_group_size(g); ++t, ++out)
        for (std::size_t w = 0; w < message.words(); ++w) {
          auto product = ~std::uint64_t{0};
          for (unsigned rest = t; rest != 0; rest &= rest - 1)
            product &= bits[g * radix + static_cast<std::size_t>(std::countr_zero(rest))][w];
          message[out][w] ^= product;
        }
    for (std::size_t w = 0; w < message.words(); ++w) message[out][w] ^= bits[plan.bits][w];
    ++out;
    std::size_t first_mask = 0;
    for (auto const& level : plan.levels)
      for (auto const& group : level) {
        for (auto const subset : group.products) {
          for (std::size_t w = 0; w < message.words(); ++w) {
            auto product = ~std::uint64_t{0};
            for (std::size_t v = 0; v < group.variables.size(); ++v)
              if (group.variables[v] & subset) product &= masks[first_mask + v][w];
            message[out][w] ^= product;
          }
          ++out;
        }
        first_mask += group.variables.size();
      }
    op.send(self.server(1), message.bytes(), phase::offline);
    return from_plane<R>(h[0], shape);
  }

  /// Generate and propagate of groups of four bits, linear in the dealt products since c is public.
  static std::pair<bit_planes, bit_planes> first_level(party const& self, tree_plan const& plan, bit_planes const& c,
                                                       bit_planes const& dealt) {
    bit_planes generate(plan.first_groups(), c.count()), propagate(plan.first_groups(), c.count());
    std::size_t base = 0;
    for (std::size_t g = 0; g < plan.first_groups(); ++g) {
      auto const size = plan.first_group_size(g);
      unsigned const all = (1u << size) - 1;
      for (std::size_t w = 0; w < c.words(); ++w) {
        std::array<std::uint64_t, 1u << radix> zeros;  // zeros[s]: every bit of c in s is 0
        zeros[0] = ~std::uint64_t{0};
        for (unsigned s = 1; s <= all; ++s)
          zeros[s] = zeros[s & (s - 1)] & ~c[g * radix + static_cast<std::size_t>(std::countr_zero(s))][w];
        std::uint64_t sum_g = 0, sum_p = self.index() == 0 ? zeros[all] : 0;
        for (unsigned t = 1; t <= all; ++t) {
          auto const product = dealt[base + t - 1][w];
          unsigned const lowest = t & (0u - t);
          sum_p ^= product & zeros[all ^ t];
          sum_g ^= product & zeros[(all & ~(lowest - 1) & ~t) | lowest];
        }
        generate[g][w] = sum_g;
        propagate[g][w] = sum_p;
      }
      base += all;
    }
    return {std::move(generate), std::move(propagate)};
  }

  /// Share of a product of opened-and-masked bits: the XOR over all subsets of opened bits outside
  /// the subset times the dealt product of masks inside it.
  static std::uint64_t product_share(bool first, unsigned whole,
                                     std::array<std::uint64_t, 1u << (2 * radix)> const& opened,
                                     std::array<std::uint64_t, 1u << (2 * radix)> const& masks) {
    std::uint64_t sum = first ? opened[whole] : 0;
    for (unsigned s = whole; s != 0; s = (s - 1) & whole) sum ^= opened[whole ^ s] & masks[s];
    return sum;
  }

  static std::pair<bit_planes, bit_planes> combine(party const& self, std::vector<tree_group> const& level,
                                                   bit_planes const& generate, bit_planes const& opened,
                                                   bit_planes const& masks, std::size_t first_mask,
                                                   bit_planes const& dealt, std::size_t& next_product) {
    bit_planes out_g(level.size(), opened.count()), out_p(level.size(), opened.count());
    std::array<std::uint64_t, 1u << (2 * radix)> open_product{}, mask_product{};
    std::size_t v0 = 0;
    for (std::size_t g = 0; g < level.size(); ++g) {
      auto const& group = level[g];
      for (std::size_t w = 0; w < opened.words(); ++w) {
        open_product[0] = ~std::uint64_t{0};
        for (std::size_t v = 0; v < group.variables.size(); ++v) {
          open_product[group.variables[v]] = opened[v0 + v][w];
          mask_product[group.variables[v]] = masks[first_mask + v0 + v][w];
        }
        for (std::size_t p = 0; p < group.products.size(); ++p) {
          auto const s = group.products[p];
          open_product[s] = open_product[s & (s - 1)] & open_product[s & (0u - s)];
          mask_product[s] = dealt[next_product + p][w];
        }
        auto sum = generate[group.first + group.size - 1][w];
        for (auto const term : group.terms) sum ^= product_share(self.index() == 0, term, open_product, mask_product);
        out_g[g][w] = sum;
        out_p[g][w] =
            group.propagate == 0 ? 0 : product_share(self.index() == 0, group.propagate, open_product, mask_product);
      }
      v0 += group.variables.size();
      next_product += group.products.size();
    }
    wipe(open_product.data(), sizeof open_product);
    wipe(mask_product.data(), sizeof mask_product);
    return {std::move(out_g), std::move(out_p)};
  }
};

}  // namespace koi::pond_policy
