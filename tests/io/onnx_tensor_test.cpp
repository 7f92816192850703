// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/tensor.hpp>

#include <koi/io/onnx/read.hpp>

#include "tests/io/files.hpp"
#include "tests/io/onnx_bytes.hpp"

using namespace koi_tests;
namespace onnx = koi::io::onnx;
using ints = std::vector<std::int64_t>;
using reals = std::vector<double>;

namespace {

/// A tensor of a model that has only it as a constant.
onnx::tensor tensor_of(std::vector<std::int64_t> const& dims, int type, std::function<void(pbf&)> const& data) {
  graph_parts parts;
  parts.initializers = {tensor_proto("w", dims, type, data)};
  return onnx::parse_model(as_bytes(model_proto(parts)), "x.onnx").graph.initializers.at("w");
}

std::string tensor_refused(std::vector<std::int64_t> const& dims, int type, std::function<void(pbf&)> const& data) {
  return complaint([&] { (void)tensor_of(dims, type, data); });
}

}  // namespace

TEST_CASE("tensors: every type, as raw bytes and as a list") {
  using onnx::element_type;
  CHECK(tensor_of({2}, 1, raw<float>({0.5F, -3})).reals() == reals{0.5, -3});
  CHECK(tensor_of({2}, 1, packed<float>(4, {0.5F, -3})).reals() == reals{0.5, -3});
  CHECK(tensor_of({1}, 1, [](pbf& w) { w.add_float(4, 0.5F); }).reals() == reals{0.5});
  CHECK(tensor_of({2}, 11, raw<double>({0.1, -3})).reals() == reals{0.1, -3});
  CHECK(tensor_of({2}, 11, packed<double>(10, {0.1, -3})).reals() == reals{0.1, -3});
  CHECK(tensor_of({1}, 11, [](pbf& w) { w.add_double(10, 0.5); }).reals() == reals{0.5});
  CHECK(tensor_of({2}, 10, raw<std::uint16_t>({0x3c00, 0xc000})).reals() == reals{1, -2});
  CHECK(tensor_of({2}, 10, packed<std::int64_t>(5, {0x3c00, 0xc000})).reals() == reals{1, -2});
  CHECK(tensor_of({2}, 16, raw<std::uint16_t>({0x3f80, 0xc040})).reals() == reals{1, -3});
  CHECK(tensor_of({2}, 2, raw<std::uint8_t>({0, 255})).ints() == ints{0, 255});
  CHECK(tensor_of({2}, 3, raw<std::int8_t>({-128, 127})).ints() == ints{-128, 127});
  CHECK(tensor_of({2}, 3, packed<std::int64_t>(5, {-128, 127})).ints() == ints{-128, 127});
  CHECK(tensor_of({1}, 4, raw<std::uint16_t>({65535})).ints() == ints{65535});
  CHECK(tensor_of({1}, 5, raw<std::int16_t>({-32768})).ints() == ints{-32768});
  CHECK(tensor_of({1}, 6, raw<std::int32_t>({-7})).ints() == ints{-7});
  CHECK(tensor_of({1}, 6, [](pbf& w) { w.add_int32(5, -7); }).ints() == ints{-7});
  CHECK(tensor_of({2}, 7, raw<std::int64_t>({-1, std::int64_t{1} << 62})).ints() == ints{-1, std::int64_t{1} << 62});
  CHECK(tensor_of({2}, 7, packed<std::int64_t>(7, {-1, 5})).ints() == ints{-1, 5});
  CHECK(tensor_of({1}, 9, raw<std::uint8_t>({1})).ints() == ints{1});
  CHECK(tensor_of({1}, 12, raw<std::uint32_t>({4'000'000'000U})).ints() == ints{4'000'000'000});
  CHECK(tensor_of({1}, 12, packed<std::uint64_t>(11, {4'000'000'000U})).ints() == ints{4'000'000'000});
  CHECK(tensor_of({1}, 13, raw<std::uint64_t>({5})).ints() == ints{5});

  auto const scalar = tensor_of({}, 1, raw<float>({2}));
  CHECK(scalar.plain()() == 2);
  CHECK(tensor_of({0, 3}, 1, [](pbf&) {}).reals().empty());
  auto const table = tensor_of({2, 2}, 7, raw<std::int64_t>({1, 2, 3, 4})).plain();
  CHECK(table(1, 0) == 3);
  says(complaint([] { (void)tensor_of({1}, 7, raw<std::int64_t>({(std::int64_t{1} << 53) + 1})).plain(); }),
       "beyond 2^53");
  says(complaint([] { (void)tensor_of({1}, 7, raw<std::int64_t>({1})).reals(); }),
       "initializer 'w': elements are int64, floats are expected");
  says(complaint([] { (void)tensor_of({1}, 1, raw<float>({1})).ints(); }),
       "elements are float32, integers are expected");
}

TEST_CASE("tensors: every way of being wrong has its own words") {
  auto const two = raw<float>({1, 2});
  says(tensor_refused({3}, 1, two), "x.onnx: initializer 'w': 8 bytes of data where its shape needs 12");
  says(tensor_refused({1}, 1, two), "8 bytes of data where its shape needs 4");
  says(tensor_refused({2}, 1, [](pbf&) {}), "0 numbers of data where its shape needs 2");
  says(tensor_refused({2}, 1, packed<float>(4, {1, 2, 3})), "3 numbers of data where its shape needs 2");
  says(tensor_refused({2}, 1, packed<std::int64_t>(7, {1, 2})), "its data stands in a field of another type");
  says(tensor_refused({2}, 1, [&](pbf& w) { two(w), packed<float>(4, {1, 2})(w); }), "in a field of another type");
  says(tensor_refused({-2}, 1, two), "an extent of -2");
  says(tensor_refused({std::int64_t{1} << 40, std::int64_t{1} << 40}, 1, two), "has too many elements");
  says(tensor_refused({0, std::int64_t{1} << 62}, 1, [](pbf&) {}), "has too many elements");
  says(tensor_refused({1'000'000'000}, 1, two), "8 bytes of data where its shape needs 4000000000");
  says(tensor_refused(std::vector<std::int64_t>(65, 1), 1, two), "65 dimensions, more than 64");
  says(tensor_refused({2}, 0, two), "elements of no type are not read");
  says(tensor_refused({2}, 8, [](pbf& w) { w.add_string(6, "a"); }), "tensors of strings are not read");
  says(tensor_refused({2}, 14, two), "elements of complex64 are not read");
  says(tensor_refused({2}, 17, two), "elements of type 17 are not read");
  says(tensor_refused({1}, 2, packed<std::int64_t>(5, {256})), "a number that its type cannot hold");
  says(tensor_refused({1}, 10, packed<std::int64_t>(5, {-1})), "a number that its type cannot hold");
  says(tensor_refused({1}, 13, raw<std::uint64_t>({~std::uint64_t{0}})), "an unsigned number beyond 63 bits");
  says(tensor_refused({1}, 1, [](pbf& w) { w.add_int32(14, 1); }), "external data is not read");
  says(tensor_refused({1}, 1, [](pbf& w) { w.add_message(13, std::string()); }), "external data is not read");
  says(tensor_refused({1}, 1, [](pbf& w) { w.add_message(3, std::string()); }), "tensors in segments are not read");
  says(tensor_refused({1}, 1, [](pbf& w) { w.add_string(4, "abc"); }), "cut or damaged: field 4: invalid length");
}

TEST_CASE("tensors: withheld ones have a shape and no numbers") {
  auto const noted = [](
                         std::string const& note, std::function<void(pbf&)> const& data = [](pbf&) {}) {
    return [=](pbf& w) { data(w), w.add_string(12, note); };
  };
  std::string const note = "withheld by its owner";
  auto const w = tensor_of({2, 3}, 1, noted(note));
  CHECK(w.withheld);
  CHECK(w.is_real());
  CHECK(w.shape == koi::shape_type{2, 3});
  says(complaint([&] { (void)w.reals(); }), "initializer 'w': withheld by its owner: this file has no weights");
  says(complaint([&] { (void)w.plain(); }), "this file has no weights");
  CHECK(tensor_of({1 << 20, 1 << 20}, 10, noted(note)).withheld);
  CHECK(!tensor_of({1}, 1, noted(note, raw<float>({2}))).withheld);
  says(tensor_refused({2}, 1, noted("Withheld by its owner")), "0 numbers of data where its shape needs 2");
  auto const i = tensor_of({2}, 7, noted(note));
  CHECK(i.withheld);
  CHECK(!i.is_real());
  says(complaint([&] { (void)i.ints(); }), "this file has no weights");
  says(tensor_refused({2}, 8, noted(note)), "elements of string are not read");
  says(tensor_refused({2}, 1, noted(note, packed<std::int64_t>(7, {1, 2}))), "in a field of another type");
}
