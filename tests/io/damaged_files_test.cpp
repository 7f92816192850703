// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/core/block_cache.hpp>
#include <koi/io/npz.hpp>
#include <koi/io/onnx/network.hpp>
#include <koi/io/onnx/without_weights.hpp>

#include "tests/io/files.hpp"

#include <cmath>
#include <functional>
#include <random>

/// Files cut and damaged at random. Each must be read or refused in koi's own words; a crash, another exception or a
/// run without an end is the error, most of all under AddressSanitizer, where the ordinary case takes many more files.

using namespace koi_tests;

namespace {

using reader = std::function<double(std::string const&)>;

double sum_of(koi::plain_tensor const& array) {
  double sum = 0;
  for (std::size_t i = 0; i < array.size(); ++i) sum += std::isfinite(array.data()[i]) ? 1 : 0.5;
  return sum;
}

double read_npy(std::string const& text) { return sum_of(koi::io::parse_npy(as_bytes(text), "x.npy")); }

double read_npz(std::string const& text) {
  double sum = 0;
  for (auto const& [name, array] : koi::io::parse_npz(as_bytes(text), "x.npz", {.max_bytes = 1 << 20})) {
    sum += sum_of(array) + static_cast<double>(name.size());
  }
  return sum;
}

double read_onnx(std::string const& text) {
  auto const model = koi::io::onnx::parse_model(as_bytes(text), "x.onnx");
  double sum = static_cast<double>(model.graph.nodes.size());
  for (auto const& [name, tensor] : model.graph.initializers) {
    if (!tensor.withheld) sum += tensor.is_real() ? sum_of(tensor.plain()) : static_cast<double>(tensor.ints().size());
  }
  for (auto const& node : model.graph.nodes) {
    for (auto const& input : node.inputs) sum += model.graph.find_initializer(input) != nullptr ? 1 : 0;
  }
  return sum;
}

/// The file as a network, and what is left of it without weights.
double read_network(std::string const& text) {
  auto const stripped = koi::io::onnx::without_weights(as_bytes(text), "x.onnx");
  koi::io::onnx::network_options const options{.limits = {.max_elements = 1 << 24}};
  double sum = static_cast<double>(stripped.size());
  for (auto const& weight : koi::io::onnx::network::parse(as_bytes(text), "x.onnx", options).weights())
    sum += sum_of(weight);
  return sum;
}

struct tally {
  std::size_t read = 0;
  std::size_t refused = 0;
  std::size_t wrong = 0;
  double sum = 0;

  void take(reader const& read_it, std::string const& text, std::string const& what) {
    try {
      sum += read_it(text);
      ++read;
    } catch (koi::bad_argument const& e) {
      if (std::string_view(e.what()).starts_with("x.")) return void(++refused);
      ++wrong;
      FAIL_CHECK(what, ": ", std::string(e.what()));
    } catch (std::exception const& e) {
      ++wrong;
      FAIL_CHECK(what, ": ", std::string(e.what()));
    }
  }
};

/// One to eight bytes changed: a bit flipped, all bits set, or drawn anew.
std::string damaged(std::string text, std::mt19937& random) {
  auto const changes = 1 + random() % 8;
  for (unsigned i = 0; i < changes; ++i) {
    auto& c = text[random() % text.size()];
    switch (random() % 3) {
      case 0:
        c = static_cast<char>(c ^ (1 << (random() % 8)));
        break;
      case 1:
        c = '\xff';
        break;
      default:
        c = static_cast<char>(random() & 0xff);
    }
  }
  return text;
}

struct sample {
  std::string folder;
  std::string file;
  reader read;
};

std::vector<sample> samples() {
  std::vector<sample> all;
  for (auto const* const name : {"lenet", "torch_residual", "torch_view", "gemm_11_scaled", "slice_13_steps"}) {
    all.push_back({"onnx", std::string(name) + ".onnx", read_onnx});
  }
  for (auto const* const name : {"lenet", "torch_view", "pad_18_axes", "slice_13_steps", "gather_13_matrix",
                                 "max_pool_ceil", "conv_groups", "reduce_mean_18"}) {
    all.push_back({"onnx", std::string(name) + ".onnx", read_network});
  }
  for (auto const* const name : {"f8_columns", "f4_big_endian", "f8_version2"}) {
    all.push_back({"npy", std::string(name) + ".npy", read_npy});
  }
  for (auto const* const name : {"stored", "packed"}) all.push_back({"npy", std::string(name) + ".npz", read_npz});
  return all;
}

void try_all(std::size_t step, std::size_t flips, std::size_t least) {
  std::size_t cases = 0;
  for (auto const& [folder, file, read] : samples()) {
    auto const good = content_of(data_folder(folder) / file);
    tally result;
    for (std::size_t cut = 0; cut < good.size(); cut += step) {
      result.take(read, good.substr(0, cut), fmt::format("{} cut at {}", file, cut));
    }
    std::mt19937 random(97);
    for (std::size_t i = 0; i < flips; ++i) {
      result.take(read, damaged(good, random), fmt::format("{} damaged, {}", file, i));
    }
    INFO(file, ": ", result.read, " read, ", result.refused, " refused");
    CHECK(result.wrong == 0);
    CHECK(result.refused > 0);
    CHECK(std::isfinite(result.sum));
    cases += result.read + result.refused;
  }
  CHECK(cases >= least);
}

}  // namespace

TEST_CASE("damaged files are refused or read: some") {
  constexpr bool memory_is_checked = !koi::detail::blocks_are_kept;  // by AddressSanitizer
  try_all(97, memory_is_checked ? 600 : 40, memory_is_checked ? 10'000 : 800);
}

TEST_CASE("damaged files are refused or read: many" * doctest::test_suite("long")) { try_all(1, 5'000, 90'000); }

TEST_CASE("a directory that nothing checks but its own lengths" * doctest::test_suite("long")) {
  // Changes in the headers alone: elsewhere the checksum sees them first.
  auto const good = content_of(data_folder("npy") / "stored.npz");
  auto const directory = good.find("PK\1\2");
  std::mt19937 random(98);
  tally result;
  for (std::size_t i = 0; i < 20'000; ++i) {
    result.take(read_npz, good.substr(0, directory) + damaged(good.substr(directory), random), fmt::format("{}", i));
  }
  CHECK(result.wrong == 0);
  CHECK(result.read > 0);
}
