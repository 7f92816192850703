// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

#include <koi/kernels/dispatch.hpp>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>

namespace koi::kernels {

namespace {

/// The tables whose instructions this processor has, the best one last.
struct supported_tables {
  static constexpr std::size_t most = 4;
  std::array<table const*, most> tables{};
  std::array<std::string_view, most> names{};
  std::size_t count = 0;

  supported_tables() noexcept {
    add<baseline>(detail::baseline_table);
#if defined(KOI_KERNELS_X86)
    add<avx2>(detail::avx2_table);
    add<avx512>(detail::avx512_table);
    add<avx512_vbmi2>(detail::avx512_vbmi2_table);
#endif
  }

  template <class Set>
  void add(table const& (*of)() noexcept) noexcept {
    if (!Set::supported()) return;
    tables[count] = &of();
    names[count++] = Set::name;
  }
};

supported_tables const& supported() noexcept {
  static supported_tables const all;
  return all;
}

std::atomic<table const*>& current() noexcept {
  static std::atomic<table const*> table{supported().tables[supported().count - 1]};
  return table;
}

}  // namespace

table const& detail::chosen_table() noexcept { return *current().load(std::memory_order_acquire); }

std::span<std::string_view const> available() noexcept { return std::span(supported().names).first(supported().count); }

void use(std::string_view set) {
  for (std::size_t i = 0; i < supported().count; ++i)
    if (supported().names[i] == set) return current().store(supported().tables[i], std::memory_order_release);
  throw std::invalid_argument("no kernels for the instruction set " + std::string(set));
}

}  // namespace koi::kernels
