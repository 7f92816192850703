// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/share_pair.hpp>

#include <koi/protocol/pond.hpp>

#include "tests/io/files.hpp"

using namespace koi_tests;
using koi::shape_type;
namespace fs = std::filesystem;

namespace {

using pond64 = koi::pond<koi::ring64, 16>;

std::vector<shape_type> const of_weights{{2}, {}};
std::string const first_id(32, 'a'), second_id(32, 'b');

/// A server's file, whose words are first, first + 1, ...
void write(fs::path const& path, unsigned party, std::uint64_t first, std::string const& id = first_id,
           std::uint64_t saved = 1'790'000'000) {
  auto text = koi::io::detail::to_text({"net", id, saved, party, 64, 16, of_weights});
  std::vector<std::uint64_t> const words{first, first + 1, first + 2};
  text.append(reinterpret_cast<char const*>(words.data()), words.size() * 8);
  auto const sum = koi::sha256(as_bytes(text));
  text.append(reinterpret_cast<char const*>(sum.data()), sum.size());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

struct pair_of_files {
  scratch_folder folder{"share_pair"};
  std::array<fs::path, 2> files{folder.path() / "zero", folder.path() / "one"};
  pair_of_files() {
    write(files[0], 0, 10);
    write(files[1], 1, 20);
  }
  [[nodiscard]] std::string refused(std::array<fs::path, 2> const& which, std::string const& model = "net",
                                    std::vector<shape_type> const& shapes = of_weights) const {
    return complaint([&] { (void)koi::io::read_share_pair<pond64>(which, model, shapes); });
  }
};

}  // namespace

TEST_CASE("share pair: each server's piece as it stands in its file") {
  pair_of_files const at;
  auto const pieces = koi::io::read_share_pair<pond64>(at.files, "net", of_weights);
  for (std::size_t j : {0U, 1U}) {
    REQUIRE(pieces[j].size() == 2);
    CHECK(pieces[j][0] == koi::tensor<koi::ring64>({2}, {10 + 10 * j, 11 + 10 * j}));
    CHECK(pieces[j][1].shape().empty());
    CHECK(*pieces[j][1].data() == 12 + 10 * j);
  }
}

TEST_CASE("share pair: what is no pair of this model is refused with the file's name") {
  pair_of_files const at;
  auto const zero = at.files[0].string(), one = at.files[1].string();
  says(at.refused({at.files[1], at.files[0]}), one + ": is the share of server 1, and that of server 0 is due: the files are swapped");
  says(at.refused({at.files[0], at.files[0]}), zero + ": is the share of server 0, and that of server 1 is due");
  says(at.refused(at.files, "other"), zero + ": is the model 'net', not 'other'");
  says(at.refused(at.files, "net", {{3}}), zero + ": holds tensors of other shapes");
  says(complaint([&] { (void)koi::io::read_share_pair<koi::pond<koi::ring32, 12>>(at.files, "net", of_weights); }),
       zero + ": holds numbers of 64 bits, 16 of them for fractions; this program computes with 32 and 12");
  auto const text = content_of(at.files[1]);
  std::ofstream(at.files[1], std::ios::binary | std::ios::trunc) << text.substr(0, text.size() - 1);
  says(at.refused(at.files), one + ": is cut or damaged");
  fs::remove(at.files[1]);
  says(at.refused(at.files), one + ": no such file");
}

TEST_CASE("share pair: of two saves the older one is named") {
  pair_of_files const at;
  write(at.files[1], 1, 20, second_id, 1'790'000'001);
  says(at.refused(at.files), at.files[0].string() + ": is of another save than " + at.files[1].string() + "'s: this one is of 1790000000 s");
  write(at.files[1], 1, 20, second_id, 1'789'999'999);
  says(at.refused(at.files), at.files[1].string() + ": is of another save than " + at.files[0].string() + "'s: this one is of 1789999999 s");
  write(at.files[1], 1, 20, second_id);
  says(at.refused(at.files), "is of another save than");
}
