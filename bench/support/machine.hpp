// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/support/loopback.hpp"
#include "bench/support/table.hpp"

#include <koi/crypto/detail/openssl.hpp>
#include <koi/kernels/lanes.hpp>

#include <cblas.h>

#include <time.h>

#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

/// What this machine can do, measured by the program that compares itself with it.
namespace koi::bench {

using bench_clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(bench_clock::time_point start) {
  return std::chrono::duration<double>(bench_clock::now() - start).count();
}

/// Processor time of this thread, in seconds: what a kernel takes, whoever else uses the machine.
[[nodiscard]] inline double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Work per second of processor time of a function that does `work` a call and never waits: the
/// median of five measurements, each of at least options::seconds, after one call for warming up.
template <class F>
[[nodiscard]] double rate(options const& how, double work, F f) {
  f();
  std::vector<double> rates;
  for (std::size_t calls = 1; rates.size() < 5;) {
    auto const start = processor_seconds();
    for (std::size_t i = 0; i < calls; ++i) f();
    auto const took = processor_seconds() - start;
    if (took < how.seconds())
      calls *= 2;  // too few to count
    else
      rates.push_back(work * static_cast<double>(calls) / took);
  }
  return median(std::move(rates));
}

/// c += a * b, row-major, in OpenBLAS, on one thread.
inline void dgemm(std::vector<double> const& a, std::vector<double> const& b, std::vector<double>& c, std::size_t m,
                  std::size_t k, std::size_t n) {
  openblas_set_num_threads(1);
  auto const rows = static_cast<blasint>(m), inner = static_cast<blasint>(k), columns = static_cast<blasint>(n);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, inner, 1.0, a.data(), inner, b.data(), columns,
              1.0, c.data(), columns);
}

/// Multiply-adds a second, in units of 10^9, of OpenBLAS dgemm on 768 x 768 matrices, on one thread.
[[nodiscard]] inline double dgemm_gmacs(options const& how) {
  constexpr std::size_t n = 768;
  std::vector<double> const a(n * n, 1.25), b(n * n, 0.75);
  std::vector<double> c(n * n, 0.0);
  return rate(how, static_cast<double>(n * n * n) * 1e-9, [&] { dgemm(a, b, c, n, n, n); });
}

/// Multiplies and adds 64-bit words between registers, as many at once as hide the latency, and
/// products and sums in pairs: processors with two queues of instructions want them so.
class lane_peak {
  using lanes = koi::kernels::multiplying_lanes<std::uint64_t>;
  static constexpr std::size_t registers = 24, steps = 4096, width = lanes::width;

 public:
  /// Whether the program is built for vector instructions that multiply such words; if not, there
  /// is no peak that would say something about a kernel.
  static constexpr bool exists = width > 1;
  /// Multiply-adds of a call, in units of 10^9.
  static constexpr double gmacs = static_cast<double>(registers * steps * width) * 1e-9;

  void operator()() {
    auto const f = lanes::all(factor_);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      typename lanes::reg even[] = {lanes::all(I)...}, odd[] = {lanes::all(I + 1)...};
      for (std::size_t s = 0; s < steps; ++s)
        ((even[I] = lanes::mul(even[I], f), odd[I] = lanes::mul(odd[I], f), keep(even[I], odd[I]),
          even[I] = lanes::add(even[I], f), odd[I] = lanes::add(odd[I], f), keep(even[I], odd[I])),
         ...);
      auto total = f;
      ((total = lanes::add(total, lanes::add(even[I], odd[I]))), ...);
      std::array<std::uint64_t, width> out{};
      lanes::store(out.data(), total);
      factor_ += out[0];
    }
    (std::make_index_sequence<registers / 2>{});
  }

  /// What came out, so that nothing is optimised away.
  [[nodiscard]] std::uint64_t result() const noexcept { return factor_; }

 private:
  /// The compiler must have both values in registers here, and may assume nothing about them.
  template <class Register>
  static void keep(Register& x, Register& y) {
    if constexpr (requires { x.data; }) __asm__ volatile("" : "+v"(x.data), "+v"(y.data));
  }

  std::uint64_t factor_ = 0x9e3779b97f4a7c15u;
};

/// Bytes a second, in units of 10^9, of AES-128-CTR in OpenSSL on a buffer in the first-level cache.
[[nodiscard]] inline double aes_ctr_gbs(options const& how) {
  koi::detail::cipher_context const context{EVP_CIPHER_CTX_new()};
  std::array<unsigned char, 16> key{}, counter{};
  std::vector<unsigned char> buffer(16 * 1024);
  koi::detail::require_crypto(context && EVP_EncryptInit_ex2(context.get(), koi::detail::aes_128_ctr(), key.data(),
                                                             counter.data(), nullptr) == 1,
                              "AES-128-CTR");
  return rate(how, static_cast<double>(buffer.size()) * 1e-9, [&] {
    int length = 0;
    EVP_EncryptUpdate(context.get(), buffer.data(), &length, buffer.data(), static_cast<int>(buffer.size()));
  });
}

/// The loopback address between two threads that block in the system.
struct wire_limits {
  double round_trip_us = 0;  ///< 64 bytes there and back
  double gbs = 0;            ///< 10^9 bytes a second, one way, in pieces of 256 KiB
};

[[nodiscard]] inline wire_limits loopback(options const& how) {
  wire_limits out;
  auto const [here, there] = connected_pair();
  std::size_t const trips = how.how_long == options::effort::smoke ? 10 : 2000;
  std::size_t const pieces = how.how_long == options::effort::smoke ? 4 : 1024;
  std::size_t const repeats = how.runs();
  std::jthread const peer([&end = there, trips, pieces, repeats] {
    std::vector<char> small(64), large(256 * 1024);
    for (std::size_t r = 0; r < repeats; ++r) {
      for (std::size_t i = 0; i < trips; ++i) {
        end.receive_all(small);
        end.send_all(small);
      }
      for (std::size_t i = 0; i < pieces; ++i) end.receive_all(large);
      end.send_all(small);
    }
  });
  std::vector<char> small(64), large(256 * 1024);
  std::vector<double> trip, gbs;
  for (std::size_t r = 0; r < repeats; ++r) {
    auto start = bench_clock::now();
    for (std::size_t i = 0; i < trips; ++i) {
      here.send_all(small);
      here.receive_all(small);
    }
    trip.push_back(seconds_since(start) * 1e6 / static_cast<double>(trips));
    start = bench_clock::now();
    for (std::size_t i = 0; i < pieces; ++i) here.send_all(large);
    here.receive_all(small);
    gbs.push_back(static_cast<double>(pieces * large.size()) * 1e-9 / seconds_since(start));
  }
  out.round_trip_us = median(std::move(trip));
  out.gbs = median(std::move(gbs));
  return out;
}

[[nodiscard]] inline std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

/// Starts a table, or goes on with one: the machine, the compiler and its flags.
inline void begin(options const& how) {
  if (how.heading) {
    table::note(fmt::format("{}, {} processors", cpu_model(), std::thread::hardware_concurrency()));
#if defined(__clang__)
    table::note(fmt::format("clang {}, {}", __clang_version__, KOI_BENCH_FLAGS));
#else
    table::note(fmt::format("g++ {}, {}", __VERSION__, KOI_BENCH_FLAGS));
#endif
    table::heading();
  }
}

}  // namespace koi::bench
