// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/kernels/gemm.hpp>

#include "tests/kernels/matrices.hpp"
#include "tests/kernels/sets.hpp"

#include <koi/kernels/dispatch.hpp>

namespace koi::test {

namespace {

using kernels::gemm_factors;
using kernels::gemm_task;

/// A product by one set's kernel, in memory that must stay as it was behind what the kernel asked for.
template <class Set, class Word>
void run(gemm_task<Word> const& task) {
  using kernel = kernels::gemm_kernel<Set, Word>;
  auto const size = kernel::scratch(task);
  kernels::detail::scratch_memory scratch(size + 64, std::byte{0xee});
  kernel::run(task, scratch.data());
  REQUIRE(std::count(scratch.begin() + static_cast<std::ptrdiff_t>(size), scratch.end(), std::byte{0xee}) == 64);
}

/// Every shape of a list, with gaps behind the rows, from an odd address, added or overwritten.
template <class Set, class Word>
void check(std::vector<sizes> const& shapes) {
  for (auto const& s : shapes)
    for (bool const add : {false, true}) {
      matrices<Word> x({s}, add);
      x.compute_plainly();
      run<Set>(x.task());
      if (!x.as_expected()) FAIL_CHECK(x.name(Set::name));
    }
}

template <class Set>
void check_words(std::vector<sizes> const& shapes) {
  check<Set, std::uint8_t>(shapes);
  check<Set, std::uint32_t>(shapes);
  check<Set, std::uint64_t>(shapes);
  check<Set, kernels::uint128>(shapes);
}

}  // namespace

TEST_CASE_TEMPLATE("products are those of three loops, at every edge of a tile", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  std::vector<sizes> shapes;
  for (std::size_t m = 0; m <= 17; ++m)
    for (std::size_t const k : {0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 20})
      for (std::size_t n = 0; n <= 49; n += m % 3 + 1) shapes.push_back({m, k, n});
  check_words<Set>(shapes);
}

TEST_CASE_TEMPLATE("products are those of three loops, at every edge of a block", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  std::vector<sizes> shapes;
  for (std::size_t const m : {3, 5, 13, 95, 96, 97, 101})
    for (std::size_t const k : {127, 128, 129, 255, 256, 257})
      for (std::size_t const n : {1, 7, 24, 33}) shapes.push_back({m, k, n});
  for (std::size_t const n : {511, 512, 513, 1023, 1024, 1025, 2047, 2049}) {
    shapes.push_back({2, 3, n});
    shapes.push_back({9, 3, n});
    shapes.push_back({33, 130, n});
  }
  shapes.push_back({130, 300, 140});
  check_words<Set>(shapes);
}

TEST_CASE_TEMPLATE("factors are read where they are or packed, in blocks of all depths or of some", Set,
                   KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  std::vector<sizes> shapes;
  for (std::size_t const m : {8, 16, 19, 20, 28})  // tiles of 8 rows
    for (std::size_t const n : {16, 20, 50, 60, 130}) shapes.push_back({m, 70, n});
  for (std::size_t const m : {24, 25, 72, 73, 144, 145})  // up to where b is read, and a is one block of rows
    for (std::size_t const n : {71, 507}) shapes.push_back({m, 9, n});  // rows of b are 4 KiB apart with 507
  shapes.push_back({145, 230, 1030});  // some columns, then others
  shapes.push_back({145, 130, 520});
  for (std::size_t const k : {335, 336, 337, 510, 673}) {               // one block or more; rows of a: with 510
    shapes.push_back({13, k, 70});
    shapes.push_back({145, k, 21});
  }
  check_words<Set>(shapes);
}

TEST_CASE_TEMPLATE("few columns and long rows", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  std::vector<sizes> shapes;
  for (std::size_t const m : {5, 8, 11})
    for (std::size_t const k : {31, 32, 33, 63, 64, 65, 100, 300})
      for (std::size_t n = 1; n <= 33; ++n) shapes.push_back({m, k, n});
  check_words<Set>(shapes);
}

TEST_CASE_TEMPLATE("pairs of factors count as one, whatever their depths", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  auto const sum = []<class Word>(Word, std::size_t m, std::size_t n, std::vector<std::size_t> const& depths) {
    std::vector<sizes> pairs;
    for (auto const k : depths) pairs.push_back({m, k, n});
    for (bool const add : {false, true}) {
      matrices<Word> x(pairs, add);
      x.compute_plainly();
      run<Set>(x.task());
      if (!x.as_expected()) FAIL_CHECK(x.name(Set::name));
    }
  };
  auto const every_word = [&](auto... arguments) {
    sum(std::uint8_t{}, arguments...);
    sum(std::uint32_t{}, arguments...);
    sum(std::uint64_t{}, arguments...);
    sum(kernels::uint128{}, arguments...);
  };
  using depths = std::vector<std::size_t>;
  for (std::size_t const m : {1, 3, 4, 5, 9, 30, 100})
    for (std::size_t const n : {1, 9, 10, 24, 50})
      for (auto const& d : {depths{3, 5}, depths{0, 5, 0}, depths{100, 300}, depths{250, 3, 4, 270}, depths{0}})
        every_word(m, n, d);
}

TEST_CASE_TEMPLATE("the largest words wrap", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  auto const largest = []<class Word>(Word) {
    for (std::size_t const m : {2, 7, 30})
      for (std::size_t const n : {5, 20}) {
        std::size_t const k = 1000;
        std::vector<Word> const a(m * k, static_cast<Word>(~Word{0})), b(k * n, static_cast<Word>(~Word{0}));
        std::vector<Word> c(m * n);
        gemm_factors<Word> const factors{a.data(), k, b.data(), n, k};
        run<Set>(gemm_task<Word>{c.data(), n, m, n, &factors, 1, false});
        CHECK((c == std::vector<Word>(m * n, static_cast<Word>(k))));  // k products of -1 and -1
      }
  };
  largest(std::uint8_t{});
  largest(std::uint32_t{});
  largest(std::uint64_t{});
  largest(kernels::uint128{});
}

TEST_CASE_TEMPLATE("rows of a may come from a function", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  auto const by_function = []<class Word>(Word, sizes s) {
    matrices<Word> x({s, s}, true);
    x.compute_plainly();
    auto task = x.task();
    auto factors = std::vector<gemm_factors<Word>>(task.factors, task.factors + task.count);
    for (std::size_t f = 1; f < factors.size(); ++f) {  // the second pair: rows in memory, in another order
      auto& y = factors[f];
      y.source = &task.factors[f];
      y.a = nullptr;
      y.a_row = [](void const* source, std::size_t row, std::size_t from, std::size_t count, Word* out) noexcept {
        auto const& z = *static_cast<gemm_factors<Word> const*>(source);
        for (std::size_t q = 0; q < count; ++q) out[q] = z.a[row * z.a_stride + from + q];
      };
    }
    task.factors = factors.data();
    run<Set>(task);
    if (!x.as_expected()) FAIL_CHECK(x.name(Set::name));
  };
  for (std::size_t const m : {1, 3, 5, 26, 100})
    for (std::size_t const k : {1, 6, 40, 300})
      for (std::size_t const n : {1, 10, 17}) {
        by_function(std::uint8_t{}, {m, k, n});
        by_function(std::uint32_t{}, {m, k, n});
        by_function(std::uint64_t{}, {m, k, n});
        by_function(kernels::uint128{}, {m, k, n});
      }
}

}  // namespace koi::test
