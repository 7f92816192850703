// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/in_process.hpp>

#include <koi/ops.hpp>
#include <koi/session/run.hpp>

#include <doctest/doctest.h>

#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <map>
#include <set>

namespace koi::test {

namespace {

using pond64 = pond<ring64, 16>;
using securenn64 = securenn<ring64, 16>;

/// The system gives no entropy to this thread while one of these lives.
struct dry_system {
  dry_system() { dry = true; }
  ~dry_system() { dry = false; }
  static thread_local bool dry;
};
thread_local bool dry_system::dry = false;

}  // namespace

}  // namespace koi::test

// Stands before the one of the C library in this program.
extern "C" int getentropy(void* buffer, std::size_t bytes) {
  if (koi::test::dry_system::dry) {
    errno = ENOSYS;
    return -1;
  }
  return ::syscall(SYS_getrandom, buffer, bytes, 0) == static_cast<long>(bytes) ? 0 : -1;
}

namespace koi::test {

TEST_CASE_TEMPLATE("a local cluster runs all players in this process, each once", P, pond64, securenn64) {
  std::mutex guard;
  std::multiset<std::string> ran;
  plain_tensor result;
  run<P>(local_cluster({"owner", "client"}), [&](auto& on) {
    {
      std::scoped_lock lock(guard);
      ran.insert(on.me());
    }
    auto const x = on.private_input("owner", {2}, [] { return plain_tensor{0.5, -8.0}; });
    on.output("client", relu(x) + x, [&](plain_tensor const& y) { result = y; });
  });
  CHECK(ran == std::multiset<std::string>{"server0", "server1", P::helper_names().front(), "owner", "client"});
  REQUIRE(result.size() == 2);
  CHECK(std::abs(result(0) - 1.0) < 1e-3);
  CHECK(std::abs(result(1) + 8.0) < 1e-3);
}

TEST_CASE("the helper may go by another of its names") {
  for (std::string const helper : {"crypto-producer", "crypto_producer", "server2"}) {
    CAPTURE(helper);
    plain_tensor result;
    std::mutex guard;
    std::set<std::string> ran;
    run<pond64>(local_cluster({"server1", helper, "client", "server0"}), [&](auto& on) {
      {
        std::scoped_lock lock(guard);
        ran.insert(on.me());
      }
      auto const x = on.private_input("client", {1}, [] { return plain_tensor{3.0}; });
      on.output("client", x * x, [&](plain_tensor const& y) { result = y; });
    });
    CHECK(ran == std::set<std::string>{"server0", "server1", helper, "client"});
    CHECK(std::abs(result(0) - 9.0) < 1e-3);
  }
}

TEST_CASE("the first error of any player comes out, and no player is left waiting") {
  auto const attempt = [](std::string const& who) {
    run<securenn64>(local_cluster({"owner", "client"}), [&](auto& on) {
      auto const x = on.private_input("owner", {1}, [] { return plain_tensor{1.0}; });
      if (on.me() == who) throw std::runtime_error(who + " cannot go on");
      on.output("client", relu(x), [](auto const&) {});
    });
  };
  for (std::string const who : {"server0", "server1", "server2"})
    CHECK_THROWS_WITH_AS(attempt(who), (who + " cannot go on").c_str(), std::runtime_error);
}

TEST_CASE("a cluster with addresses does not run in one process") {
  auto const far = cluster::parse(R"({"server0": "127.0.0.1:1", "server1": "127.0.0.1:2", "server2": "127.0.0.1:3"})",
                                  "config.json");
  CHECK_THROWS_AS(run<pond64>(far, [](auto&) {}), bad_option);
}

TEST_CASE("two runs of one program share nothing but their result") {
  // Each server's piece of the same input, twice: fresh seeds, so fresh pieces.
  std::mutex guard;
  std::map<std::string, std::vector<tensor<ring64>>> pieces;
  for (int i = 0; i < 2; ++i)
    run<pond64>(local_cluster({"owner"}), [&](auto& on) {
      auto const x = on.private_input("owner", {8}, [] { return plain_tensor(xt::ones<double>({8})); });
      if (!x.share().held()) return;
      std::scoped_lock lock(guard);
      pieces[on.me()].push_back(x.share().piece());
    });
  REQUIRE(pieces["server0"].size() == 2);
  REQUIRE(pieces["server1"].size() == 2);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(pieces["server0"][0][i] != pieces["server0"][1][i]);
    CHECK(pieces["server1"][0][i] != pieces["server1"][1][i]);
    CHECK(pieces["server0"][0][i] + pieces["server1"][0][i] == 1 << 16);
  }
}

TEST_CASE("nothing runs without entropy of the system") {
  auto const here = cluster::parse(R"({"server0": "127.0.0.1:1", "server1": "127.0.0.1:2", "server2": "127.0.0.1:3"})",
                                   "config.json");
  bool ran = false;
  dry_system const dry;
  CHECK_THROWS_AS(run<pond64>(local_cluster({"owner"}), [&](auto&) { ran = true; }), no_entropy);
  CHECK_THROWS_AS(run<pond64>(here, "server0", [&](auto&) { ran = true; }), no_entropy);
  CHECK_FALSE(ran);
}

}  // namespace koi::test
