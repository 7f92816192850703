// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Encoding, element-wise work and bit planes on 65,536 numbers, beside copying as many 64-bit words.
#include "bench/support/local.hpp"

#include <koi/protocol/pond.hpp>
#include <koi/tensor.hpp>

#include <memory>

namespace {

using namespace koi;

constexpr std::size_t count = 65'536;
constexpr double millions = count * 1e-6;

template <PowerOfTwoRing R>
void add_elementwise(bench::kernels& all) {
  using word = typename R::value_type;
  auto const a = std::make_shared<tensor<R>>(shape_type{count}, word{7});
  auto const b = std::make_shared<tensor<R>>(shape_type{count}, word{9});
  auto const keep = [](auto const& result) { benchmark::DoNotOptimize(result.data()); };
  auto const name = [](std::string_view operation) { return fmt::format("{}_u{}", operation, R::bits); };
  all.add(
      name("add"), "M/s", millions, [=] { keep(*a + *b); }, "copy_u64");
  all.add(
      name("add_in_place"), "M/s", millions, [=] { *a += *b; }, "copy_u64");
  all.add(
      name("mul"), "M/s", millions, [=] { keep(*a * *b); }, "copy_u64");
  all.add(
      name("shift"), "M/s", millions, [=] { keep(map(*a, [](word w) { return static_cast<word>(w >> 16); })); },
      "copy_u64");
}

}  // namespace

int main(int argc, char** argv) try {
  auto const how = bench::parse(argc, argv);
  bench::kernels all(how);
  using fixed = fixed_point<ring64, 16>;

  auto const from = std::make_shared<std::vector<std::uint64_t>>(count, 1);
  auto const to = std::make_shared<std::vector<std::uint64_t>>(count);
  all.add("copy_u64", "M/s", millions, [=] { std::memcpy(to->data(), from->data(), count * sizeof(std::uint64_t)); });

  auto const plain = std::make_shared<plain_tensor>(plain_tensor::from_shape({count}));
  for (std::size_t i = 0; i < count; ++i) plain->data()[i] = static_cast<double>(i) / 64 - 512;
  auto const ring = std::make_shared<tensor<ring64>>(encode<fixed>(*plain, "numbers"));
  all.add(
      "encode_u64", "M/s", millions, [=] { benchmark::DoNotOptimize(encode<fixed>(*plain, "numbers").data()); },
      "copy_u64");
  all.add(
      "decode_u64", "M/s", millions, [=] { benchmark::DoNotOptimize(decode<fixed>(*ring).data()); }, "copy_u64");

  add_elementwise<ring32>(all);
  add_elementwise<ring64>(all);
  add_elementwise<ring128>(all);

  auto const planes =
      std::make_shared<pond_policy::bit_planes>(pond_policy::to_planes<ring64>(ring->elements(), 0, 64));
  all.add(
      "to_planes_u64", "M/s", millions,
      [=] { benchmark::DoNotOptimize(pond_policy::to_planes<ring64>(ring->elements(), 0, 64).bytes().data()); },
      "copy_u64");
  all.add(
      "from_plane_u64", "M/s", millions,
      [=] {
        tensor<ring64> out({count});
        pond_policy::from_plane<ring64>((*planes)[0], out.elements());
        benchmark::DoNotOptimize(out.data());
      },
      "copy_u64");
  all.run();
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
