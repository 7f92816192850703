// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/npz.hpp>

#include "tests/io/files.hpp"

using namespace koi_tests;
using koi::io::zip_packing;

namespace {

std::string refused(std::string const& text, koi::io::npz_limits const& limits = {}) {
  return complaint([&] { (void)koi::io::parse_npz(as_bytes(text), "x.npz", limits); });
}

/// `text` with the bytes of `word` at `at`.
template <class Word>
std::string with(std::string text, std::size_t at, Word word) {
  REQUIRE(at + sizeof(word) <= text.size());
  std::memcpy(text.data() + at, &word, sizeof(word));
  return text;
}

/// Where a header of the kind "PK" + two bytes begins.
std::size_t header_at(std::string const& text, char const* kind, std::size_t from = 0) {
  auto const at = text.find(std::string("PK") + kind, from);
  REQUIRE(at != std::string::npos);
  return at;
}
constexpr auto local = "\3\4";
constexpr auto entry = "\1\2";
constexpr auto ending = "\5\6";

std::string one_member(std::string const& name, std::string const& content, zip_packing packing) {
  koi::io::zip_writer writer;
  writer.add(name, as_bytes(content), packing);
  return as_text(writer.finish());
}

/// The archive with a zip64 end, and -1 in the old one, as a large archive has it.
std::string widened(std::string const& text) {
  auto const at = header_at(text, ending);
  auto const read = [&](std::size_t where, std::size_t bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, text.data() + at + where, bytes);
    return value;
  };
  std::vector<std::byte> end;
  koi::append<std::uint32_t>(end, 0x06064b50);
  for (auto const word : {std::uint64_t{44}, std::uint64_t{45}, std::uint64_t{0}}) koi::append(end, word);
  end.resize(24);
  for (auto const word : {read(10, 2), read(10, 2), read(12, 4), read(16, 4)}) koi::append(end, word);
  koi::append<std::uint32_t>(end, 0x07064b50);
  koi::append<std::uint32_t>(end, 0);
  koi::append<std::uint64_t>(end, at);
  koi::append<std::uint32_t>(end, 1);
  auto old = with(with(text.substr(at), 10, std::uint16_t{0xffff}), 12, ~std::uint64_t{0});
  return text.substr(0, at) + as_text(end) + old;
}

}  // namespace

TEST_CASE("read_npz: what numpy.savez and numpy.savez_compressed write, in their order") {
  for (std::string const name : {"stored", "packed"}) {
    INFO(name);
    auto const arrays = koi::io::read_npz(data_folder("npy") / (name + ".npz"));
    std::vector<std::string> names;
    for (auto const& [each, array] : arrays) names.push_back(each);
    std::vector<std::string> due{"weights", "bias", "arr_10", "arr_2"};
    if (name == "packed") due.emplace_back("zeros");
    CHECK(names == due);

    auto const& weights = arrays.at("weights");
    REQUIRE(weights.dimension() == 2);
    CHECK(weights.shape()[0] == 4);
    CHECK(weights(1, 2) == (8 - 11) * 0.375);
    CHECK(arrays.at("bias")(1, 0) == (3 - 11) * 0.375);
    CHECK(arrays.at("arr_10")(1, 2, 3) == 12);
    CHECK(arrays.at("arr_2")(1, 2, 3) == 230);
    if (name == "packed") CHECK(arrays.at("zeros").size() == 2500);
    CHECK(arrays.find("nothing") == nullptr);
    says(complaint([&] { (void)arrays.at("nothing"); }), "no array called 'nothing'");
  }
  CHECK(koi::io::read_npz(data_folder("npy") / "none.npz").empty());
}

TEST_CASE("write_npz: what was written is read, stored or packed, with the same bytes each time") {
  scratch_folder const folder("npz_test");
  koi::plain_tensor large = koi::plain_tensor::from_shape({300, 100});
  for (std::size_t i = 0; i < large.size(); ++i) large.data()[i] = static_cast<double>(i % 17) - 8;
  koi::io::named_arrays const arrays{{"b", large}, {"a", koi::plain_tensor{1.5, -2.0}}, {"caf\xc3\xa9", large}};

  for (auto const packing : {zip_packing::stored, zip_packing::deflated}) {
    auto const path = folder.path() / "x.npz";
    koi::io::write_npz(path, arrays, packing);
    auto const first = content_of(path);
    koi::io::write_npz(path, arrays, packing);
    CHECK(content_of(path) == first);
    CHECK((first.size() < 100'000) == (packing == zip_packing::deflated));

    auto const again = koi::io::read_npz(path);
    REQUIRE(again.size() == 3);
    CHECK(again.begin()->first == "b");
    CHECK(again.at("b") == large);
    CHECK(again.at("a") == koi::plain_tensor{1.5, -2.0});
    CHECK(again.at("caf\xc3\xa9") == large);
  }
  says(complaint([] { koi::io::named_arrays({{"a", {}}, {"a", {}}}); }), "two arrays called 'a'");
}

TEST_CASE("zip: members of no bytes, and names that are refused") {
  for (auto const packing : {zip_packing::stored, zip_packing::deflated}) {
    auto const text = one_member("empty", "", packing);
    auto const members = koi::io::zip_members(as_bytes(text), "x.zip");
    REQUIRE(members.size() == 1);
    CHECK(koi::io::unzip(members[0], "empty").empty());
  }
  koi::io::zip_writer writer;
  says(complaint([&] { writer.add("", {}, zip_packing::stored); }), "cannot be called ''");
  says(complaint([&] { writer.add(std::string_view("a\0b", 3), {}, zip_packing::stored); }), "cannot be called");
  writer.add("a", {}, zip_packing::stored);
  says(complaint([&] { writer.add("a", {}, zip_packing::stored); }), "two members called 'a'");
}

TEST_CASE("zip: comments and zip64 ends") {
  auto const good = content_of(data_folder("npy") / "packed.npz");
  auto const end = header_at(good, ending);
  CHECK(refused(with(good, end + 20, std::uint16_t{5}) + "hello") == "none");
  CHECK(refused(widened(good)) == "none");
  auto const wide = widened(good);
  auto const locator = header_at(wide, "\6\7");
  says(refused(with(wide, locator + 8, std::uint64_t{1} << 60)), "its zip64 end is not where it should be");
  says(refused(with(wide, locator + 8, std::uint64_t{3})), "its zip64 end is not where it should be");
  says(refused(with(wide, header_at(wide, "\6\6") + 40, ~std::uint64_t{0})), "its directory is not where it should be");
}

TEST_CASE("zip: zip64 sizes of a member") {
  auto const content = as_text(koi::io::format_npy(koi::plain_tensor{1.0, 2.0}));
  auto const good = one_member("a.npy", content, zip_packing::stored);
  auto const at = header_at(good, entry);
  auto const size = static_cast<std::uint64_t>(content.size());

  // The entry with its sizes moved to 20 extra bytes, and the end adjusted.
  auto const moved = [&](std::uint16_t id, std::uint16_t length) {
    std::vector<std::byte> extra;
    koi::append(extra, id);
    koi::append(extra, length);
    koi::append(extra, size);
    koi::append(extra, size);
    auto text = with(with(good, at + 20, ~std::uint64_t{0}), at + 30, std::uint16_t{20});
    text.insert(at + 46 + 5, as_text(extra));
    auto const end = header_at(text, ending);
    return with(text, end + 12, static_cast<std::uint32_t>(end - at));
  };
  CHECK(refused(moved(1, 16)) == "none");
  says(refused(moved(1, 8)), "the zip64 sizes of 'a.npy' are cut");
  says(refused(moved(2, 16)), "the zip64 sizes of 'a.npy' are missing");
  says(refused(moved(1, 17)), "the zip64 sizes of 'a.npy' are missing");
}

TEST_CASE("read_npz: every way of being wrong has its own words, with file and member") {
  auto const good = content_of(data_folder("npy") / "packed.npz");
  auto const at = header_at(good, entry);
  CHECK(refused(good) == "none");
  says(refused(""), "x.npz: zip: not a zip archive, or cut");
  says(refused(good.substr(0, good.size() - 1)), "not a zip archive, or cut");
  says(refused(good + "x"), "not a zip archive, or cut");
  says(refused(content_of(data_folder("npy") / "f8.npy")), "not a zip archive, or cut");
  says(complaint([] { (void)koi::io::read_npz("nowhere.npz"); }), "nowhere.npz: no such file");

  says(refused(with(good, at + 8, std::uint16_t{1})), "'weights.npy' is encrypted");
  says(refused(with(good, at + 10, std::uint16_t{12})), "'weights.npy' is packed by method 12");
  says(refused(with(good, at + 16, std::uint32_t{1})), "x.npz: 'weights.npy': its checksum is wrong");
  says(refused(with(good, at + 42, std::uint32_t{1})), "'weights.npy' is not where the directory says");
  says(refused(with(good, at + 42, std::uint32_t{0x7fffffff})), "'weights.npy' is not where the directory says");
  says(refused(with(good, at + 20, std::uint32_t{0x7fffffff})), "'weights.npy' is cut");
  says(refused(with(good, at + 24, std::uint32_t{0x7fffffff})), "says that it holds 2147483647 bytes");
  says(refused(with(good, at, std::uint32_t{0})), "its directory is damaged");
  says(refused(with(good, at + 30, std::uint16_t{0xffff})), "its directory is damaged");
  auto const data = header_at(good, local) + 30 + std::string_view("weights.npy").size() + 20;
  says(refused(with(good, data, std::uint32_t{0xffffffff})), "x.npz: 'weights.npy': its packed bytes are damaged");

  auto const end = header_at(good, ending);
  says(refused(with(good, end + 4, std::uint16_t{1})), "in several parts");
  says(refused(with(good, end + 16, std::uint32_t{0x7fffffff})), "its directory is not where it should be");
  says(refused(with(good, end + 10, std::uint16_t{1})), "more in it than its members");
  says(refused(with(good, end + 10, std::uint16_t{6})), "its directory is damaged");

  says(refused(one_member("a.txt", "hello", zip_packing::stored)), "'a.txt' is not an array");
  says(refused(one_member(".npy", "hello", zip_packing::stored)), "'.npy' is not an array");
  says(refused(one_member("a.npy", "hello", zip_packing::deflated)), "x.npz: 'a.npy': not an npy file");
  auto const pickled = content_of(data_folder("npy") / "pickled.npy");
  says(refused(one_member("p.npy", pickled, zip_packing::deflated)), "x.npz: 'p.npy': npy header: pickled objects");
}

TEST_CASE("read_npz: sizes that do not fit the packed bytes") {
  std::string const zeros(10'000, '\0');
  for (auto const packing : {zip_packing::stored, zip_packing::deflated}) {
    auto const good = one_member("a.npy", zeros, packing);
    auto const size_at = header_at(good, entry) + 24;
    auto const wanted = packing == zip_packing::stored ? "says that it holds" : "its packed bytes are damaged";
    says(refused(with(good, size_at, std::uint32_t{9'999})), wanted);
    says(refused(with(good, size_at, std::uint32_t{10'001})), wanted);
  }
}

TEST_CASE("read_npz: two members of one name, and two that share bytes") {
  koi::io::zip_writer writer;
  auto const content = as_text(koi::io::format_npy(koi::plain_tensor{1.0}));
  writer.add("a.npy", as_bytes(content), zip_packing::stored);
  writer.add("b.npy", as_bytes(content), zip_packing::stored);
  auto const good = as_text(writer.finish());
  CHECK(refused(good) == "none");

  auto const second = header_at(good, entry, header_at(good, entry) + 1);
  auto twins = with(good, second + 46, 'a');
  says(refused(with(twins, second + 42, std::uint32_t{0})), "two members are called 'a.npy'");
  auto const inner = header_at(good, local, 1);
  auto shared = with(good, header_at(good, entry) + 20, static_cast<std::uint32_t>(inner));  // reaches into the second
  shared = with(shared, header_at(good, entry) + 24, static_cast<std::uint32_t>(inner));
  says(refused(shared), "two members share bytes");
}

TEST_CASE("read_npz: limits come before memory is taken") {
  auto const good = content_of(data_folder("npy") / "packed.npz");
  CHECK(refused(good, {.max_bytes = 30'000, .max_arrays = 5}) == "none");
  says(refused(good, {.max_bytes = 20'000}), "more than 20000 bytes unpacked");
  says(refused(good, {.max_arrays = 4}), "5 members, more than 4");
  auto const end = header_at(good, ending);
  says(refused(with(good, end + 10, std::uint16_t{60'000})), "60000 members, more than 10000");

  // bytes that become doubles
  std::string small = "\x93NUMPY\1";
  small += std::string(1, '\0') + "v" + std::string(1, '\0');
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4000,), }";
  header.resize(117, ' ');
  small += header + "\n" + std::string(4000, '\1');
  koi::io::zip_writer two;
  two.add("a.npy", as_bytes(small), zip_packing::deflated);
  two.add("b.npy", as_bytes(small), zip_packing::deflated);
  auto const bytes = as_text(two.finish());
  CHECK(refused(bytes, {.max_bytes = 64'000}) == "none");
  says(refused(bytes, {.max_bytes = 63'999}), "x.npz: 'b.npy': the doubles of [4000] take more than 31999 bytes");
  says(refused(bytes, {.max_bytes = 31'999}), "x.npz: 'a.npy': the doubles of [4000] take more than 31999 bytes");
  says(complaint([] { (void)koi::io::read_npz(data_folder("npy") / "packed.npz", {.max_bytes = 100}); }),
       "more than 100");
}
