// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/deal.hpp>
#include <koi/protocol/securenn/bit_rows.hpp>

namespace koi::securenn_policy {

/// When server 1 takes what is dealt to it: at once, or piece by piece when it is used. The latter if
/// nothing else from server 2 is received in between.
enum class taken : std::uint8_t { at_once, when_used };

/// A server's shares in Z_p of the bits of many numbers. Server 0 keeps the stream that its shares come
/// from, and draws them when they are used. Used once, by a bit_reader.
struct dealt_bits {
  row_pieces pieces{};
  phase in = phase::offline;
  std::shared_ptr<prg> stream{};  ///< at server 0
  bit_rows rows{};                ///< at server 1, where they were taken at once
  bool awaited = false;           ///< at server 1, where they were not

  /// The bytes that are kept.
  [[nodiscard]] const_byte_span bytes() const noexcept { return rows.bytes(); }
};

/// Shares in Z_p of the low bits of numbers that server 2 knows: at both servers, nothing elsewhere.
///
/// Cost    one byte per bit, server 2 to server 1
/// Source  [WGC19] eprint 2018/442, section 3
template <PowerOfTwoRing R>
[[nodiscard]] dealt_bits deal_bits(operation& op, tensor<R> const& x, shape_type const& shape, std::size_t bits,
                                   phase in = phase::offline, taken when = taken::at_once) {
  using field = comparison_field<R>;
  auto& self = op.self();
  row_pieces const pieces{bits, element_count(shape)};
  if (self.is_helper()) {
    auto stream = op.stream(self.server(0), "bits");
    bit_rows rows(bits, pieces.most());
    detail::tile_words known;
    pieces.each_message([&](std::size_t from, std::size_t count) {
      row_pieces::each_tile(from, count, [&](std::size_t first, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i)
          detail::put_row_words(x[first + i], bits, known.words.data() + i * kernels::row_words(bits));
        fill_uniform<field>(stream, rows.rows(first - from, n));
        kernels::share_bit_rows(rows.row(first - from), known.words.data(), bits, n, field::modulus);
      });
      op.send(self.server(1), rows.bytes(0, count), in);
    });
  }
  dealt_bits out{pieces, in};
  if (!self.is_server()) return out;
  if (self.index() == 0) {
    out.stream = std::make_shared<prg>(op.stream(self.helper(), "bits"));
  } else if (when == taken::when_used) {
    out.awaited = true;
  } else {
    out.rows = bit_rows(bits, pieces.count);
    pieces.each_message(
        [&](std::size_t first, std::size_t n) { op.receive(self.helper(), out.rows.writable_bytes(first, n), in); });
  }
  return out;
}

/// A server's dealt shares, message by message and tile by tile, as row_pieces cuts them.
template <PrimeField F>
class bit_reader {
 public:
  bit_reader(operation& op, dealt_bits const& from)
      : op_(op),
        from_(from),
        here_(from.pieces.positions, from.awaited  ? from.pieces.most()
                                     : from.stream ? std::min(row_pieces::tile, from.pieces.count)
                                                   : 0) {}

  /// Goes to the message with the numbers from `first` to `first + n`.
  void message(std::size_t first, std::size_t n) {
    first_ = first;
    if (from_.awaited) op_.receive(op_.self().helper(), here_.writable_bytes(0, n), from_.in);
  }
  /// Rows of the tile from `first` to `first + n`, in that message.
  [[nodiscard]] std::uint8_t const* tile(std::size_t first, std::size_t n) {
    if (from_.awaited) return here_.row(first - first_);
    if (!from_.stream) return from_.rows.row(first);
    fill_uniform<F>(*from_.stream, here_.rows(0, n));
    return here_.row(0);
  }

 private:
  operation& op_;
  dealt_bits const& from_;
  bit_rows here_;
  std::size_t first_ = 0;
};

/// What dealing bits does. Server 1's receiving is not in it where it takes them when it uses them.
inline void describe_bits(course& does, row_pieces const& pieces, taken when) {
  pieces.each_message([&](std::size_t, std::size_t n) {
    auto const bytes = n * pieces.positions;
    does.work(does.helper(), {.drawn = bytes, .touched = 2 * bytes}).send(does.helper(), does.server(1), bytes);
    if (when == taken::at_once) does.receive(does.server(1), does.helper(), bytes);
    does.keep(does.server(1), bytes);
  });
}

[[nodiscard]] inline cost deal_bits_cost(shape_type const& shape, std::size_t bits) {
  return {.dealt = element_count(shape) * bits};
}

}  // namespace koi::securenn_policy
