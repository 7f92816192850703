// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/local.hpp>

#include "channel_suite.hpp"

namespace {

struct local_wire {
  static constexpr std::size_t big = 1 << 20;
  static auto make(std::string a, std::string b, koi::channel_options options) {
    return koi::make_local_pair(std::move(a), std::move(b), options);
  }
};

}  // namespace

namespace koi::test {

TEST_CASE_TEMPLATE_INVOKE(channel_suite, local_wire);
TEST_CASE_TEMPLATE_INVOKE(queue_limit_suite, local_wire);

TEST_CASE("a local channel counts unread bytes against the limit") {
  auto [a, b] = make_local_pair("dealer", "server0", {100, 0ms});
  std::vector<std::byte> got(60);
  a.send(tag_of(1, "deal"), got);
  a.send(tag_of(2, "deal"), got);  // 60 <= 100 were queued
  b.recv(got, patience);
  a.send(tag_of(3, "deal"), got);
  CHECK_THROWS_AS(a.send(tag_of(4, "deal"), got), channel_timeout);
}

TEST_CASE("a local channel can be replaced") {
  auto [a, b] = make_local_pair("x", "y");
  auto [c, d] = make_local_pair("x", "z");
  a = std::move(c);
  std::byte one[1]{};
  CHECK_THROWS_AS(b.recv(one, patience), channel_closed);
  CHECK(a.peer() == "z");
  a.send(tag_of(1, "op"), one);
  d.recv(one, patience);
}

}  // namespace koi::test
