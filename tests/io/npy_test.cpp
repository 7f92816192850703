// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/npy.hpp>

#include "tests/io/files.hpp"

#include <cmath>
#include <cstring>
#include <limits>

using namespace koi_tests;

namespace {

koi::shape_type shape_of(koi::plain_tensor const& x) { return {x.shape().begin(), x.shape().end()}; }

/// Element i as tests/data/npy/make_npy_files.py makes it.
double expected(char kind, std::size_t i) {
  auto const number = static_cast<double>(i);
  if (kind == 'f') return (number - 11) * 0.375;
  if (kind == 'i') return number - 11;
  return kind == 'u' ? 10 * number : (i % 3 == 0 ? 1.0 : 0.0);
}

/// A version 1 file of this header, however wrong.
std::string file_of(std::string const& header, std::string const& data = {}) {
  std::string text = "\x93NUMPY";
  text += {'\1', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  return text + header + data;
}

std::string dictionary(std::string const& descr, std::string const& shape) {
  return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }\n";
}

std::string refused(std::string const& text) {
  return complaint([&] { (void)koi::io::parse_npy(as_bytes(text), "x.npy"); });
}

}  // namespace

TEST_CASE("read_npy: every type, byte order, order of elements and version that numpy writes") {
  for (std::string const name : {"b1",
                                 "f2",
                                 "f4",
                                 "f8",
                                 "i1",
                                 "i2",
                                 "i4",
                                 "i8",
                                 "u1",
                                 "u2",
                                 "u4",
                                 "u8",
                                 "f2_big_endian",
                                 "f4_big_endian",
                                 "f8_big_endian",
                                 "i2_big_endian",
                                 "i8_big_endian",
                                 "u4_big_endian",
                                 "f8_columns",
                                 "f4_columns_big_endian",
                                 "f8_version2",
                                 "f8_version3",
                                 "f8_vector24",
                                 "f8_shape_3_1_1_2_2_2"}) {
    INFO(name);
    auto const array = koi::io::read_npy(data_folder("npy") / (name + ".npy"));
    auto const shape = name == "f8_vector24"            ? koi::shape_type{24}
                       : name == "f8_shape_3_1_1_2_2_2" ? koi::shape_type{3, 1, 1, 2, 2, 2}
                                                        : koi::shape_type{2, 3, 4};
    REQUIRE(shape_of(array) == shape);
    for (std::size_t i = 0; i < array.size(); ++i) CHECK(array.data()[i] == expected(name[0], i));
  }
}

TEST_CASE("read_npy: a scalar and an empty array") {
  auto const scalar = koi::io::read_npy(data_folder("npy") / "f8_scalar.npy");
  CHECK(scalar.dimension() == 0);
  CHECK(scalar() == -4.125);
  CHECK(shape_of(koi::io::read_npy(data_folder("npy") / "f8_empty_3_0_2.npy")) == koi::shape_type{3, 0, 2});
}

TEST_CASE("parse_npy: halves at the edges of their range") {
  auto const number = [](std::uint16_t bits) { return koi::io::detail::from_half(bits); };
  CHECK(number(0x0001) == std::ldexp(1.0, -24));
  CHECK(number(0x03ff) == std::ldexp(1023.0, -24));
  CHECK(number(0x0400) == std::ldexp(1.0, -14));
  CHECK(number(0x7bff) == 65504);
  CHECK(number(0xfc00) == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(number(0x7e00)));
  CHECK(std::signbit(number(0x8000)));
}

TEST_CASE("write_npy: what was written is read, and the file takes the place of another as a whole") {
  scratch_folder const folder("npy_test");
  auto const path = folder.path() / "x.npy";
  for (auto const& shape : {koi::shape_type{}, {5}, {2, 3, 4}, {4, 0}, {1, 1, 1, 1, 2, 1, 3}}) {
    koi::plain_tensor array = koi::plain_tensor::from_shape(shape);
    for (std::size_t i = 0; i < array.size(); ++i) array.data()[i] = 0.1 * static_cast<double>(i) - 3;
    koi::io::write_npy(path, array);
    auto const again = koi::io::read_npy(path);
    CHECK(shape_of(again) == shape);
    CHECK(std::equal(array.data(), array.data() + array.size(), again.data()));
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);

  says(complaint([&] { koi::io::write_npy(folder.path() / "nowhere" / "x.npy", koi::plain_tensor{1.0}); }),
       "cannot be created");
  std::filesystem::create_directory(folder.path() / "taken");
  says(complaint([&] { koi::io::write_npy(folder.path() / "taken", koi::plain_tensor{1.0}); }), "cannot be replaced");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("write_npy: the bytes are numpy's own") {
  koi::plain_tensor array = koi::plain_tensor::from_shape({2, 3, 4});
  for (std::size_t i = 0; i < array.size(); ++i) array.data()[i] = expected('f', i);
  CHECK(as_text(koi::io::format_npy(array)) == content_of(data_folder("npy") / "f8.npy"));
}

TEST_CASE("read_npy: every way of being wrong has its own words") {
  auto const npy = data_folder("npy");
  auto const read = [&](std::string const& name) {
    return complaint([&] { (void)koi::io::read_npy(npy / name, 1000); });
  };
  says(read("nowhere.npy"), "nowhere.npy: no such file");
  says(read("."), "not a file");
  says(read("pickled.npy"), "pickled.npy: npy header: pickled objects are not read");
  says(read("fields.npy"), "elements with fields are not read");
  says(read("text.npy"), "elements of type '<U2' are not read");
  says(read("complex.npy"), "elements of type '<c16' are not read");
  says(complaint([&] { (void)koi::io::read_npy(npy / "f8.npy", 319); }), "320 bytes, more than 319");

  says(refused(""), "x.npy: not an npy file");
  says(refused("\x93NUMPZ\1"), "not an npy file");
  says(refused("\x93NUMPY\1"), "cut within its npy header");
  auto const good = content_of(npy / "f8.npy");
  CHECK(refused(good) == "none");
  says(refused(good.substr(0, 9)), "cut within its npy header");
  says(refused(good.substr(0, 100)), "cut within its npy header");
  says(refused(good.substr(0, 200)), "cut, 72 of the 192 bytes of [2,3,4] are there");
  says(refused(good + "x"), "more follows behind the 192 bytes of [2,3,4]");
  auto version = good;
  version[6] = 4;
  says(refused(version), "npy version 4.0");
  auto const version2 = content_of(npy / "f8_version2.npy");
  says(refused(version2.substr(0, 11)), "cut within its npy header");
}

TEST_CASE("parse_npy: the header is read strictly") {
  std::string const eight(8, '\0');
  CHECK(refused(file_of(dictionary("'<f8'", "(1,)"), eight)) == "none");
  CHECK(refused(file_of("{\"shape\": (1L,), \"fortran_order\": True, \"descr\": \"=f8\"}", eight)) == "none");
  says(refused(file_of("")), "no { where one is due");
  says(refused(file_of("{}")), "not all of descr, fortran_order and shape");
  says(refused(file_of("{'descr': '<f8', 'shape': (), 'shape': ()}")), "the key 'shape' twice");
  says(refused(file_of("{'descr': '<f8', 'size': 1}")), "an unknown key 'size'");
  says(refused(file_of("{'descr': '<f8")), "a string without an end");
  says(refused(file_of("{'descr': <f8}")), "no string where one is due");
  says(refused(file_of("{'descr' '<f8'}")), "no : where one is due");
  says(refused(file_of("{'fortran_order': 1}")), "neither True nor False");
  says(refused(file_of("{'shape': 3}")), "no ( where one is due");
  says(refused(file_of("{'shape': (3)}")), "not a tuple");
  says(refused(file_of("{'shape': (3, x)}")), "no extent where one is due");
  says(refused(file_of("{'shape': (-3,)}")), "no extent where one is due");
  says(refused(file_of("{'shape': (3, 4")), "no ) where one is due");
  says(refused(file_of(dictionary("'<f8'", "(1,)") + "{}", eight)), "text behind the dictionary");
  says(refused(file_of(dictionary("'f8'", "(1,)"), eight)), "elements of type 'f8' are not read");
  says(refused(file_of(dictionary("''", "(1,)"), eight)), "elements of type '' are not read");
  says(refused(file_of(dictionary("'<f16'", "(1,)"), eight)), "elements of type '<f16' are not read");
  says(refused(file_of(dictionary("'\1\x7f'", "(1,)"), eight)), "elements of type '\\x01\\x7f' are not read");
}

TEST_CASE("parse_npy: absurd shapes are refused before memory is taken") {
  says(refused(file_of(dictionary("'<f8'", "(1000000000,)"))), "cut, 0 of the 8000000000 bytes");
  says(refused(file_of(dictionary("'<f8'", "(4294967296, 4294967296)"))), "has too many elements");
  says(refused(file_of(dictionary("'<f8'", "(0, 4294967296, 4294967296)"))), "has too many elements");
  says(refused(file_of(dictionary("'<f8'", "(18446744073709551615, 3)"))), "has too many elements");
  says(refused(file_of(dictionary("'<f8'", "(18446744073709551616,)"))), "an extent beyond 64 bits");
  std::string many = "(";
  for (int i = 0; i < 65; ++i) many += "1,";
  says(refused(file_of(dictionary("'<f8'", many + ")"), std::string(8, '\0'))), "more than 64 dimensions");
}

TEST_CASE("parse_npy: integers that a double cannot hold are refused") {
  auto const with = [](auto value, std::string const& descr) {
    std::string data(sizeof(value), '\0');
    std::memcpy(data.data(), &value, sizeof(value));
    return refused(file_of(dictionary(descr, "(1,)"), data));
  };
  CHECK(with(std::int64_t{1} << 53, "'<i8'") == "none");
  CHECK(with(-(std::int64_t{1} << 53), "'<i8'") == "none");
  says(with((std::int64_t{1} << 53) + 1, "'<i8'"), "element 0 is an integer beyond 2^53");
  says(with(std::numeric_limits<std::int64_t>::min(), "'<i8'"), "beyond 2^53");
  says(with(std::numeric_limits<std::uint64_t>::max(), "'<u8'"), "beyond 2^53");
}
