// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Who has its turn, and what is prepared in idle time.
#include <koi/serve/desk.hpp>
#include <koi/serve/stock_plan.hpp>

#include <doctest/doctest.h>

#include <map>
#include <set>

namespace serve = koi::serve;

namespace {

/// A desk whose requests are called "<origin><number>".
struct counter_top {
  explicit counter_top(std::size_t max_samples) : desk({.max_samples = max_samples}, counts) { desk.open(); }

  void put(std::string const& name, std::string const& model = "m", std::size_t samples = 1, serve::task what = serve::task::predict) {
    serve::request r;
    std::copy_n(reinterpret_cast<std::byte const*>(name.data()), name.size(), r.id.begin());
    r.what = what;
    r.origin = name.substr(0, 1);
    r.client = r.origin;
    r.model = {model, 1};
    r.shape = {samples, 3};
    CHECK(!desk.put(std::move(r)));
  }
  std::string next() {
    std::string names;
    for (auto const& r : desk.next(std::chrono::seconds(0), [](auto const&) { return true; }))
      names += std::string(reinterpret_cast<char const*>(r.id.data()), 2) + " ";
    return names;
  }

  serve::metrics counts;
  serve::desk desk;
};

}  // namespace

TEST_CASE("desk: who asks much waits for itself, within a model and over models") {
  counter_top at(2);
  for (auto const* name : {"a1", "a2", "a3", "a4", "a5"}) at.put(name);
  at.put("a6", "other");
  at.put("b1"), at.put("b2"), at.put("c1", "third"), at.put("c2");
  CHECK(at.next() == "a1 b1 ");  // one of each
  CHECK(at.next() == "c1 ");     // its turn, whatever it asks for
  CHECK(at.next() == "a2 b2 ");
  at.put("d1");
  CHECK(at.next() == "c2 a3 ");
  CHECK(at.next() == "d1 a4 ");
  CHECK(at.next() == "a5 ");
  CHECK(at.next() == "a6 ");
  CHECK(at.next().empty());
}

TEST_CASE("desk: an origin keeps its turn while later requests of it fill up the batches of others") {
  counter_top at(4);
  at.put("a1"), at.put("a2"), at.put("b1", "other"), at.put("b2"), at.put("b3"), at.put("c1");
  CHECK(at.next() == "a1 b2 c1 a2 ");
  at.put("a3"), at.put("c2");
  CHECK(at.next() == "b1 ");
  CHECK(at.next() == "a3 c2 b3 ");
}

TEST_CASE("desk: an owner's task has its turn alone, and what does not fit waits for the next batch") {
  counter_top at(4);
  at.put("a1", "m", 3), at.put("b1", "m", 2), at.put("b2", "m", 1), at.put("c1", "m", 1, serve::task::upload), at.put("c2");
  CHECK(at.next() == "a1 b2 ");
  CHECK(at.next() == "b1 c2 ");
  CHECK(at.next() == "c1 ");
  at.put("a2"), at.put("b3");
  serve::request_id a2{};
  std::copy_n(reinterpret_cast<std::byte const*>("a2"), 2, a2.begin());
  CHECK(at.desk.take(a2));
  CHECK(!at.desk.take(a2));
  CHECK(at.next() == "b3 ");
  CHECK(at.counts.waiting == 0);
}

namespace {

/// Prepares and drops what a plan wants, until it wants no more; runs of a kind take `bytes`.
struct store {
  store(std::size_t most_bytes, std::map<serve::kind_of_run, std::size_t> of_a_run) : most(most_bytes), bytes(std::move(of_a_run)) {}

  std::size_t most;
  std::map<serve::kind_of_run, std::size_t> bytes;
  std::size_t wrong = 0;  // by what a guess is less
  serve::stock_plan plan{most};
  std::map<serve::kind_of_run, std::size_t> runs;
  std::size_t total = 0, made = 0, over = 0;

  void fill() {
    auto const held = [this](serve::kind_of_run const& k) { return runs[k] * bytes.at(k); };
    for (int i = 0; auto const work = plan.next(held); ++i) {
      REQUIRE(i < 1000);
      auto const size = bytes.at(work->kind);
      if (work->drop) {
        REQUIRE(runs[work->kind] > 0);
        --runs[work->kind], total -= size;
      } else {
        ++runs[work->kind], total += size, ++made;
        plan.made(work->kind, size);
        over += total > most;
      }
    }
    CHECK(total <= most);
  }
  void use(serve::kind_of_run const& k, int times = 1) {
    for (int i = 0; i < times; ++i) {
      if (runs[k] > 0) --runs[k], total -= bytes.at(k);
      plan.used(k, bytes.at(k) - wrong);
      fill();
    }
  }
};

serve::kind_of_run const one{1, 1, false}, eight{1, 8, false}, label{1, 1, true}, other{2, 1, false}, huge{3, 64, false};

}  // namespace

TEST_CASE("stock plan: one kind has all the memory, several have their part by use") {
  store at{100, {{one, 10}, {eight, 40}, {label, 10}}};
  at.fill();
  CHECK(at.made == 0);  // nothing was ever asked for
  at.use(one);
  CHECK(at.runs[one] == 10);
  at.use(label, 3);
  CHECK(at.runs[label] >= 1);  // at once, though the memory was full
  at.use(label, 30), at.use(one, 30);
  CHECK(at.runs[one] >= 4);
  CHECK(at.runs[label] >= 3);
  CHECK(at.runs[one] + at.runs[label] == 10);
  at.use(eight, 60);
  CHECK(at.runs[eight] >= 1);
}

TEST_CASE("stock plan: a kind that does not fit starves no other, and is made once at most") {
  store at{100, {{one, 10}, {huge, 101}, {other, 30}}};
  at.use(huge, 50);
  CHECK(at.made == 0);
  at.use(one), at.use(other);
  CHECK(at.runs[one] > 0);
  CHECK(at.runs[other] > 0);
  CHECK(at.over == 0);

  store surprised{100, {{one, 10}, {huge, 101}}};
  surprised.wrong = 9;
  surprised.use(huge, 50);
  CHECK(surprised.runs[huge] == 0);
  CHECK(surprised.made == 1);
  surprised.use(one);
  CHECK(surprised.runs[one] == 10);
}

TEST_CASE("stock plan: what nobody uses any more gives way") {
  store at{100, {{one, 10}, {other, 60}}};
  at.use(one, 40);
  CHECK(at.runs[one] == 10);
  at.use(other, 200);
  CHECK(at.runs[other] == 1);
  CHECK(at.runs[one] == 4);
}

TEST_CASE("stock plan: two kinds in turn of which one alone fits do not push each other out for ever") {
  store at{100, {{one, 60}, {other, 60}}};
  for (int i = 0; i < 100; ++i) at.use(one), at.use(other);
  CHECK(at.runs[one] + at.runs[other] == 1);
  CHECK(at.made <= 110);  // one for each that was used, and few more
}

TEST_CASE("stock plan: a removed model is forgotten") {
  store at{100, {{one, 20}}};
  at.use(one);
  at.plan.forget(1);
  CHECK(!at.plan.next([](auto const&) { return std::size_t{0}; }));
}
