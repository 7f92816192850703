// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/weights.hpp>

#include "tests/io/files.hpp"

using namespace koi_tests;

namespace {

std::vector<koi::plain_tensor> const weights{{{1, 2, 3}, {4, 5, 6}}, {0.5, -1, 2}};
std::vector<koi::shape_type> const shapes{{2, 3}, {3}};

}  // namespace

TEST_CASE("weights: written and read, more than ten of them too") {
  scratch_folder const folder("weights");
  auto const file = folder.path() / "w.npz";
  koi::io::write_weights(file, weights);
  CHECK(koi::io::read_weights(file, shapes) == weights);
  CHECK(koi::io::read_npz(file).at("arr_1") == weights[1]);

  std::vector<koi::plain_tensor> many;
  for (int i = 0; i < 12; ++i) many.push_back({double(i)});
  koi::io::write_weights(file, many);
  CHECK(koi::io::read_weights(file, std::vector<koi::shape_type>(12, {1})) == many);
}

TEST_CASE("weights: a file that only its owner may use, whatever stood there before") {
  scratch_folder const folder("weights");
  auto const file = folder.path() / "w.npz";
  koi::io::write_npz(file, {{"arr_0", weights[0]}});
  std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  koi::io::write_weights(file, weights);
  CHECK(std::filesystem::status(file).permissions() == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("weights: the numbers in numpy's names count before the order in the file, other names do not") {
  scratch_folder const folder("weights");
  auto const file = folder.path() / "w.npz";
  koi::io::write_npz(file, {{"arr_1", weights[1]}, {"arr_0", weights[0]}});
  CHECK(koi::io::read_weights(file, shapes) == weights);
  koi::io::write_npz(file, {{"dense/kernel:0", weights[0]}, {"dense/bias:0", weights[1]}});
  CHECK(koi::io::read_weights(file, shapes) == weights);
}

TEST_CASE("weights: other numbers and shapes are refused") {
  scratch_folder const folder("weights");
  auto const file = folder.path() / "w.npz";
  koi::io::write_weights(file, weights);
  auto const refused = [&](std::vector<koi::shape_type> const& as) {
    return complaint([&] { (void)koi::io::read_weights(file, as); });
  };
  says(refused({{2, 3}}), "w.npz: 2 arrays, and the model has 1 tensors of weights");
  says(refused({{2, 3}, {3}, {1}}), "2 arrays, and the model has 3");
  says(refused({{3, 2}, {3}}), "w.npz: weight 1, the array 'arr_0', has shape [2,3]; the model has [3,2]");
  koi::io::write_npz(file, {{"kernel", weights[0]}, {"bias", weights[1]}});
  says(refused({{2, 3}, {4}}), "weight 2, the array 'bias', has shape [3]; the model has [4]");
  says(complaint([&] { (void)koi::io::read_weights(folder.path() / "none.npz", shapes); }), "no such file");
}
