// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/channel.hpp>

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <memory>
#include <vector>

namespace koi::test {

namespace {

/// Keeps what was asked of it; the least that a channel must have.
struct noting {
  struct notes {
    std::vector<std::string> calls;
  };
  std::shared_ptr<notes> seen = std::make_shared<notes>();
  std::unique_ptr<std::string> name = std::make_unique<std::string>("server1");  // not copyable

  std::string const& peer() const noexcept { return *name; }
  void send(frame_tag const& tag, const_byte_span out) {
    seen->calls.push_back("send " + std::to_string(tag.operation) + " " + std::to_string(out.size()));
  }
  frame_tag recv(byte_span into, std::chrono::milliseconds wait) {
    seen->calls.push_back("recv " + std::to_string(into.size()) + " " + std::to_string(wait.count()));
    frame_tag tag;
    tag.operation = 9;
    return tag;
  }
  void abort(abort_reason const& r) noexcept { seen->calls.push_back(fmt::format("abort {} {}", r.why, r.lost)); }
  void close() noexcept { seen->calls.push_back("close"); }
};

struct more : noting {
  std::optional<frame_tag> kept;
  std::optional<frame_tag> const& refused() const noexcept { return kept; }
  void progress() { seen->calls.push_back("progress"); }
};

static_assert(Channel<noting> && !NamesRefused<noting> && !Progresses<noting>);
static_assert(Channel<more> && NamesRefused<more> && Progresses<more>);
static_assert(!Channel<std::string>);
static_assert(!std::is_copy_constructible_v<any_channel> && std::is_nothrow_move_constructible_v<any_channel>);

}  // namespace

TEST_CASE("any_channel passes every call on") {
  noting inner;
  auto const seen = inner.seen;
  any_channel channel{std::move(inner)};
  std::byte bytes[4]{};
  frame_tag tag;
  tag.operation = 3;
  CHECK(channel.peer() == "server1");
  channel.send(tag, bytes);
  CHECK(channel.recv(bytes, std::chrono::milliseconds{5}).operation == 9);
  channel.abort({"why", "who"});
  channel.close();
  CHECK(seen->calls == std::vector<std::string>{"send 3 4", "recv 4 5", "abort why who", "close"});
}

TEST_CASE("any_channel offers what the channel may lack") {
  SUBCASE("lacking") {
    any_channel channel{noting{}};
    channel.progress();
    CHECK_FALSE(channel.refused().has_value());
  }
  SUBCASE("there") {
    more inner;
    inner.kept.emplace().operation = 4;
    auto const seen = inner.seen;
    any_channel channel{std::move(inner)};
    channel.progress();
    CHECK(seen->calls == std::vector<std::string>{"progress"});
    REQUIRE(channel.refused().has_value());
    CHECK(channel.refused()->operation == 4);
  }
}

}  // namespace koi::test
