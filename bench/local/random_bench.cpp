// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Streams: bytes, and uniform elements of the field in which SecureNN compares.
#include "bench/support/local.hpp"

#include <koi/crypto.hpp>

#include <memory>

int main(int argc, char** argv) try {
  using namespace koi;
  using field = comparison_field<ring64>;
  auto const how = bench::parse(argc, argv);
  bench::kernels all(how);

  auto const cached = std::make_shared<std::vector<std::uint8_t>>(16 * 1024);
  auto const large = std::make_shared<std::vector<std::uint8_t>>(std::size_t{8} << 20);
  auto const stream = std::make_shared<prg>(seed::from_os());
  auto const bytes = [](auto const& buffer) { return static_cast<double>(buffer->size()) * 1e-9; };
  auto const fill = [&](std::string const& name, auto const& buffer, std::string const& limit) {
    all.add(
        name, "GB/s", bytes(buffer), [stream, buffer] { stream->fill(std::as_writable_bytes(std::span(*buffer))); },
        limit);
  };

  koi::detail::cipher_context const context{EVP_CIPHER_CTX_new()};
  std::array<unsigned char, 16> const zero{};
  koi::detail::require_crypto(
      context && EVP_EncryptInit_ex2(context.get(), koi::detail::aes_128_ctr(), zero.data(), zero.data(), nullptr) == 1,
      "AES-128-CTR");
  all.add("aes_128_ctr_16_kib", "GB/s", bytes(cached), [cipher = context.get(), cached] {
    int length = 0;
    EVP_EncryptUpdate(cipher, cached->data(), &length, cached->data(), static_cast<int>(cached->size()));
  });
  fill("prg_fill_16_kib", cached, "aes_128_ctr_16_kib");
  fill("prg_fill_8_mib", large, "aes_128_ctr_16_kib");
  all.add("prg_start", "M/s", 1e-6, [from = seed::from_os()] {
    prg fresh(from);
    benchmark::DoNotOptimize(fresh);
  });
  all.add(
      "uniform_z67_16_kib", "G/s", bytes(cached), [stream, cached] { fill_uniform<field>(*stream, *cached); },
      "aes_128_ctr_16_kib");
  all.add(
      "nonzero_z67_16_kib", "G/s", bytes(cached), [stream, cached] { fill_nonzero<field>(*stream, *cached); },
      "aes_128_ctr_16_kib");
  all.run();
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
