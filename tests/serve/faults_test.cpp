// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/group.hpp"

#include "tests/support/recording_channel.hpp"

#include <doctest/doctest.h>

using namespace koi_tests;
namespace serve = koi::serve;

namespace {

/// A channel that goes dead when the fuse, which all of a player's channels share, has no message left.
class fused_channel {
 public:
  fused_channel(koi::any_channel channel, std::shared_ptr<std::atomic<long>> left)
      : channel_(std::move(channel)), left_(std::move(left)) {}

  [[nodiscard]] std::string const& peer() const noexcept { return channel_.peer(); }
  void send(koi::frame_tag const& tag, koi::const_byte_span bytes) {
    spend();
    channel_.send(tag, bytes);
  }
  koi::frame_tag recv(koi::byte_span into, std::chrono::milliseconds wait) {
    spend();
    return channel_.recv(into, wait);
  }
  void abort(koi::abort_reason const& why) noexcept { channel_.abort(why); }
  void close() noexcept { channel_.close(); }

 private:
  void spend() {
    if (--*left_ < 0) channel_.close();
  }
  koi::any_channel channel_;
  std::shared_ptr<std::atomic<long>> left_;
};

/// A channel on which, once it is armed, an earlier dealt message comes in place of the one that was due.
class replaying_channel {
 public:
  replaying_channel(koi::any_channel channel, std::shared_ptr<std::atomic<bool>> armed)
      : channel_(std::move(channel)), armed_(std::move(armed)) {}

  [[nodiscard]] std::string const& peer() const noexcept { return channel_.peer(); }
  void send(koi::frame_tag const& tag, koi::const_byte_span bytes) { channel_.send(tag, bytes); }
  koi::frame_tag recv(koi::byte_span into, std::chrono::milliseconds wait) {
    auto const tag = channel_.recv(into, wait);
    if (tag.ph != koi::phase::offline) return tag;
    auto& [old_tag, old_bytes] = seen_[into.size()];
    if (!old_bytes.empty() && armed_->exchange(false)) {
      std::copy(old_bytes.begin(), old_bytes.end(), into.begin());
      return old_tag;
    }
    old_tag = tag;
    old_bytes.assign(into.begin(), into.end());
    return tag;
  }
  void abort(koi::abort_reason const& why) noexcept { channel_.abort(why); }
  void close() noexcept { channel_.close(); }

 private:
  koi::any_channel channel_;
  std::shared_ptr<std::atomic<bool>> armed_;
  std::map<std::size_t, std::pair<koi::frame_tag, std::vector<std::byte>>> seen_;
};

/// Where three players meet again and again over local channels; `around` may put something on a channel.
class meeting_point {
 public:
  using around_channel = std::function<koi::any_channel(std::size_t me, std::size_t peer, koi::any_channel)>;

  koi::session<pond64> join(std::string const& name) {
    auto const names = koi_tests::group::names();
    auto const me = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    std::unique_lock lock(mutex_);
    ready_[me].reset();
    here_[me] = true;
    if (here_[0] && here_[1] && here_[2]) {
      koi::detail::in_process_parts parts;
      if (around) parts.around = around;
      parts.limits = {std::chrono::seconds(60), std::chrono::seconds(60), std::size_t{1} << 28};
      auto parties = koi::detail::in_process_parties(names, koi::find_roster<pond64>(names), parts);
      for (std::size_t i = 0; i < 3; ++i) ready_[i].emplace(std::move(parties[i]));
      here_.fill(false);
      all_here_.notify_all();
    } else if (!all_here_.wait_for(lock, std::chrono::milliseconds(200), [&] { return ready_[me].has_value(); })) {
      here_[me] = false;
      auto const away = names[!here_[(me + 1) % 3] ? (me + 1) % 3 : (me + 2) % 3];
      throw koi::channel_timeout(away, away + " did not come");
    }
    koi::session<pond64> mine(std::move(*ready_[me]));
    ready_[me].reset();
    return mine;
  }

  around_channel around;

 private:
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::array<bool, 3> here_{};
  std::array<std::optional<koi::party>, 3> ready_;
};

}  // namespace

TEST_CASE("serve: wires that go dead at any message end in refusals or right answers, and then all is well again") {
  auto const burning = std::make_shared<std::atomic<long>>(1'000'000);
  std::atomic<std::size_t> victim{0};
  meeting_point meet;
  meet.around = [&](std::size_t me, std::size_t, koi::any_channel channel) {
    if (me != victim) return channel;
    return koi::any_channel(fused_channel(std::move(channel), burning));
  };
  koi_tests::group three({}, [&](std::string const& name) { return meet.join(name); });
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());

  std::size_t refused = 0, tries = 0;
  for (std::size_t who = 0; who < 3; ++who) {
    victim = who;
    for (std::size_t at = 0; at < 12; ++at) {
      // a fresh session in which this player's wire has so much life in it
      *burning = 1'000'000;
      three.kill("crypto-producer");
      three.start("crypto-producer");
      REQUIRE(becomes([&] { return three.all_up() && three["server0"].counts().models_ready == 1; }));
      *burning = static_cast<long>(at * 7);
      ++tries;
      try {
        auto const y = someone.predict({"mlp", 1}, mlp().input);
        CHECK(worst(y, mlp().output) < 1.0 / 1024);
      } catch (serve::refused_error const& e) {
        ++refused;
        auto const known = e.why() == serve::refusal::failed || e.why() == serve::refusal::unavailable || e.why() == serve::refusal::differs;
        CHECK_MESSAGE(known, e.what());
      }
      *burning = 1'000'000;
      REQUIRE(becomes([&] {
        try {
          return worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < 1.0 / 1024;
        } catch (serve::refused_error const&) {
          return false;
        }
      }));
    }
  }
  CHECK(refused > tries / 4);
}

TEST_CASE("serve: the player that is away is named, by the models too, whoever missed it first") {
  std::atomic<bool> apart{false};
  meeting_point meet;
  koi_tests::group three({}, [&](std::string const& name) {
    if (apart && name == "server0")
      throw koi::peer_aborted("server1", "server1 stopped: crypto-producer sent nothing", {}, "crypto-producer");
    return meet.join(name);
  });
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  auto const said = [&] {
    auto const d = someone.ask(0);
    return std::pair(d.note, d.models.at(0).note);
  };
  CHECK(said() == std::pair(std::string(), std::string()));
  apart = true;
  three.kill("server1");
  auto const away = std::string("crypto-producer is away");
  CHECK(becomes([&] { return said() == std::pair(away, away); }));
  apart = false;
  three.start("server1");
  CHECK(becomes([&] { return said() == std::pair(std::string(), std::string()); }));
  CHECK(worst(three.client().predict({"mlp", 1}, mlp().input), mlp().output) < 1.0 / 1024);
}

TEST_CASE("serve: dealt material that comes a second time is refused, and then all is well again") {
  auto const armed = std::make_shared<std::atomic<bool>>(false);
  meeting_point meet;
  meet.around = [&](std::size_t me, std::size_t peer, koi::any_channel channel) {
    if (me != 1 || peer != 2) return channel;
    return koi::any_channel(replaying_channel(std::move(channel), armed));
  };
  std::mutex guard;
  std::string log;
  koi_tests::group three(
      [&](serve::server_options& o) {
        o.engine.stock_bytes = 0;
        o.engine.log = [&](std::string_view line) {
          std::scoped_lock const lock(guard);
          log += line;
        };
      },
      [&](std::string const& name) { return meet.join(name); });
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < 1.0 / 1024);
  *armed = true;
  try {
    (void)someone.predict({"mlp", 1}, mlp().input);
    FAIL("an old triple was taken");
  } catch (serve::refused_error const& e) {
    CHECK(e.why() == serve::refusal::failed);
    CHECK_MESSAGE(std::string(e.what()).find("operation") == std::string::npos, e.what());  // clients learn no internals
  }
  CHECK(becomes([&] {
    std::scoped_lock const lock(guard);
    return log.find("operation") != std::string::npos;
  }));
  CHECK(!*armed);
  CHECK(becomes([&] {
    try {
      return worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < 1.0 / 1024;
    } catch (serve::refused_error const&) {
      return false;
    }
  }));
}

TEST_CASE("serve: a player whose clock is far off stands in the log of whoever called it, and is served") {
  koi::test::town town{koi_tests::group::names()};
  std::mutex guard;
  std::map<std::string, std::string> logs;
  koi_tests::group three(
      [&](serve::server_options& o) {
        o.engine.log = [&, name = o.player](std::string_view line) {
          std::scoped_lock const lock(guard);
          logs[name] += std::string(line) + "\n";
        };
      },
      [&](std::string const& name) {
        koi::session_options s;
        s.connect_wait = std::chrono::seconds(60);
        if (name == "server1") s.clock = [] { return koi::clock_reading() - std::chrono::seconds(100); };
        return koi::connect_session<pond64>(town.players, name, s);
      });
  REQUIRE(three.is_up());
  std::scoped_lock const lock(guard);
  auto const says = [&](std::string const& who, std::string const& whose, std::string const& way) {
    CHECK(logs[who].find("warning: the clock of " + whose + " is ") != std::string::npos);
    CHECK(logs[who].find(" s " + way + " this player's; certificates seem") != std::string::npos);
  };
  says("server1", "server0", "ahead of");
  says(koi_tests::group::names()[2], "server1", "behind");
  CHECK(logs["server0"].find("clock") == std::string::npos);  // it is called by all
}

TEST_CASE("serve: the helper receives orders, graphs and nothing else") {
  koi::testing::transcript wire;
  meeting_point meet;
  meet.around = [&](std::size_t me, std::size_t peer, koi::any_channel channel) {
    return koi::any_channel(koi::testing::recording<koi::any_channel>(me, peer, std::move(channel), wire));
  };
  auto const requests = [&](std::uint64_t round, double sign) {
    koi_tests::group three([](serve::server_options& o) { o.engine.stock_bytes = 0; },
                             [&](std::string const& name) { return meet.join(name); });
    REQUIRE(three.is_up());
    auto someone = three.client();
    someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
    for (std::uint64_t i = 0; i < round; ++i) (void)someone.predict({"mlp", 1}, mlp().input * sign);
    (void)someone.labels({"mlp", 1}, mlp().input * sign);
  };
  requests(3, 1.0);
  auto const helper = 2;
  std::size_t orders = 0, graphs = 0;
  for (auto const& m : wire.received_by(helper)) {
    CHECK(m.from == 0);
    if (koi::to_string(m.tag.name) == "graph") {
      CHECK(m.bytes == mlp().graph);
      ++graphs;
      continue;
    }
    CHECK(koi::to_string(m.tag.name) == "control");
    REQUIRE(m.bytes.size() == sizeof(serve::control_record));
    serve::control_record r;
    std::memcpy(static_cast<void*>(&r), m.bytes.data(), sizeof r);
    serve::check(r, "server0");
    CHECK(r.model <= 1);
    CHECK((r.what == serve::order::load ? r.batch == 64 : r.batch <= 2));  // the largest batch, or that of the requests
    ++orders;
  }
  CHECK(graphs == 1);
  CHECK(orders >= 8);
}

TEST_CASE("serve: halves of two requests never meet") {
  koi_tests::group three;
  REQUIRE(three.is_up());
  three.client().upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  auto const call = [&](int server) {
    auto const name = "server" + std::to_string(server);
    return serve::call_server("127.0.0.1", three.port(name), name, std::chrono::seconds(30));
  };
  auto const half = [&](int id, std::size_t samples, std::uint8_t show, std::size_t payload) {
    serve::request_id name{};
    name.fill(static_cast<std::byte>(id));
    serve::message_writer out(serve::message::predict);
    out.bytes(name).model({"mlp", 1}).word(show).shape({samples, 12});
    return out.bytes(std::vector<std::byte>(payload)).finish();
  };
  auto const kind = [](auto& link) {
    auto const m = link.receive(1 << 20, std::chrono::seconds(30));
    if (m.kind != serve::message::refused) return std::string(m.kind == serve::message::held ? "held" : "result");
    serve::message_reader in(m.body, "server");
    (void)in.id();
    return std::string(to_string(static_cast<serve::refusal>(in.template word<std::uint16_t>())));
  };
  // of two clients: one's half lies at server 1, the other's comes to server 0 under the same id
  auto alice = call(1), mallory = call(0);
  auto const send = [&](auto& link, koi::secret_bytes const& bytes) { link.send(bytes, std::chrono::seconds(30)); };
  send(alice, half(1, 2, 0, 2 * 12 * 8));
  CHECK(kind(alice) == "held");
  send(mallory, half(1, 1, 0, 32));
  CHECK(kind(mallory) == "differs");
  CHECK(kind(alice) == "differs");
  send(alice, half(2, 2, 1, 2 * 12 * 8));  // the label alone
  CHECK(kind(alice) == "held");
  send(mallory, half(2, 2, 0, 32));
  CHECK(kind(mallory) == "differs");
  CHECK(kind(alice) == "differs");
  send(mallory, half(3, 2, 0, 32));  // no half at server 1 at all
  CHECK(kind(mallory) == "differs");
  CHECK(three["server0"].counts().sessions == 1);
  CHECK(worst(three.client().predict({"mlp", 1}, mlp().input), mlp().output) < 1.0 / 1024);
}

TEST_CASE("control records: what is no order is refused") {
  serve::control_record good{.what = serve::order::run, .model = 3, .batch = 8};
  CHECK_NOTHROW(serve::check(good, "server0"));
  auto const refused = [&](auto change) {
    auto r = good;
    change(r);
    CHECK_THROWS_AS(serve::check(r, "server0"), koi::bad_frame);
  };
  refused([](auto& r) { r.version = 2; });
  refused([](auto& r) { r.what = static_cast<serve::order>(0); });
  refused([](auto& r) { r.what = static_cast<serve::order>(serve::last_order + 1); });
  refused([](auto& r) { r.batch = serve::control_record::most_samples + 1; });
  refused([](auto& r) { r.batch = 5; });  // tells the helper how many samples there are
  refused([](auto& r) { r.bytes = serve::control_record::most_graph_bytes + 1; });
  refused([](auto& r) { r.label = 2; });
  refused([](auto& r) { r.unused = 1; });
}
