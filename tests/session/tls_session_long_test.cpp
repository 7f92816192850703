// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/keys.hpp>
#include <koi/session/run.hpp>

#include "tests/session/tls_town.hpp"

#include <koi/ops.hpp>
#include <koi/protocol/pond.hpp>

#include <exception>
#include <mutex>
#include <thread>

namespace koi::test {

TEST_CASE("a whole session over TLS, with the keys that `write_keys` makes") {
  using P = pond<ring64, 16>;
  std::vector<std::string> const names{"server0", "server1", "crypto-producer", "owner", "client"};
  town t{names};
  scratch_folder folder;
  write_keys(folder.path / "keys", names);
  t.players = cluster::parse(R"({"transport":"tls",)" + t.json.substr(1), (folder.path / "config.json").string());

  plain_tensor answer;
  std::vector<std::exception_ptr> errors(names.size());
  std::mutex guard;
  std::string said;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < names.size(); ++i)
      threads.emplace_back([&, i] {
        session_options options;
        options.connect_wait = patience;
        options.progress = [&](std::string_view line) {
          std::scoped_lock lock(guard);
          said += std::string{line} + "\n";
        };
        try {
          run<P>(
              t.players, names[i],
              [&](auto& on) {
                auto const w = on.private_variable("owner", {2, 2}, [] {
                  return plain_tensor{{1.0, -2.0}, {0.5, 3.0}};
                });
                auto const x = on.private_input("client", {1, 2}, [] { return plain_tensor{{2.0, 4.0}}; });
                on.output("client", relu(matmul(x, w) - 5), [&](plain_tensor const& y) { answer = y; });
              },
              options);
        } catch (...) {
          errors[i] = std::current_exception();
        }
      });
  }
  for (auto const& e : errors) CHECK_NOTHROW(e ? std::rethrow_exception(e) : void());
  REQUIRE(answer.size() == 2);
  CHECK(std::abs(answer.data()[0]) < 1e-3);
  CHECK(std::abs(answer.data()[1] - 3.0) < 1e-3);
  CHECK(said.find("plain") == std::string::npos);
}

}  // namespace koi::test
