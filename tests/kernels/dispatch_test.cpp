// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/kernels/dispatch.hpp>

#include "tests/kernels/matrices.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

namespace koi::test {

namespace {

/// Puts back what a case changes of the process.
struct as_before {
  std::string_view set = kernels::chosen();
  std::size_t count = kernels::threads();
  ~as_before() {
    kernels::use(set);
    kernels::threads(count);
  }
};

template <class Word>
void check(sizes const& s) {
  matrices<Word> x({s, {s.m, 7, s.n}}, true);
  x.compute_plainly();
  kernels::gemm(x.task());
  if (!x.as_expected()) FAIL_CHECK(x.name(std::string(kernels::chosen())));
}

}  // namespace

TEST_CASE("the best set that the processor has is in use, and the baseline is always there") {
  auto const sets = kernels::available();
  REQUIRE_FALSE(sets.empty());
  CHECK(sets.front() == kernels::baseline::name);
  CHECK(kernels::chosen() == sets.back());
  std::vector<std::string_view> expected{kernels::baseline::name};
  if (kernels::avx2::supported()) expected.push_back(kernels::avx2::name);
  if (kernels::avx512::supported()) expected.push_back(kernels::avx512::name);
  if (kernels::avx512_vbmi2::supported()) expected.push_back(kernels::avx512_vbmi2::name);
  CHECK(std::equal(sets.begin(), sets.end(), expected.begin(), expected.end()));
}

TEST_CASE("every available set can be used, and gives the same bits") {
  as_before const after;
  for (auto const set : kernels::available()) {
    kernels::use(set);
    CHECK(kernels::chosen() == set);
    for (auto const& s : {sizes{1, 30, 20}, sizes{30, 40, 50}, sizes{20, 100, 3}}) {
      check<std::uint8_t>(s);
      check<std::uint32_t>(s);
      check<std::uint64_t>(s);
      check<kernels::uint128>(s);
    }
    std::vector<std::uint8_t> bytes(300), kept(bytes.size() + kernels::keep_room), all;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(i * 7);
      if (bytes[i] < 252) all.push_back(static_cast<std::uint8_t>(bytes[i] % 9 + 1));
    }
    kept.resize(kernels::keep_below(bytes.data(), bytes.size(), 9, 1, kept.data()));
    CHECK(kept == all);
  }
}

TEST_CASE("a set that is not available is refused, and the one in use stays") {
  auto const before = kernels::chosen();
  CHECK_THROWS_WITH_AS(kernels::use("pentium"), "no kernels for the instruction set pentium", std::invalid_argument);
  CHECK(kernels::chosen() == before);
}

TEST_CASE("a matrix without gaps is overwritten or added to") {
  std::vector<std::uint64_t> const a{1, 2, 3, 4}, b{5, 6, 7, 8};
  std::vector<std::uint64_t> c{1, 1, 1, 1};
  kernels::gemm(a.data(), b.data(), c.data(), 2, 2, 2);
  CHECK(c == std::vector<std::uint64_t>{19, 22, 43, 50});
  kernels::gemm(a.data(), b.data(), c.data(), 2, 2, 2, true);
  CHECK(c == std::vector<std::uint64_t>{38, 44, 86, 100});
}

TEST_CASE("threads do not change a bit, by rows or by columns") {
  as_before const after;
  for (std::size_t const count : {2u, 3u, 5u, 1u}) {
    kernels::threads(count);
    CHECK(kernels::threads() == count);
    for (auto const& s :
         {sizes{300, 150, 120}, sizes{120, 150, 300}, sizes{1, 3000, 1000}, sizes{1000, 1500, 2}, sizes{7, 8, 9}}) {
      check<std::uint64_t>(s);
      check<std::uint32_t>(s);
    }
  }
}

TEST_CASE("rows that come from a function are counted through all parts of a product") {
  as_before const after;
  kernels::threads(3);
  matrices<std::uint64_t> x({{400, 100, 90}}, false);
  x.compute_plainly();
  auto task = x.task();
  auto factors = *task.factors;
  factors.a = nullptr;
  factors.source = task.factors;
  factors.a_row = [](void const* source, std::size_t row, std::size_t from, std::size_t n,
                     std::uint64_t* out) noexcept {
    auto const& z = *static_cast<kernels::gemm_factors<std::uint64_t> const*>(source);
    std::copy_n(z.a + row * z.a_stride + from, n, out);
  };
  task.factors = &factors;
  kernels::gemm(task);
  CHECK(x.as_expected());
}

TEST_CASE("several callers share the threads") {
  as_before const after;
  kernels::threads(2);
  std::vector<std::jthread> callers;
  std::atomic<int> wrong = 0;
  for (std::size_t i = 0; i < 4; ++i)
    callers.emplace_back([&wrong, i] {
      for (std::size_t repeat = 0; repeat < 5; ++repeat) {
        matrices<std::uint64_t> x({{150 + i, 130, 120 + repeat}}, repeat % 2 == 0);
        x.compute_plainly();
        kernels::gemm(x.task());
        wrong += !x.as_expected();
      }
    });
  callers.clear();
  CHECK(wrong == 0);
}

TEST_CASE("who finds the threads at work does the job alone") {
  kernels::detail::pool pool;
  pool.resize(2);
  std::vector<std::atomic<int>> runs(5);
  pool.run(1, [&](std::size_t) noexcept {
    std::jthread([&] { pool.run(runs.size(), [&](std::size_t i) noexcept { ++runs[i]; }); }).join();
  });
  for (auto const& r : runs) CHECK(r == 1);
}

TEST_CASE("a pool runs every part once, however many threads it has") {
  kernels::detail::pool pool;
  for (std::size_t const size : {1u, 2u, 4u}) {
    pool.resize(size);
    for (std::size_t const count : {0u, 1u, 2u, 9u, 100u}) {
      std::vector<std::atomic<int>> runs(count);
      pool.run(count, [&](std::size_t i) noexcept { ++runs[i]; });
      for (auto const& r : runs) CHECK(r == 1);
    }
  }
}

}  // namespace koi::test
