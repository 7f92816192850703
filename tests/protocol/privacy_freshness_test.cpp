// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/recording_channel.hpp"

#include <doctest/doctest.h>

#include <set>
#include <unordered_set>

/// Nothing that hides a value is ever used twice: not in two runs of a program, not in two sessions,
/// not for two uploads of one model.
namespace koi::testing {

namespace {

/// Windows of 16 bytes that occur more than once in the messages, and whole messages above 8 bytes
/// that do. Masked data is random, so a repetition is a repeated mask.
std::size_t repetitions(std::vector<message> const& messages) {
  struct window {
    std::uint64_t a, b;
    bool operator==(window const&) const = default;
  };
  struct hash {
    std::size_t operator()(window const& w) const noexcept { return w.a ^ (w.b * 0x9e3779b97f4a7c15u); }
  };
  std::unordered_set<window, hash> windows;
  std::set<std::vector<std::byte>> whole;
  std::size_t repeated = 0;
  for (auto const& m : messages) {
    if (m.bytes.size() > 8 && !whole.insert(m.bytes).second) ++repeated;
    for (std::size_t at = 0; at + 16 <= m.bytes.size(); ++at)
      if (!windows.insert({load<std::uint64_t>(m.bytes, at), load<std::uint64_t>(m.bytes, at + 8)}).second) ++repeated;
  }
  return repeated;
}

/// A session in one process that is recorded; with `seeds` none, on seeds of the operating system.
template <ComparingProtocol P, class Program>
void recorded_session(transcript& log, std::optional<std::uint64_t> seeds, Program program) {
  auto const names = with_servers<P>({"owner", "client"});
  detail::in_process_parts parts;
  auto const how = recorded(log);
  parts.around = how.around;
  if (seeds) parts.pair_seed = [&](std::size_t a, std::size_t b) { return fixed_seed(*seeds * 1000 + a * 10 + b); };
  parts.limits = {std::chrono::seconds(30), std::chrono::seconds(30)};
  auto parties = detail::in_process_parties(names, find_roster<P>(names), parts);
  detail::run_threads(parties, [&](party& self) {
    session<P> on(std::move(self));
    program(on);
  });
}

/// Two uploads of one model, and every kind of operation on constant, equal data.
template <ComparingProtocol P>
void program(session<P>& on) {
  using plain = plain_tensor;
  auto const ones = [](shape_type const& shape) { return plain(shape, 1.0); };
  auto const upload = [&] {
    return on.private_variables("owner", {{3, 3}, {3}, {3, 3}, {3}}, [&] {
      return std::vector<plain>{ones({3, 3}), ones({3}), ones({3, 3}), ones({3})};
    });
  };
  auto const x = on.private_input("client", {2, 3}, [&] { return ones({2, 3}); });
  for (auto const& weights : {upload(), upload()}) {
    nn::sequential<P> model{nn::input{3}, nn::dense{3}, nn::relu{}, nn::dense{3}, nn::sigmoid{}};
    model.set_weights(weights);
    auto const y = model(x);
    on.output("client", y, [](auto const&) {});
    on.output("client", y, [](auto const&) {});
    on.output("server0", argmax(y, 1), [](auto const&) {});
    (void)on.reveal(square(y) * x - relu(x));
  }
}

template <ComparingProtocol P>
void run_twice(session<P>& on) {
  on.run([](auto& s) { program(s); });
  on.run([](auto& s) {
    program(s);
    s.prepare(2, [&] { program(s); });
    for (int i = 0; i < 2; ++i) s.use_prepared([&] { program(s); });
  });
}

std::size_t bytes_named(std::vector<message> const& link, std::string_view name, phase in) {
  std::size_t n = 0;
  for (auto const& m : link)
    if (to_string(m.tag.name) == name && m.tag.ph == in) n += m.bytes.size();
  return n;
}

using published = securenn<ring64, 16, assisted, securenn_policy::as_published>;

}  // namespace

TEST_CASE_TEMPLATE("a program run twice and prepared twice in one session, and in two sessions, repeats nothing on any wire", P,
                   pond<ring64, 16>, securenn<ring64, 16>, published) {
  transcript first, second;
  recorded_session<P>(first, std::nullopt, run_twice<P>);
  recorded_session<P>(second, std::nullopt, run_twice<P>);
  auto messages = first.all();
  CHECK(byte_count(messages) > 20'000);
  CHECK(repetitions(messages) == 0);
  auto const more = second.all();
  messages.insert(messages.end(), more.begin(), more.end());
  CHECK(repetitions(messages) == 0);
}

TEST_CASE("that test sees two sessions on the same seeds, and one mask that repeats") {
  using P = securenn<ring64, 16>;
  transcript first, second;
  recorded_session<P>(first, 1, run_twice<P>);
  recorded_session<P>(second, 1, run_twice<P>);
  CHECK(repetitions(first.all()) == 0);
  auto messages = first.all();
  auto const more = second.all();
  messages.insert(messages.end(), more.begin(), more.end());
  CHECK(repetitions(messages) > byte_count(more) / 2);

  transcript again;
  tensor<ring64> const x({2}, 7);
  run_parties<P>(recorded(again), [&](party& self) {
    operation op(self, "twice", {x.shape()});
    if (!self.is_server()) return;
    auto stream = op.stream(self.helper(), "r");
    auto const mask = uniform<ring64>(stream, x.shape());
    for (int i = 0; i < 2; ++i) (void)beaver::open<ring64>(op, mask);
  });
  CHECK(repetitions(again.all()) > 0);
}

TEST_CASE("a stream is drawn once in an operation, the same at both ends, and no other draws it") {
  using P = pond<ring64, 16>;
  auto const drawn = run_parties<P>(setting{}, [](party& self) {
    std::map<std::string, std::vector<std::byte>> streams;
    auto const draw = [&](operation& op, std::string const& label) {
      for (std::size_t peer = 0; peer < 5; ++peer) {
        if (!have_link({0, 1, 2, role::deal}, self.id(), peer)) continue;
        auto const key = fmt::format("{} {}-{}", label, std::min(self.id(), peer), std::max(self.id(), peer));
        for (auto const* purpose : {"a", "b"}) {
          std::vector<std::byte> bytes(32);
          op.stream(peer, purpose).fill(bytes);
          streams[fmt::format("{} {}", key, purpose)] = bytes;
        }
        CHECK_THROWS_WITH_AS((void)op.stream(peer, "a"), doctest::Contains("drawn twice"), bad_argument);
        std::string const same{"a"};  // the same purpose from other storage
        CHECK_THROWS_AS((void)op.stream(peer, same), bad_argument);
      }
    };
    int number = 0;
    for (auto const* kind : {"same", "same", "other"}) {
      operation op(self, kind);
      draw(op, std::to_string(++number));
    }
    self.begin_run();
    operation op(self, "same");
    draw(op, std::to_string(++number));
    CHECK_THROWS_AS((void)op.stream(self.id(), "a"), bad_argument);  // nothing in common with oneself
    return streams;
  });
  std::set<std::vector<std::byte>> distinct;
  std::set<std::string> labels;
  for (auto const& player : drawn)
    for (auto const& [label, bytes] : player) {
      labels.insert(label);
      distinct.insert(bytes);
    }
  // 4 operations, 7 links, 2 purposes; both ends of a link agree
  CHECK(labels.size() == 4 * 7 * 2);
  CHECK(distinct.size() == 4 * 7 * 2);
}

TEST_CASE_TEMPLATE("two uploads of one model are masked differently, and each once", P, pond<ring64, 16>,
                   securenn<ring64, 16>) {
  transcript log;
  std::vector<std::vector<std::byte>> openings;
  recorded_session<P>(log, std::nullopt, [](session<P>& on) {
    auto const upload = [&] { return on.private_variable("owner", {3, 3}, [] { return plain_tensor({3, 3}, 1.0); }); };
    auto const first = upload(), second = upload();
    for (int query = 0; query < 3; ++query)
      on.run([&](auto& s) {
        auto const x = s.private_input("client", {2, 3}, [] { return plain_tensor({2, 3}, 1.0); });
        s.output("client", matmul(x, first) + matmul(x, second), [](auto const&) {});
      });
  });
  for (auto const& m : log.on(0, 1))
    if (to_string(m.tag.name) == "mask" && m.tag.ph == phase::set_up) openings.push_back(m.bytes);
  REQUIRE(openings.size() == 2);  // not once per query
  CHECK(openings[0].size() == 9 * 8);
  CHECK(openings[0] != openings[1]);
  CHECK(bytes_named(log.on(0, 1), "mask", phase::online) ==
        3 * 6 * 8);  // the queries' x alone, each once for both products
  CHECK(repetitions(log.all()) == 0);
}

TEST_CASE_TEMPLATE("a value that takes part in several products is masked once, also through changes of shape", P,
                   pond<ring64, 16>, securenn<ring64, 16>) {
  transcript log;
  tensor<ring64> const x({2, 3}, 5), w({3, 2}, 7);
  run_parties<P>(recorded(log), [&](party& self) {
    auto const a = shared<P>(self, x), b = shared<P>(self, w), c = shared<P>(self, w);
    auto const copy = a;
    (void)P::matmul(self, a, b);                                                        // masks a and b
    (void)P::matmul(self, copy, c);                                                     // masks c
    (void)P::mul(self, P::transpose(a, {}), b);                                         // nothing
    (void)P::square(self, P::slice(a, {{0, 1}}));                                       // nothing
    (void)P::mul(self, P::concat({a, a}, 0), P::reshape(P::stack({a, a}, 0), {4, 3}));  // nothing
  });
  CHECK(bytes_named(log.on(0, 1), "mask", phase::online) == (6 + 6 + 6) * 8);
  CHECK(bytes_named(log.on(1, 0), "mask", phase::online) == (6 + 6 + 6) * 8);
}

}  // namespace koi::testing
