// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/comparison_key.hpp>
#include <koi/protocol/beaver/deal.hpp>
#include <koi/protocol/beaver/masked_comparison.hpp>

namespace koi::pond_policy {

/// One server's keys for a batch of comparison functions: roots, the permutation's key, corrections.
/// Empty at other players.
class dealt_keys {
 public:
  dealt_keys() = default;
  dealt_keys(std::size_t count, std::size_t corrections)
      : count_(count), data_(count * sizeof(block128) + permutation::key_size + corrections) {}

  [[nodiscard]] std::span<block128 const> roots() const noexcept {
    return {reinterpret_cast<block128 const*>(data_.data()), count_};
  }
  [[nodiscard]] permutation::key_type public_key() const noexcept {
    permutation::key_type key;
    std::memcpy(key.data(), data_.data() + count_ * sizeof(block128), key.size());
    return key;
  }
  [[nodiscard]] const_byte_span corrections() const noexcept {
    return const_byte_span(data_).subspan(count_ * sizeof(block128) + permutation::key_size);
  }
  [[nodiscard]] const_byte_span bytes() const noexcept { return data_; }

  [[nodiscard]] byte_span writable_roots() noexcept { return byte_span(data_).first(count_ * sizeof(block128)); }
  /// The permutation's key and, behind it, the corrections.
  [[nodiscard]] byte_span writable_rest() noexcept { return byte_span(data_).subspan(count_ * sizeof(block128)); }

 private:
  std::size_t count_ = 0;
  secret_bytes data_;
};

/// Functions whose corrections travel in one message, so that the producer needs little memory and a
/// server has its first ones early.
inline constexpr std::size_t keys_in_a_message = 4096;
static_assert(keys_in_a_message % comparison_key<z2k<64>, 1>::tile == 0);

namespace detail {

/// The producer's part. Every word of a function is v where h is 1 and 0 elsewhere.
template <PowerOfTwoRing R, std::size_t W>
void make_keys(operation& op, comparison_key<R, W> const& key, beaver::sign_position at, tensor<R> const& r,
               std::array<tensor<R> const*, W> const& words) {
  using word = typename R::value_type;
  auto& self = op.self();
  auto public_stream = op.stream(self.server(0), "permutation");
  std::array roots_of{op.stream(self.server(0), "roots"), op.stream(self.server(1), "roots")};
  permutation::key_type public_key;
  public_stream.fill(public_key);
  permutation pi(public_key);

  auto const most = std::min(keys_in_a_message, r.size());
  secret_bytes message(permutation::key_size + key.size(most));
  std::copy(public_key.begin(), public_key.end(), message.begin());
  std::array<koi::detail::secret_blocks, 2> roots;
  std::array<tensor<R>, W> below, otherwise;
  std::vector<word, wiping_allocator<word>> compared;
  for (std::size_t first = 0; first < r.size(); first += keys_in_a_message) {
    auto const n = std::min(keys_in_a_message, r.size() - first);
    typename comparison_key<R, W>::words_in below_at{}, otherwise_at{};
    for (std::size_t w = 0; w < W; ++w) {
      below[w] = otherwise[w] = tensor<R>({n});
      for (std::size_t i = 0; i < n; ++i) {
        auto const mask = R::neg(static_cast<word>(static_cast<word>(r[first + i] >> at.low) & 1));
        auto const v = words[w] == nullptr ? word{1} : (*words[w])[first + i];
        otherwise[w][i] = static_cast<word>(v & mask);
        below[w][i] = static_cast<word>(v & static_cast<word>(~mask));
      }
      below_at[w] = below[w].data();
      otherwise_at[w] = otherwise[w].data();
    }
    for (std::size_t party = 0; party < 2; ++party) {
      roots[party].resize(n);
      roots_of[party].fill(std::as_writable_bytes(std::span(roots[party])));
    }
    auto const corrections = byte_span(message).subspan(permutation::key_size, key.size(n));
    compared.resize(n);
    for (std::size_t i = 0; i < n; ++i) compared[i] = static_cast<word>(r[first + i] >> at.first);
    key.generate(pi, compared, below_at, otherwise_at, {roots[0], roots[1]}, corrections);
    op.send(self.server(0), corrections, phase::offline);
    // server 1 gets the permutation's key in front of its first corrections
    op.send(self.server(1),
            first == 0 ? const_byte_span(message).first(permutation::key_size + key.size(n)) : corrections,
            phase::offline);
  }
}

}  // namespace detail

/// Keys for shares of h * v, for h = [c mod 2^low < r mod 2^low] xor bit `low` of r, the bits below `first` left out,
/// and W words v that the producer knows; a null word is 1. Word w will be right modulo 2^(8 bytes[w]). `r` and the
/// words are read at the producer only.
///
/// Cost   see deal_keys_cost; the roots travel as seeds that a server and the producer have in common
/// Leaks  to a server nothing
template <PowerOfTwoRing R, std::size_t W>
[[nodiscard]] dealt_keys deal_keys(operation& op, beaver::sign_position at, shape_type const& shape, tensor<R> const& r,
                                   std::array<std::size_t, W> const& bytes,
                                   std::array<tensor<R> const*, W> const& words) {
  auto& self = op.self();
  comparison_key<R, W> const key(at.compared(), bytes);
  if (self.is_helper()) detail::make_keys(op, key, at, r, words);
  if (!self.is_server()) return {};

  auto const n = element_count(shape);
  dealt_keys out(n, key.size(n));
  op.stream(self.helper(), "roots").fill(out.writable_roots());
  auto rest = out.writable_rest();
  if (self.index() == 0) {
    op.stream(self.helper(), "permutation").fill(rest.first(permutation::key_size));
    rest = rest.subspan(permutation::key_size);
  }
  for (std::size_t first = 0; first < n; first += keys_in_a_message) {
    auto size = key.size(std::min(keys_in_a_message, n - first));
    if (self.index() == 1 && first == 0) size += permutation::key_size;
    op.receive(self.helper(), rest.first(size), phase::offline);
    rest = rest.subspan(size);
  }
  return out;
}

template <PowerOfTwoRing R, std::size_t W>
[[nodiscard]] cost deal_keys_cost(beaver::sign_position at, shape_type const& shape,
                                  std::array<std::size_t, W> const& bytes) {
  auto const n = element_count(shape);
  return {.dealt = n == 0 ? 0 : 2 * comparison_key<R, W>(at.compared(), bytes).size(n) + permutation::key_size};
}

/// What dealing keys does; a block of AES is made for every value, and for each child.
template <PowerOfTwoRing R, std::size_t W>
void describe_deal_keys(course& does, beaver::sign_position at, shape_type const& shape,
                        std::array<std::size_t, W> const& bytes) {
  comparison_key<R, W> const key(at.compared(), bytes);
  auto const count = element_count(shape);
  constexpr std::size_t values = (W * sizeof(typename R::value_type) + sizeof(block128) - 1) / sizeof(block128);
  does.servers_work({.drawn = count * sizeof(block128)})
      .servers_keep(count * sizeof(block128) + permutation::key_size + key.size(count));
  for (std::size_t first = 0; first < count; first += keys_in_a_message) {
    auto const n = std::min(keys_in_a_message, count - first);
    auto const blocks = 2 * n * sizeof(block128) * (1 + (values + 2) * at.compared() + values);
    // a level writes what goes into AES and comes out as a state, for both parties, and the words' corrections
    auto const written =
        n * at.compared() * (2 * (values + 3) * sizeof(block128) + 3 * W * sizeof(typename R::value_type));
    does.work(does.helper(), {.drawn = blocks, .touched = written});
    does.message(does.helper(), does.server(0), key.size(n));
    does.message(does.helper(), does.server(1), key.size(n) + (first == 0 ? permutation::key_size : 0));
  }
}
/// And evaluating them.
template <PowerOfTwoRing R, std::size_t W>
void describe_evaluate_keys(course& does, beaver::sign_position at, shape_type const& shape) {
  constexpr std::size_t values = (W * sizeof(typename R::value_type) + sizeof(block128) - 1) / sizeof(block128);
  auto const blocks = element_count(shape) * sizeof(block128) * ((values + 1) * at.compared() + values);
  auto const a_level = (values + 2) * sizeof(block128) + 2 * W * sizeof(typename R::value_type);
  does.servers_work({.drawn = blocks, .touched = element_count(shape) * at.compared() * a_level});
}

/// A server's shares of the words.
template <PowerOfTwoRing R, std::size_t W>
[[nodiscard]] std::array<tensor<R>, W> evaluate_keys(operation& op, beaver::sign_position at, tensor<R> const& c,
                                                     dealt_keys const& keys, std::array<std::size_t, W> const& bytes) {
  std::array<tensor<R>, W> out;
  typename comparison_key<R, W>::words_out into{};
  for (std::size_t w = 0; w < W; ++w) {
    out[w] = tensor<R>(c.shape());
    into[w] = out[w].data();
  }
  permutation pi(keys.public_key());
  auto const above = at.first == 0 ? tensor<R>() : beaver::from_bit(c, at.first);
  comparison_key<R, W>(at.compared(), bytes)
      .evaluate(pi, op.self().index(), (at.first == 0 ? c : above).elements(), keys.roots(), keys.corrections(), into);
  return out;
}

}  // namespace koi::pond_policy
