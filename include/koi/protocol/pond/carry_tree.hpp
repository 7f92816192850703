// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/dispatch.hpp>
#include <koi/protocol/beaver/masked_comparison.hpp>
#include <koi/protocol/policy_name.hpp>
#include <koi/protocol/pond/bit_planes.hpp>
#include <koi/protocol/pond/tree_plan.hpp>

#include <tuple>

namespace koi::pond_policy {

/// Exact comparison with bits that the producer deals: a tree of generate and propagate bits over XOR
/// shares, 64 numbers a word. The default.
///
/// `Radix` is how many positions a level joins: 4 for the fewest rounds, 3 for the fewest bytes (see tree_plan), 2 for
/// the plain binary tree.
///
/// `Width` bits are in use: the user promises -2^(Width-1) <= x < 2^(Width-1), x with all its fraction
/// bits, for a product those of both factors, and for maximum and its kin x the difference of two
/// numbers, and 2^n less at the upper end where n low bits are truncated or ignored. Only these are compared,
/// at that much less cost. A number that breaks the promise gives a wrong result without notice. 0 stands
/// for the whole ring.
///
/// Cost    a round for each level above the first, and one to open the result: in radix 4 three for 32
///         and 64 bits and four for 128, in radix 3 one more, in radix 2 five, six and seven; see
///         split_sign_cost for bytes
/// Leaks   to a server masked bits, uniform; to the producer nothing, it receives no message
/// Source  [DMD18] for the setting; sign from one opening as in [EGK+20] eprint 2020/338;
///         products of up to four masked bits in one round as in [PSSY21] eprint 2020/1225
template <std::size_t Radix = 4, std::size_t Width = 0>
struct carry_tree : beaver::masked_comparison<carry_tree<Radix, Width>> {
  static_assert(Radix >= 2 && Radix <= tree_group::most, "koi: a carry tree joins 2, 3 or 4 positions a level");
  static constexpr std::size_t width = Width;
  /// The same where `Bits` low bits are taken off.
  template <std::size_t Bits>
  using narrower = carry_tree<Radix, (Width > Bits ? Width - Bits : 0)>;

 private:
  static constexpr std::size_t radix = Radix;
  static constexpr policy_name full_name = Width != 0   ? policy_name("carry_tree", {Radix, Width})
                                           : Radix != 4 ? policy_name("carry_tree", {Radix})
                                                        : policy_name("carry_tree", {});

 public:
  static constexpr std::string_view name = full_name.view();
  static constexpr phase answer_phase = phase::offline;

  /// What a server gets from the producer for some numbers.
  struct dealt_tile {
    bit_planes dealt;        ///< pieces: first level, top bit of r, products of the tree
    bit_planes masks;        ///< pieces of the masks of what the tree opens
    bit_planes result_mask;  ///< a piece of h
    [[nodiscard]] auto parts() const { return std::tie(dealt, masks, result_mask); }
  };

  template <PowerOfTwoRing R>
  struct material {
    std::vector<dealt_tile> tiles;  ///< at a server
    tensor<R> h;                    ///< at the producer
    [[nodiscard]] auto parts() const { return std::tie(tiles, h); }
  };

  template <PowerOfTwoRing R>
  [[nodiscard]] static material<R> deal_sign(operation& op, tensor<R> const& r, shape_type const& shape,
                                             beaver::sign_position at) {
    auto& self = op.self();
    auto const count = element_count(shape);
    tree_plan const plan(at.compared(), radix);
    material<R> out;
    if (self.is_helper()) out.h = deal_bits<R>(op, plan, r, shape, at.first);
    if (!self.is_server()) return out;
    std::optional<prg> bits;
    if (self.index() == 0) bits.emplace(op.stream(self.helper(), "bits"));
    auto masks = op.stream(self.helper(), "tree masks"), results = op.stream(self.helper(), "result mask");
    over_tiles(count, [&](std::size_t, std::size_t n) {
      auto& tile = out.tiles.emplace_back(dealt_tile{{dealt_planes(plan), n}, {plan.opened_planes(), n}, {1, n}});
      if (bits)
        tile.dealt.draw(*bits);
      else
        op.receive(self.helper(), tile.dealt.writable_bytes(), phase::offline);
      tile.masks.draw(masks);
      tile.result_mask.draw(results);
    });
    return out;
  }

  /// [x >= 0] as g xor h for c = x + r: the borrow [c mod 2^low < r mod 2^low], without the bits below `first`, added
  /// to bit `low` of c and of r, then opened behind a random bit h that the producer knows.
  template <PowerOfTwoRing R>
  [[nodiscard]] static beaver::split_bit<R> split_sign(operation& op, tensor<R> const& c, tensor<R> const&,
                                                       material<R> const& from_producer, shape_type const& shape,
                                                       beaver::sign_position at) {
    auto& self = op.self();
    tree_plan const plan(at.compared(), radix);
    auto const& dealt = from_producer.tiles;
    std::vector<walk> tiles;
    over_tiles(element_count(shape), [&](std::size_t first, std::size_t n) {
      auto bits = to_planes<R>(c.elements().subspan(first, n), at.first, plan.bits + 1);
      auto [generate, propagate] = first_level(self, plan, bits, dealt[tiles.size()].dealt);
      tiles.push_back({bit_planes(1, n), std::move(generate), std::move(propagate), {}});
      std::copy_n(bits[plan.bits], bits.words(), tiles.back().sign[0]);
    });

    std::size_t next_mask = 0, next_product = plan.first_planes() + 1;
    for (auto const& level : plan.levels) {
      // open every bit of the level behind its mask
      for (std::size_t t = 0; t < tiles.size(); ++t) {
        tiles[t].opened = masked(level, tiles[t], dealt[t].masks, next_mask);
        op.send(self.other_server(), tiles[t].opened.bytes());
      }
      for (std::size_t t = 0; t < tiles.size(); ++t) {
        finish_opening(op, tiles[t].opened);
        combine(self, level, tiles[t], dealt[t], next_mask, next_product);
      }
      next_mask += tree_plan::opened_planes(level);
      for (auto const& group : level) next_product += group.products.size();
    }

    // g = borrow xor bit of r xor bit of c xor h, opened
    for (std::size_t t = 0; t < tiles.size(); ++t) {
      auto& g = tiles[t].opened = bit_planes(1, tiles[t].sign.count());
      auto const* const top = dealt[t].dealt[plan.first_planes()];
      auto const first = self.index() == 0 ? ~std::uint64_t{0} : 0, flip = at.negated ? ~std::uint64_t{0} : 0;
      for (std::size_t w = 0; w < g.words(); ++w)
        g[0][w] =
            tiles[t].generate[0][w] ^ top[w] ^ dealt[t].result_mask[0][w] ^ ((tiles[t].sign[0][w] ^ flip) & first);
      op.send(self.other_server(), g.bytes());
    }
    beaver::split_bit<R> out{tensor<R>(shape), {}};
    std::size_t first = 0;
    for (auto& tile : tiles) {
      finish_opening(op, tile.opened);
      from_plane<R>(tile.opened[0], out.g.elements().subspan(first, tile.opened.count()));
      first += tile.opened.count();
    }
    return out;
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static cost split_sign_cost(shape_type const& shape, beaver::sign_position at) {
    tree_plan const plan(at.compared(), radix);
    auto const n = element_count(shape);
    return {.rounds = plan.levels.size() + 1,
            .dealt = bit_planes::wire_bytes(dealt_planes(plan), n),
            .servers = 2 * bit_planes::wire_bytes(plan.opened_planes() + 1, n)};
  }

  template <PowerOfTwoRing R>
  static void describe_deal(course& does, shape_type const& shape, beaver::sign_position at) {
    tree_plan const plan(at.compared(), radix);
    over_tiles(element_count(shape), [&](std::size_t, std::size_t n) {
      auto const dealt = bit_planes::wire_bytes(dealt_planes(plan), n);
      auto const masks = bit_planes::wire_bytes(plan.opened_planes() + 1, n);
      auto const numbers = 2 * n * sizeof(typename R::value_type);  // r to planes, h from one
      does.work(does.helper(), {.drawn = dealt + 2 * masks, .touched = dealt + masks + numbers});
      does.message(does.helper(), does.server(1), dealt).servers_work({.drawn = masks});
      does.work(does.server(0), {.drawn = dealt}).servers_keep(dealt + masks);
    });
  }
  template <PowerOfTwoRing R>
  static void describe_split(course& does, shape_type const& shape, beaver::sign_position at) {
    tree_plan const plan(at.compared(), radix);
    auto const count = element_count(shape);
    // every plane that a level reads or opens
    auto const level = [&](std::size_t reads, std::size_t opens) {
      over_tiles(count, [&](std::size_t, std::size_t n) {
        auto const bytes = bit_planes::wire_bytes(opens, n);
        does.servers_work({.touched = bit_planes::wire_bytes(reads, n) + bytes}).swap_begin(bytes);
      });
      over_tiles(count, [&](std::size_t, std::size_t n) { does.swap_end(bit_planes::wire_bytes(opens, n)); });
    };
    std::size_t reads = R::bits + plan.bits + plan.first_planes();
    for (auto const& groups : plan.levels) {
      level(reads, tree_plan::opened_planes(groups));
      reads = 2 * tree_plan::opened_planes(groups);
      for (auto const& group : groups) reads += group.products.size();
    }
    level(reads + R::bits, 1);
  }

 private:
  /// Numbers whose planes are dealt, opened and combined together: their messages are under way while
  /// the next ones are computed.
  static constexpr std::size_t numbers_a_tile = 8192;  // 1 KiB a plane

  /// f(first, n) for all tiles of `count` numbers; of none there is one tile, empty.
  template <class F>
  static void over_tiles(std::size_t count, F f) {
    std::size_t first = 0;
    do {
      f(first, std::min(numbers_a_tile, count - first));
      first += numbers_a_tile;
    } while (first < count);
  }

  static std::size_t dealt_planes(tree_plan const& plan) noexcept {
    return plan.first_planes() + 1 + plan.product_planes();
  }

  /// Where the servers are on their way through the tree, for the numbers of a tile.
  struct walk {
    bit_planes sign;  ///< the sign's bit of c
    bit_planes generate, propagate;
    bit_planes opened;
  };

  /// The servers learn the planes whose XOR shares they hold: one has been sent.
  static void finish_opening(operation& op, bit_planes& shares) {
    bit_planes theirs(shares.planes(), shares.count());
    op.receive(op.self().other_server(), theirs.writable_bytes());
    shares ^= theirs;
  }

  /// Every bit that a level opens, behind its mask.
  static bit_planes masked(std::vector<tree_group> const& level, walk const& at, bit_planes const& masks,
                           std::size_t first_mask) {
    bit_planes out(tree_plan::opened_planes(level), at.sign.count());
    std::size_t v = 0;
    for (auto const& group : level)
      for (auto const variable : group.variables) {
        auto const i = static_cast<std::size_t>(std::countr_zero(variable));
        auto const* const bit =
            i < tree_group::most ? at.propagate[group.first + i] : at.generate[group.first + i - tree_group::most];
        auto const* const mask = masks[first_mask + v];
        for (std::size_t w = 0; w < out.words(); ++w) out[v][w] = bit[w] ^ mask[w];
        ++v;
      }
    return out;
  }

  /// The producer's part: all planes for server 1 are masked by what server 0 draws. Returns h.
  template <PowerOfTwoRing R>
  static tensor<R> deal_bits(operation& op, tree_plan const& plan, tensor<R> const& r, shape_type const& shape,
                             std::size_t lowest) {
    auto& self = op.self();
    tensor<R> h(shape);
    auto piece0 = op.stream(self.server(0), "bits");
    std::array masks_of{op.stream(self.server(0), "tree masks"), op.stream(self.server(1), "tree masks")};
    std::array results_of{op.stream(self.server(0), "result mask"), op.stream(self.server(1), "result mask")};
    auto const sum_of = [](std::array<prg, 2>& streams, std::size_t planes, std::size_t n) {
      bit_planes sum(planes, n), other(planes, n);
      sum.draw(streams[0]);
      other.draw(streams[1]);
      return sum ^= other;
    };
    over_tiles(r.size(), [&](std::size_t first, std::size_t n) {
      bit_planes message(dealt_planes(plan), n);
      message.draw(piece0);
      add_products(plan, to_planes<R>(r.elements().subspan(first, n), lowest, plan.bits + 1),
                   sum_of(masks_of, plan.opened_planes(), n), message);
      op.send(self.server(1), message.bytes(), phase::offline);
      from_plane<R>(sum_of(results_of, 1, n)[0], h.elements().subspan(first, n));
    });
    return h;
  }

  /// Adds to the planes of a message what they share: products of bits of r in its first groups, its
  /// top bit, products of masks.
  static void add_products(tree_plan const& plan, bit_planes const& bits, bit_planes const& masks,
                           bit_planes& message) {
    auto const words = message.words();
    std::size_t out = 0, first_mask = 0;
    auto const add = [&](kernels::bit_products const& group, std::uint64_t const* of) {
      kernels::xor_products({group, of, message[out], words, words});
      out += group.set_count;
    };
    for (std::size_t g = 0; g < plan.first_groups(); ++g)
      add(all_products(plan.first_group_size(g)), bits[g * plan.first_size]);
    for (std::size_t w = 0; w < words; ++w) message[out][w] ^= bits[plan.bits][w];
    ++out;
    for (auto const& level : plan.levels)
      for (auto const& group : level) {
        add(products_of(group), masks[first_mask]);
        first_mask += group.variables.size();
      }
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
                              .c = c[g * plan.first_size],
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
  static void combine(party const& self, std::vector<tree_group> const& level, walk& at, dealt_tile const& dealt,
                      std::size_t next_mask, std::size_t next_product) {
    auto const words = at.opened.words();
    bit_planes out_g(level.size(), at.opened.count()), out_p(level.size(), at.opened.count());
    std::size_t v = 0;
    for (std::size_t g = 0; g < level.size(); ++g) {
      auto const& group = level[g];
      kernels::sum_masked_products({.group = products_of(group),
                                    .terms = group.terms.data(),
                                    .term_count = group.terms.size(),
                                    .propagate = group.propagate,
                                    .first = self.index() == 0,
                                    .opened = at.opened[v],
                                    .masks = dealt.masks[next_mask + v],
                                    .dealt = dealt.dealt[next_product],
                                    .start = at.generate[group.first + group.size - 1],
                                    .generate = out_g[g],
                                    .propagated = out_p[g],
                                    .words = words,
                                    .stride = words});
      v += group.variables.size();
      next_product += group.products.size();
    }
    at.generate = std::move(out_g);
    at.propagate = std::move(out_p);
  }
};

}  // namespace koi::pond_policy
