// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// owner_files MODEL.onnx FOLDER NAME
//
// For the tests of `koi upload`: the same model as an owner may have it otherwise. Writes graph.onnx without weights,
// named.npz and placed.npz with them, and NAME.server0.share, NAME.server1.share as a computation saves them.
#include <koi/io/onnx/network.hpp>
#include <koi/io/onnx/set_weights.hpp>
#include <koi/io/onnx/without_weights.hpp>
#include <koi/io/share_file.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/session/in_process.hpp>

#include <cstdio>
#include <exception>

namespace {

namespace onnx = koi::io::onnx;
using pond = koi::pond<koi::ring64, 16>;

void write_all(std::filesystem::path const& file, std::filesystem::path const& folder, std::string const& name) {
  auto const bytes = koi::io::detail::read_file(file, std::size_t{1} << 31);
  koi::io::detail::write_file(folder / "graph.onnx", onnx::without_weights(bytes, file.string()));
  auto const model = onnx::parse_model(bytes, file.string());
  koi::io::named_arrays named, placed;
  for (auto const& weight : onnx::weight_names(model.graph)) {
    auto const numbers = model.graph.initializers.at(weight).plain();
    placed.add(fmt::format("arr_{}", placed.size()), numbers);
    named.add(weight, numbers);
  }
  koi::io::write_npz(folder / "named.npz", named);
  koi::io::write_npz(folder / "placed.npz", placed);
  auto const network = onnx::network::of(model);
  koi::run<pond>(koi::local_cluster({"owner"}), [&](auto& on) {
    auto net = network.template build<pond>();
    on.load_weights(net, "owner", [&] { return network.weights(); });
    koi::io::save_shares(on, folder, name, net.weights());
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: owner_files MODEL.onnx FOLDER NAME\n");
    return 2;
  }
  try {
    write_all(argv[1], argv[2], argv[3]);
    return 0;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "owner_files: %s\n", e.what());
    return 1;
  }
}
