// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/wipe.hpp>
#include <koi/kernels/bytes/rows.hpp>

namespace koi::kernels {

/// Rotates rows, each by its own secret offset: byte (i + offset) mod positions goes to byte i. In
/// steps of powers of two that are each taken or not by a mask; every address is public.
template <class Set, std::size_t Words>
class row_rotation {
 public:
  using lanes = byte_lanes<Set>;
  using row = row_regs<Set, Words>;
  static constexpr std::size_t group = 16;  ///< rows at once: what is stored is read much later

  explicit row_rotation(std::size_t positions) noexcept : positions_(positions) {}
  row_rotation(row_rotation const&) = delete;
  row_rotation& operator=(row_rotation const&) = delete;
  ~row_rotation() { wipe(twice_, sizeof twice_); }

  void put(std::size_t i, row const& x) noexcept { x.store(twice_[i]); }

  /// Rotates the rows that were put, and writes them one behind the other.
  void turn(std::uint8_t const* offsets, std::size_t count, std::uint8_t* out) noexcept {
    for (std::size_t bit = 0; (std::size_t{1} << bit) < positions_; ++bit) {
      auto const step = std::size_t{1} << bit;
      for (std::size_t i = 0; i < count; ++i) row::load(twice_[i]).store(twice_[i] + positions_);
      for (std::size_t i = 0; i < count; ++i) {
        auto const take = lanes::all(0u - (offsets[i] >> bit & 1u));
        auto x = row::load(twice_[i]);
        auto const moved = row::load(twice_[i] + step);
        for (std::size_t k = 0; k < row::count; ++k) x.v[k] = lanes::choose(take, moved.v[k], x.v[k]);
        x.store(twice_[i]);
      }
    }
    for (std::size_t i = 0; i < count; ++i) row::load(twice_[i]).store(out + i * positions_);
  }

 private:
  std::size_t positions_;
  std::uint8_t twice_[group][2 * 64 * Words + 64] = {};  // a row, and itself again behind it
};

#if defined(__AVX512VBMI__) && defined(__AVX512BW__)
/// The same by one permutation of registers for each row.
template <std::size_t Words>
class row_rotation<avx512_vbmi2, Words> {
 public:
  using row = row_regs<avx512_vbmi2, Words>;
  static constexpr std::size_t group = 1;  ///< stays in registers

  explicit row_rotation(std::size_t positions) noexcept : positions_(positions) {
    std::uint8_t each[128];
    for (std::size_t i = 0; i < 128; ++i) each[i] = static_cast<std::uint8_t>(i);
    for (std::size_t k = 0; k < Words; ++k) place_[k] = _mm512_loadu_si512(each + 64 * k);
  }

  void put(std::size_t i, row const& x) noexcept { rows_[i] = x; }

  void turn(std::uint8_t const* offsets, std::size_t count, std::uint8_t* out) const noexcept {
    auto const round = _mm512_set1_epi8(static_cast<char>(positions_));
    for (std::size_t i = 0; i < count; ++i) {
      auto const& x = rows_[i];
      auto const by = _mm512_set1_epi8(static_cast<char>(offsets[i]));
      row turned;
      for (std::size_t k = 0; k < Words; ++k) {
        auto from = _mm512_add_epi8(place_[k], by);
        from = _mm512_min_epu8(from, _mm512_sub_epi8(from, round));
        if constexpr (Words == 1)
          turned.v[k] = _mm512_maskz_permutexvar_epi8(~__mmask64{0}, from, x.v[0]);
        else
          turned.v[k] = _mm512_permutex2var_epi8(x.v[0], from, x.v[1]);
      }
      turned.store(out + i * positions_);
    }
  }

 private:
  std::size_t positions_;
  __m512i place_[Words];
  row rows_[group];
};
#endif

}  // namespace koi::kernels
