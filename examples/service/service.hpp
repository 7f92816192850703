// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/client.hpp>
#include <koi/serve/secure_link.hpp>
#include <koi/serve/settings.hpp>

#include <filesystem>
#include <string>

namespace service {

using fixed = koi::fixed_point<koi::ring64, 16>;
using client = koi::serve::client<fixed>;

/// What the players of this program say that they run.
inline constexpr auto program_name = "koi prediction service";

/// Serves as one player until the process is told to stop. One function a protocol, each in a file of its own, because
/// those take long to compile.
int serve_with_pond(koi::serve::group_settings const& group, std::string const& player);
int serve_with_securenn(koi::serve::group_settings const& group, std::string const& player);

/// Where a model lies at its owner: the graph, and the weights too, in an ONNX file; or the weights beside it.
struct model_files {
  std::string graph;
  std::string weights;              ///< an npz file, or empty
  std::vector<std::string> shares;  ///< both servers' share files, server 0's first, or none
};

/// A model as its owner gives it away.
struct shared_model {
  std::vector<std::byte> graph;  ///< for everybody
  koi::serve::halves<koi::ring64> weights;
};

/// `name` is the one under which shares must have been saved.
///
/// Throws  bad_option that names the file that is damaged, or does not fit the graph
[[nodiscard]] shared_model read_shared_model(model_files const& files, std::string const& name);

/// A client of a group's servers, under the name `who` of somebody who has keys; without a name over plain TCP.
[[nodiscard]] inline client client_of(koi::serve::group_settings const& group, std::string const& who) {
  koi::serve::caller const me(group.players, who, [](std::string const& line) { fmt::print(stderr, "{}\n", line); });
  return client([clients = group.clients, me](unsigned j) {
    auto const name = j == 0 ? "server0" : "server1";
    return koi::serve::call_server(me, clients.at(name), name, std::chrono::seconds(10));
  });
}

}  // namespace service
