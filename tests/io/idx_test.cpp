// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/idx.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <numeric>
#include <string>

namespace {

/// A folder of this test's own, removed at the end.
class scratch_folder {
 public:
  scratch_folder() : path_(std::filesystem::temp_directory_path() / ("koi_idx_test." + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;
  ~scratch_folder() { std::filesystem::remove_all(path_); }

  std::filesystem::path write(std::string const& name, std::string const& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string word(unsigned value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string header(char type, std::vector<unsigned> const& shape) {
  std::string text{0, 0, type, static_cast<char>(shape.size())};
  for (auto const extent : shape) text += word(extent);
  return text;
}

std::string sample(std::size_t n) {
  std::string text(n, '\0');
  std::iota(text.begin(), text.end(), '\1');
  return text;
}

std::string packed(std::string const& content) {
  std::string result(content.size() + 1000, '\0');
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<unsigned>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<unsigned>(result.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

std::string complaint(std::filesystem::path const& path, std::size_t rank, std::size_t max_bytes = 1000) {
  try {
    (void)koi::load_idx(path, rank, max_bytes);
  } catch (koi::bad_option const& e) {
    return e.what();
  }
  return "none";
}

void says(std::string const& text, std::string const& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("load_idx: the same array from a plain and a packed file, whatever the name") {
  scratch_folder const folder;
  auto const content = header(8, {2, 3, 4}) + sample(24);

  for (auto const& path : {folder.write("plain", content), folder.write("plain.gz", content),
                           folder.write("packed", packed(content)), folder.write("packed.gz", packed(content))}) {
    auto const array = koi::load_idx(path, 3);
    CHECK(array.shape == koi::shape_type{2, 3, 4});
    CHECK(std::string(array.bytes.begin(), array.bytes.end()) == sample(24));
  }
}

TEST_CASE("load_idx: a file larger than its buffer, and an empty array") {
  scratch_folder const folder;
  std::string noise(300'000, '\0');
  std::uint32_t state = 1;
  for (auto& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  auto const content = header(8, {300'000}) + noise;

  for (auto const& path : {folder.write("plain", content), folder.write("packed", packed(content))}) {
    auto const array = koi::load_idx(path, 1);
    CHECK(std::string(array.bytes.begin(), array.bytes.end()) == noise);
  }
  CHECK(koi::load_idx(folder.write("none", header(8, {0, 7})), 2).bytes.empty());
}

TEST_CASE("load_idx: every way of being wrong has its own words") {
  scratch_folder const folder;
  auto const good = header(8, {2, 3}) + sample(6);
  auto const gz = packed(good);

  says(complaint(folder.path() / "nowhere.gz", 2), "nowhere.gz: no such file");
  says(complaint(folder.path(), 2), "not a file");
  says(complaint(folder.write("a", ""), 2), "not an idx file");
  says(complaint(folder.write("b", "hello, world"), 2), "not an idx file");
  says(complaint(folder.write("c", packed("hello, world")), 2), "not an idx file");
  says(complaint(folder.write("d", header(13, {2, 3}) + sample(24)), 2), "type 0x0d");
  says(complaint(folder.write("e", good), 3), "rank 2, expected 3");
  says(complaint(folder.write("f", good.substr(0, 10)), 2), "cut within its 2 sizes");
  says(complaint(folder.write("g", good.substr(0, 15)), 2), "cut, 3 of the 6 bytes of [2,3]");
  says(complaint(folder.write("h", good + "x"), 2), "more follows");
  says(complaint(folder.write("i", packed(good + "x")), 2), "more follows");
  says(complaint(folder.write("j", gz + "x"), 2), "more follows");
  says(complaint(folder.write("k", gz.substr(0, gz.size() / 2)), 2), "cut gzip file");
  says(complaint(folder.write("m", gz.substr(0, gz.size() - 1)), 2), "cut gzip file");

  auto damaged = gz;
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);
  says(complaint(folder.write("l", damaged), 2), "damaged gzip file");
}

TEST_CASE("load_idx: sizes are checked before memory is taken") {
  scratch_folder const folder;
  says(complaint(folder.write("a", header(8, {1001})), 1), "more than 1000 bytes");
  says(complaint(folder.write("b", header(8, {0xffffffff, 0xffffffff, 0xffffffff})), 3), "more than");
  says(complaint(folder.write("c", header(8, {0, 0xffffffff})), 2), "more than");
  CHECK(complaint(folder.write("d", header(8, {1000}) + sample(1000)), 1) == "none");
}

TEST_CASE("load_idx: memory is taken as the bytes come") {
  scratch_folder const folder;
  // more than an address space holds
  auto const most = std::size_t{1} << 62;
  says(complaint(folder.write("a", header(8, {1u << 31, 1u << 29}) + sample(5)), 2, most), "cut, 5 of the 1152921504606846976 bytes");
}
