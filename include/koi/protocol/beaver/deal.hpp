// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/cost.hpp>
#include <koi/protocol/operation.hpp>

#include <array>
#include <bit>
#include <initializer_list>
#include <vector>

namespace koi::beaver {

/// Elements that the helper draws and subtracts from while they are in the first-level cache.
inline constexpr std::size_t dealt_tile = 1024;

/// Bytes of a value's piece.
template <Ring R>
[[nodiscard]] std::uint64_t bytes_of_shape(shape_type const& shape) {
  return element_count(shape) * sizeof(typename R::value_type);
}

/// A uniformly random value in shares. The servers draw their pieces from the seeds that they have
/// in common with the helper: no bytes.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> deal_uniform(operation& op, std::string_view purpose, shape_type const& shape) {
  auto& self = op.self();
  auto const draw = [&](std::size_t peer) {
    auto stream = op.stream(peer, purpose);
    return uniform<R>(stream, shape);
  };
  if (self.is_server()) return draw(self.helper());
  if (self.is_helper()) return draw(self.server(0)) + draw(self.server(1));
  return tensor<R>();
}

/// What deal_uniform does, for `bytes` bytes in all.
inline void describe_uniform(course& does, std::uint64_t bytes) {
  does.servers_work({.drawn = bytes}).work(does.helper(), {.drawn = 2 * bytes, .touched = bytes});
}

/// One value to deal: what it is for, and `word(i)`, its element i, which is asked at the helper only.
template <class F>
struct to_deal {
  std::string_view purpose;
  F word;
};

template <class F>
to_deal(std::string_view, F) -> to_deal<F>;

/// The same where nothing but the low `used` bits of the pieces is ever read: they are shares modulo 2^used alone, and
/// travel in the smallest words that hold so many bits.
template <class F>
struct low_bits_to_deal {
  std::string_view purpose;
  F word;
  std::size_t used;
};

template <class F>
low_bits_to_deal(std::string_view, F, std::size_t) -> low_bits_to_deal<F>;

/// What stands for a value's elements at a player that does not know them.
template <PowerOfTwoRing R>
inline constexpr auto known_to_the_helper = [](std::size_t) { return typename R::value_type{}; };

/// Bytes of the word in which the low `used` bits of an element travel: 1, 2, 4, 8 or 16, and no more than R's.
template <PowerOfTwoRing R>
[[nodiscard]] constexpr std::size_t dealt_word_bytes(std::size_t used) noexcept {
  return std::min(std::bit_ceil((used + 7) / 8), sizeof(typename R::value_type));
}

namespace detail {

template <class Value>
concept OfLowBits = requires(Value const& value) {
  value.used;
};

/// Whether the values before the last one are of whole words, so that in the message every word is aligned.
template <class First, class... More>
[[nodiscard]] constexpr bool low_bits_come_last() noexcept {
  if constexpr (sizeof...(More) == 0)
    return true;
  else
    return !OfLowBits<First> && low_bits_come_last<More...>();
}

/// f(a word of the type in which the value's elements travel).
template <PowerOfTwoRing R, class Value, class F>
void with_dealt_word(Value const& value, F f) {
  using word = typename R::value_type;
  if constexpr (OfLowBits<Value>) {
    auto const bytes = dealt_word_bytes<R>(value.used);
    if constexpr (sizeof(word) > 1)
      if (bytes == 1) return f(std::uint8_t{});
    if constexpr (sizeof(word) > 2)
      if (bytes == 2) return f(std::uint16_t{});
    if constexpr (sizeof(word) > 4)
      if (bytes == 4) return f(std::uint32_t{});
    if constexpr (sizeof(word) > 8)
      if (bytes == 8) return f(std::uint64_t{});
  }
  f(word{});
}

/// to[i] = word(i) less what server 0 draws.
template <class Word, class F>
void subtract_drawn(prg& stream, Word* to, std::size_t n, F const& word) {
  for (std::size_t first = 0; first < n; first += dealt_tile) {
    auto const end = std::min(n, first + dealt_tile);
    stream.fill(writable_bytes_of(to + first, end - first));
    for (auto i = first; i < end; ++i) to[i] = static_cast<Word>(static_cast<Word>(word(i)) - to[i]);
  }
}

/// Uniform words, widened to R.
template <PowerOfTwoRing R, class Word>
[[nodiscard]] tensor<R> drawn_words(prg& stream, shape_type const& shape) {
  if constexpr (std::same_as<Word, typename R::value_type>) {
    return uniform<R>(stream, shape);
  } else {
    tensor<R> out(shape);
    std::vector<Word, wiping_allocator<Word>> tile(std::min(out.size(), dealt_tile));
    for (std::size_t first = 0; first < out.size(); first += dealt_tile) {
      auto const n = std::min(tile.size(), out.size() - first);
      stream.fill(writable_bytes_of(tile.data(), n));
      std::copy_n(tile.data(), n, out.data() + first);
    }
    return out;
  }
}

}  // namespace detail

/// Shares of values of one shape that the helper knows: server 0's pieces come from a seed, server
/// 1 gets the differences, all in one message. Returns the pieces; empty at other players. A value of which
/// low bits alone are used is the last one.
///
/// Cost   one word per element and value, helper to server 1; see bytes_of_dealt
/// Leaks  to server 1 nothing: each difference is masked by a piece that it does not know, modulo the same power of 2
template <PowerOfTwoRing R, class... Value>
[[nodiscard]] std::array<tensor<R>, sizeof...(Value)> deal(operation& op, shape_type const& shape, phase in,
                                                           Value const&... values) {
  static_assert(detail::low_bits_come_last<Value...>(), "koi: a value that is dealt in narrow words is the last one");
  auto& self = op.self();
  std::array<tensor<R>, sizeof...(Value)> pieces;
  auto const n = element_count(shape);
  std::size_t bytes = 0;
  (detail::with_dealt_word<R>(values, [&](auto word) { bytes += n * sizeof(word); }), ...);
  if (self.is_helper()) {
    secret_bytes message(bytes);
    auto* at = message.data();
    auto const subtract = [&](auto const& value) {
      auto stream = op.stream(self.server(0), value.purpose);
      detail::with_dealt_word<R>(value, [&]<class Word>(Word) {
        detail::subtract_drawn(stream, reinterpret_cast<Word*>(at), n, value.word);
        at += n * sizeof(Word);
      });
    };
    (subtract(values), ...);
    op.send(self.server(1), message, in);
  } else if (self.is_server() && self.index() == 0) {
    auto piece = pieces.begin();
    auto const draw = [&](auto const& value) {
      auto stream = op.stream(self.helper(), value.purpose);
      detail::with_dealt_word<R>(value,
                                 [&]<class Word>(Word) { *piece++ = detail::drawn_words<R, Word>(stream, shape); });
    };
    (draw(values), ...);
  } else if (self.is_server()) {
    if constexpr (sizeof...(Value) == 1 && !(detail::OfLowBits<Value> && ...)) {
      pieces[0] = op.receive<R>(self.helper(), shape, in);
    } else {
      secret_bytes message(bytes);
      op.receive(self.helper(), message, in);
      auto const* at = message.data();
      auto piece = pieces.begin();
      auto const take = [&](auto const& value) {
        detail::with_dealt_word<R>(value, [&]<class Word>(Word) {
          *piece = tensor<R>(shape);
          std::copy_n(reinterpret_cast<Word const*>(at), n, piece++->data());
          at += n * sizeof(Word);
        });
      };
      (take(values), ...);
    }
  }
  return pieces;
}

/// Bytes of values that are dealt together.
struct dealt_bytes {
  std::uint64_t sent = 0;                  ///< in the message
  std::uint64_t pieces = 0;                ///< that a server has afterwards
  std::array<std::uint64_t, 2> widened{};  ///< what server 0 and server 1 write element by element
};

/// Of values of a shape, of which the low `used` bits are used.
template <PowerOfTwoRing R>
[[nodiscard]] dealt_bytes bytes_of_dealt(shape_type const& shape, std::initializer_list<std::size_t> used) {
  auto const whole = bytes_of_shape<R>(shape);
  dealt_bytes out;
  for (auto const bits : used) {
    auto const bytes = element_count(shape) * dealt_word_bytes<R>(bits);
    out.sent += bytes;
    out.pieces += whole;
    if (bytes != whole) out.widened[0] += whole;
  }
  // one whole value is received where it stays
  if (used.size() > 1 || out.sent != out.pieces) out.widened[1] = out.pieces;
  return out;
}

/// `used` are the low bits of each value that are used.
template <PowerOfTwoRing R>
[[nodiscard]] cost deal_cost(shape_type const& shape, std::initializer_list<std::size_t> used) {
  return {.dealt = bytes_of_dealt<R>(shape, used).sent};
}

/// What dealing does.
inline void describe_deal(course& does, dealt_bytes const& bytes) {
  does.work(does.helper(), {.drawn = bytes.sent, .touched = bytes.sent});
  does.message(does.helper(), does.server(1), bytes.sent);
  does.work(does.server(0), {.drawn = bytes.sent, .touched = bytes.widened[0]});
  does.work(does.server(1), {.touched = bytes.widened[1]});
}
/// The same of one value of whole words.
inline void describe_deal(course& does, std::uint64_t bytes) {
  describe_deal(does, dealt_bytes{.sent = bytes, .pieces = bytes});
}

/// The same, dealt while the computation runs because it depends on an earlier message.
template <PowerOfTwoRing R>
[[nodiscard]] cost answer_cost(shape_type const& shape, std::initializer_list<std::size_t> used) {
  return {.rounds = 1, .assisted = bytes_of_dealt<R>(shape, used).sent};
}

}  // namespace koi::beaver
