// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// How large batches are, and how long players wait for one to grow.
#include <koi/serve/batch_size.hpp>
#include <koi/serve/desk.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <limits>
#include <thread>

namespace serve = koi::serve;

namespace {

serve::request request_of(std::uint64_t connection, std::size_t samples = 1, std::string const& model = "m") {
  serve::request r;
  r.connection = connection;
  r.id[0] = static_cast<std::byte>(connection);
  r.origin = std::to_string(connection);
  r.model = {model, 1};
  r.shape = {samples, 3};
  return r;
}

std::vector<serve::request> batch_of(std::initializer_list<std::uint64_t> connections) {
  std::vector<serve::request> out;
  for (auto const c : connections) out.push_back(request_of(c));
  return out;
}

constexpr auto unknown = std::numeric_limits<std::size_t>::max();

}  // namespace

TEST_CASE("batches: of as many samples as fill them, unless what is prepared says otherwise") {
  auto const nothing = [](std::uint32_t) { return false; };
  auto const only = [](std::uint32_t which) { return [which](std::uint32_t size) { return size == which; }; };
  auto const all = [](std::uint32_t) { return true; };
  for (std::uint32_t n = 1; n <= 4096; ++n) {
    CHECK(std::has_single_bit(serve::batch_size(n)));
    for (auto const taken : {serve::samples_to_take(n, nothing), serve::samples_to_take(n, all)}) {
      CHECK((taken >= 1 && taken <= n));
      if (n >= 16) CHECK(taken * 4 > serve::batch_size(taken) * 3);
    }
  }
  CHECK(serve::samples_to_take(5, nothing) == 5);  // too few for two runs
  CHECK(serve::samples_to_take(5, only(4)) == 4);
  CHECK(serve::samples_to_take(7, only(4)) == 4);  // the next larger one is not prepared
  CHECK(serve::samples_to_take(7, only(8)) == 7);
  CHECK(serve::samples_to_take(40, nothing) == 32);
  CHECK(serve::samples_to_take(40, only(64)) == 40);
  CHECK(serve::samples_to_take(64, nothing) == 64);
}

TEST_CASE("crowd: who was answered lately, each counted once") {
  serve::crowd crowd;
  CHECK(crowd.expected(request_of(1)) == unknown);
  crowd.came(batch_of({1}), false);
  CHECK(crowd.expected(request_of(1)) == 1);
  crowd.came(batch_of({2, 3}), false);
  CHECK(crowd.expected(request_of(9)) == 3);  // two batches that could be one
  crowd.came(batch_of({1, 2, 3}), false);
  CHECK(crowd.expected(request_of(9)) == 3);
  CHECK(crowd.expected(request_of(1, 1, "other")) == unknown);
  crowd.came(batch_of({1}), true);  // nobody asked for a while before
  CHECK(crowd.expected(request_of(1)) == 1);
  crowd.came({request_of(1, 5), request_of(1, 4)}, false);
  CHECK(crowd.expected(request_of(1)) == 9);
}

TEST_CASE("desk: players wait for as many as lately came, and where nothing is known for as long as they may") {
  using namespace std::chrono_literals;
  serve::metrics counts;
  auto const shared = [](serve::model_id const&) { return true; };
  auto const half = [](serve::request const&, std::size_t n) { return n / 2; };
  auto const taken = [&](serve::desk& at, auto const&... fitting) { return at.next(0s, shared, fitting...).size(); };
  auto const fill = [](serve::desk& at, std::uint64_t count) {
    at.open();
    for (std::uint64_t c = 0; c < count; ++c) CHECK(!at.put(request_of(c)));
  };

  serve::desk patient({.max_samples = 4, .batch_wait = 60s}, counts);
  fill(patient, 4);
  CHECK(taken(patient, half) == 2);  // as many as a batch holds: nobody waits
  CHECK(taken(patient) == 2);        // as many as the last one had
  CHECK(!patient.put(request_of(9)));
  std::jthread const joins([&] {
    for (std::uint64_t c = 0; c < 3; ++c) CHECK(!patient.put(request_of(c)));
  });
  CHECK(taken(patient) == 4);  // 0 to 3 were there; one that is new counts as well

  serve::desk hasty({.max_samples = 4, .batch_wait = 20ms}, counts);
  fill(hasty, 1);
  auto const since = serve::clock::now();
  CHECK(taken(hasty) == 1);
  CHECK(serve::clock::now() - since >= 20ms);
}

TEST_CASE("desk: a crowd is forgotten when nobody has asked for a while, however often next() is called meanwhile") {
  using namespace std::chrono_literals;
  serve::metrics counts;
  serve::desk at({.max_samples = 4, .batch_wait = 150ms}, counts);
  at.open();
  auto const shared = [](serve::model_id const&) { return true; };
  auto const answered = [&](std::uint64_t connection) {
    CHECK(!at.put(request_of(connection)));
    auto const since = serve::clock::now();
    CHECK(at.next(0s, shared).size() == 1);
    return serve::clock::now() - since;
  };
  CHECK(answered(1) >= 150ms);  // nothing is known
  CHECK(answered(2) < 150ms);   // a crowd of one
  CHECK(answered(3) >= 150ms);  // of two: another one may come
  for (auto const end = serve::clock::now() + 160ms; serve::clock::now() < end;) CHECK(at.next(1ms, shared).empty());
  CHECK(answered(4) >= 150ms);  // they were two when they left
  CHECK(answered(5) < 150ms);   // but only 4 is one who asked lately
}
