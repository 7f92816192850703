// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Matrix products in the rings beside OpenBLAS on doubles, shape by shape, one thread; with --threads also by several.
#include "bench/support/local.hpp"

#include <koi/kernels/dispatch.hpp>
#include <koi/tensor.hpp>

#include <filesystem>
#include <memory>

namespace {

using namespace koi;

struct product_shape {
  std::size_t m, k, n;
  std::string name;
  [[nodiscard]] double gmacs() const { return static_cast<double>(m * k * n) * 1e-9; }
};

void add_dgemm(bench::kernels& all, product_shape const& s) {
  struct matrices {
    std::vector<double> a, b, c;
  };
  auto const x = std::make_shared<matrices>();
  x->a.assign(s.m * s.k, 1.25);
  x->b.assign(s.k * s.n, 0.75);
  x->c.assign(s.m * s.n, 0.0);
  all.add("dgemm_" + s.name, "GMAC/s", s.gmacs(), [x, s] { bench::dgemm(x->a, x->b, x->c, s.m, s.k, s.n); });
}

template <PowerOfTwoRing R>
void add_gemm(bench::kernels& all, product_shape const& s) {
  struct matrices {
    tensor<R> a, b, c;
  };
  auto const odd = [](shape_type const& shape) {
    return tensor<R>(shape, static_cast<typename R::value_type>(0x9e3779b97f4a7c15u));
  };
  auto const x = std::make_shared<matrices>(matrices{odd({s.m, s.k}), odd({s.k, s.n}), odd({s.m, s.n})});
  all.add(
      fmt::format("gemm_u{}_{}", R::bits, s.name), "GMAC/s", s.gmacs(), [x] { matmul_add(x->c, x->a, x->b); },
      "dgemm_" + s.name);
}

/// OpenBLAS's dgemm with the kernels of one processor.
struct dgemm_of_core {
  std::string core;
  double gmacs = 0;
};

/// The fastest of some. OpenBLAS chooses when it is loaded, so each is measured by a process of its
/// own, this program with another argument; what this processor does not run says nothing.
dgemm_of_core best_dgemm(bench::options const& how) {
  dgemm_of_core best;
  auto const self = std::filesystem::read_symlink("/proc/self/exe").string();
  auto const effort = how.how_long == bench::options::effort::full    ? ""
                      : how.how_long == bench::options::effort::quick ? " --quick"
                                                                      : " --smoke";
  for (std::string const core : {"Haswell", "SkylakeX", "Zen", "Cooperlake"}) {
    auto const command = fmt::format("OPENBLAS_CORETYPE={} '{}' --dgemm{} 2>/dev/null", core, self, effort);
    auto* const answer = ::popen(command.c_str(), "r");
    if (answer == nullptr) continue;
    double gmacs = 0;
    if (std::fscanf(answer, "%lf", &gmacs) == 1 && gmacs > best.gmacs) best = {core, gmacs};
    ::pclose(answer);
  }
  return best;
}

/// Multiply-adds a second and core, in units of 10^9, of a large 64-bit product by several threads, by
/// the clock on the wall: the median of five.
double gmacs_per_core(std::size_t threads) {
  constexpr std::size_t n = 2048;
  tensor<ring64> const a({n, n}, 0x9e3779b97f4a7c15u), b({n, n}, 0x5c5c5c5c5c5c5c5cu);
  kernels::threads(threads);
  std::vector<double> rates;
  for (int i = 0; i < 6; ++i) {
    auto const start = bench::bench_clock::now();
    auto const c = matmul(a, b);
    auto const took = bench::seconds_since(start);
    if (i > 0) rates.push_back(static_cast<double>(n * n * n) * 1e-9 / took / static_cast<double>(threads));
    benchmark::DoNotOptimize(c.data());
  }
  kernels::threads(1);
  return bench::median(std::move(rates));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 1 && std::string_view(argv[1]) == "--dgemm") {
    argv[1] = argv[0];
    fmt::print("{}\n", bench::dgemm_gmacs(bench::parse(argc - 1, argv + 1)));
    return 0;
  }
  auto const how = bench::parse(argc, argv);
  bench::kernels all(how);
  for (auto const& s : {product_shape{768, 768, 768, "768"}, product_shape{128, 784, 512, "128x784x512"},
                        product_shape{128, 512, 10, "128x512x10"}, product_shape{8, 784, 512, "8x784x512"},
                        product_shape{1, 784, 512, "1x784x512"}, product_shape{1, 512, 10, "1x512x10"}}) {
    add_dgemm(all, s);
    add_gemm<ring32>(all, s);
    add_gemm<ring64>(all, s);
    add_gemm<ring128>(all, s);
  }
  if constexpr (bench::lane_peak::exists) {
    auto const peak = std::make_shared<bench::lane_peak>();
    all.add("u64_lanes", "GMAC/s", peak->gmacs, [peak] {
      (*peak)();
      benchmark::DoNotOptimize(peak->result());
    });
  }
  all.run();

  auto const ratio = [&](std::string const& name, std::string const& limit) {
    all.rows().add({name, all.value("gemm_u64_768") / all.value(limit), "x", 1.0});
  };
  ratio("gemm_u64_768_vs_dgemm", "dgemm_768");
  if (auto const best = best_dgemm(how); best.gmacs > 0) {
    all.rows().add({"dgemm_768_best_" + best.core, best.gmacs, "GMAC/s"});
    all.rows().add({"gemm_u64_768_vs_dgemm_best", all.value("gemm_u64_768") / best.gmacs, "x", 1.0});
  }
  if constexpr (bench::lane_peak::exists) ratio("gemm_u64_768_vs_peak", "u64_lanes");
  if (how.threads > 1)
    all.rows().add({fmt::format("gemm_u64_2048_per_core_of_{}", how.threads), gmacs_per_core(how.threads), "GMAC/s",
                    gmacs_per_core(1)});
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
