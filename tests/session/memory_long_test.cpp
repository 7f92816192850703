// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>
#include <koi/session/run.hpp>

#include "tests/session/town.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace koi::test {

namespace {

constexpr std::size_t cap = std::size_t{2} << 30;

std::int64_t number(std::size_t i) { return (static_cast<std::int64_t>(i % 2001) - 1000) * 64; }

/// A server's piece of those numbers.
tensor<ring64> piece_of(shape_type const& shape, unsigned server) {
  tensor<ring64> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const hidden = ring64::mul(i, 0x9e3779b97f4a7c15u);
    out[i] = server == 0 ? ring64::sub(ring64::from_signed(number(i)), hidden) : hidden;
  }
  return out;
}

/// One player in a process of its own, with no more memory than the cap. Returns whether all went well.
template <ComparingProtocol P>
bool play(cluster const& players, std::string const& me, shape_type const& shape) {
  rlimit const most{cap, cap};
  if (::setrlimit(RLIMIT_AS, &most) != 0) return false;
  bool right = true;
  session_options how;
  how.limits = {std::chrono::minutes(10), std::chrono::minutes(10)};
  run<P>(
      players, me,
      [&](auto& on) {
        auto& self = on.self();
        share<ring64> const x = self.is_server() ? share<ring64>(piece_of(shape, self.index())) : share<ring64>(shape);
        auto const y = relu(private_tensor<P>(self, x));
        auto const seen = P::reveal(self, y.share());
        for (std::size_t i = 0; seen && i < seen->size(); ++i)
          right = right && ring64::to_signed((*seen)[i]) == std::max<std::int64_t>(number(i), 0);
      },
      how);
  return right;
}

}  // namespace

TEST_CASE_TEMPLATE("an exact ReLU on a large layer's values under 2 GB a player", P, pond<ring64, 16>,
                   securenn<ring64, 16>) {
  auto const names = with_servers<P>({});
  town const here(names);
  std::vector<pid_t> started;
  for (auto const& me : names) {
    started.push_back(::fork());
    REQUIRE(started.back() >= 0);
    if (started.back() != 0) continue;
    bool right = false;
    try {
      right = play<P>(here.players, me, {1, 224, 224, 192});
    } catch (std::exception const& e) {
      fmt::print(stderr, "{}: {}\n", me, e.what());
    }
    ::_exit(right ? 0 : 1);
  }
  for (auto const pid : started) {
    int status = -1;
    rusage used{};
    REQUIRE(::wait4(pid, &status, 0, &used) == pid);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    MESSAGE((used.ru_maxrss / 1024), " MiB");
  }
}

}  // namespace koi::test
