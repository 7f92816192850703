// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/group.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace koi_tests;
namespace serve = koi::serve;

namespace {

constexpr double tolerance = 1.0 / 1024;

/// The plain model's results for `count` samples from the i-th one on.
koi::plain_tensor expected(std::size_t i, std::size_t count) { return mlp().row(mlp().output, i, count); }
koi::plain_tensor asked(std::size_t i, std::size_t count) { return mlp().row(mlp().input, i, count); }

template <class Action>
serve::refusal refusal_of(Action const& action, std::string const& part = "") {
  try {
    action();
  } catch (serve::refused_error const& e) {
    says(e.what(), part);
    return e.why();
  }
  FAIL("nothing was refused");
  return {};
}

bool settles(client64& someone, koi_tests::group& three) {
  return three.is_up() && becomes([&] {
    try {
      return worst(someone.predict({"mlp", 1}, asked(0, 1)), expected(0, 1)) < tolerance;
    } catch (serve::refused_error const&) {
      return false;
    } catch (koi::channel_error const&) {
      return false;
    }
  });
}

}  // namespace

TEST_CASE("serve: a model is uploaded, and clients get the plain model's results or labels") {
  koi_tests::group three;
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  auto const found = someone.find({"mlp", 0});
  CHECK(found.model == serve::model_id{"mlp", 1});
  CHECK(found.input == koi::shape_type{12});
  CHECK(found.output == koi::shape_type{4});
  CHECK(worst(someone.predict(found.model, mlp().input), mlp().output) < tolerance);
  CHECK(worst(someone.predict({"mlp", 0}, asked(1, 5)), expected(1, 5)) < tolerance);
  CHECK(someone.labels(found.model, mlp().input) == std::vector<std::size_t>{3, 3});

  // the same name again, in another version
  CHECK(refusal_of([&] { someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>()); }) == serve::refusal::bad_request);
  sample_model const lenet("torch_lenet");
  someone.upload({"mlp", 2}, lenet.graph, lenet.words<pond64>());
  CHECK(someone.find({"mlp", 0}).model.version == 2);
  CHECK(worst(someone.predict({"mlp", 2}, lenet.input), lenet.output) < tolerance);
  CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < tolerance);

  someone.remove({"mlp", 2});
  CHECK(someone.find({"mlp", 0}).model.version == 1);
  CHECK(refusal_of([&] { (void)someone.predict({"mlp", 2}, lenet.input); }) == serve::refusal::unknown_model);
  CHECK(refusal_of([&] { someone.remove({"mlp", 2}); }, "unknown model: mlp:2") == serve::refusal::unknown_model);
}

TEST_CASE("serve: an upload that is no model is refused, and the service goes on") {
  koi_tests::group three;
  REQUIRE(three.is_up());
  auto someone = three.client();
  auto const noise = std::string("this is no graph");
  CHECK(refusal_of([&] { someone.upload({"bad", 1}, as_bytes(noise), mlp().words<pond64>()); }) == serve::refusal::bad_request);
  CHECK(refusal_of([&] { someone.upload({"bad", 1}, mlp().graph, koi::tensor<koi::ring64>({3}, 0)); }) == serve::refusal::differs);
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < tolerance);
  CHECK(three["server0"].counts().sessions == 1);
}

TEST_CASE("serve: many clients at once share batches, and each gets its own answer") {
  koi_tests::group three([](serve::server_options& o) { o.desk.batch_wait = std::chrono::milliseconds(20); });
  REQUIRE(three.is_up());
  three.client().upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  constexpr std::size_t clients = 20, requests = 5;
  std::atomic<std::size_t> right{0};
  {
    std::vector<std::jthread> threads;
    for (std::size_t c = 0; c < clients; ++c)
      threads.emplace_back([&, c] {
        auto mine = three.client();
        for (std::size_t i = 0; i < requests; ++i) {
          auto const count = 1 + (c + i) % 3;
          auto const y = mine.predict({"mlp", 1}, asked(c % 2, count));
          auto const due = expected(c % 2, count);
          bool good = y.size() == due.size();
          for (std::size_t k = 0; good && k < y.size(); ++k) good = std::abs(y.data()[k] - due.data()[k]) < tolerance;
          right += good;
        }
      });
  }
  CHECK(right == clients * requests);
  auto const& counts = three["server0"].counts();
  CHECK(counts.answers == clients * requests);
  CHECK(counts.batches < clients * requests / 2);
  CHECK(three["server1"].counts().batches == counts.batches);
}

TEST_CASE("serve: what is prepared while nobody asks is used, once") {
  koi_tests::group three([](serve::server_options& o) { o.engine.stock_bytes = 200'000; });
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  auto const& counts = three["server0"].counts();
  CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < tolerance);
  CHECK(counts.prepared_batches == 0);
  REQUIRE(becomes([&] { return counts.stock_runs >= 2; }));
  for (std::uint64_t i = 1; i <= 6; ++i) CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < tolerance);
  CHECK(counts.prepared_batches >= 2);
  CHECK(counts.stock_bytes <= 200'000);
  // another size has nothing prepared, and is answered all the same
  CHECK(worst(someone.predict({"mlp", 1}, asked(0, 7)), expected(0, 7)) < tolerance);
  CHECK(someone.labels({"mlp", 1}, mlp().input) == std::vector<std::size_t>{3, 3});
  CHECK(three["server0"].counts().sessions == 1);
}

TEST_CASE("serve: a lost player is named, the others stay, and all goes on when it is back") {
  koi_tests::group three;
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  for (auto const& name : koi_tests::group::names()) {
    INFO(name);
    three.kill(name);
    if (name == "crypto-producer") {
      REQUIRE(becomes([&] { return !three["server0"].is_up() && !three["server1"].is_up(); }));
      CHECK(refusal_of([&] { (void)someone.predict({"mlp", 1}, mlp().input); }, name) == serve::refusal::unavailable);
    } else {
      auto const other = name == "server0" ? "server1" : "server0";
      REQUIRE(becomes([&] { return !three[other].is_up(); }));
      REQUIRE(becomes([&] { return someone.ask(name == "server0" ? 1 : 0).note.find(name) != std::string::npos; }));
      CHECK_THROWS_AS((void)someone.predict({"mlp", 1}, mlp().input), koi::error);
    }
    three.start(name);
    REQUIRE(settles(someone, three));
  }
}

TEST_CASE("serve: all players restart from disk; a share file of another kind is refused, and the log says why") {
  std::mutex guard;
  std::string log;
  koi_tests::group three([&](serve::server_options& o) {
    o.engine.log = [&](std::string_view line) {
      std::scoped_lock const lock(guard);
      log += line;
    };
  });
  REQUIRE(three.is_up());
  {
    auto someone = three.client();
    someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
    someone.upload({"other", 1}, mlp().graph, mlp().words<pond64>());
  }
  auto const restart = [&](auto const& meanwhile) {
    for (auto const& name : koi_tests::group::names()) three.kill(name);
    meanwhile();
    for (auto const& name : koi_tests::group::names()) three.start(name);
    REQUIRE(three.is_up());
  };
  auto const file = [&](int server, std::string const& model) {
    auto const name = "server" + std::to_string(server);
    return three.folder(name) / (model + ".1." + name + ".share");
  };
  auto const keep = [](std::filesystem::path const& path) { return content_of(path); };
  auto const put = [](std::filesystem::path const& path, std::string const& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  };
  restart([] {});
  CHECK(worst(three.client().predict({"mlp", 1}, mlp().input), mlp().output) < tolerance);

  auto const mine = keep(file(0, "mlp")), theirs = keep(file(1, "mlp")), others = keep(file(0, "other"));
  auto const refused = [&](std::string const& content, std::string const& note, std::string const& detail = "") {
    restart([&] { put(file(0, "mlp"), content); });
    CHECK(refusal_of([&] { (void)three.client().predict({"mlp", 1}, mlp().input); }, "server0") != serve::refusal::bad_request);
    auto const notes = three.client().ask(0).models;
    says(notes.at(0).note, note);
    CHECK(notes.at(0).note.find('/') == std::string::npos);  // strangers learn no path
    std::scoped_lock const lock(guard);
    says(log, detail);
    CHECK(!three.client().ask(1).models.at(0).ready);
    CHECK(worst(three.client().predict({"other", 1}, mlp().input), mlp().output) < tolerance);
  };
  refused(theirs, "server0 cannot use its share", "the files are swapped");
  refused(others, "server0 cannot use its share", "is the model 'other.1', not 'mlp.1'");
  refused(mine.substr(0, mine.size() / 2), "server0 cannot use its share", "is cut or damaged");

  // an older save: as good a file as any, but not of the upload that server 1 has
  restart([&] { put(file(0, "mlp"), mine); });
  {
    auto someone = three.client();
    CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < tolerance);
    someone.remove({"mlp", 1});
    someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  }
  refused(mine, "is of another upload");
}

TEST_CASE("serve: a server that stops answers what waits, and tells the others") {
  koi_tests::group three;
  REQUIRE(three.is_up());
  auto someone = three.client();
  someone.upload({"mlp", 1}, mlp().graph, mlp().words<pond64>());
  CHECK(worst(someone.predict({"mlp", 1}, mlp().input), mlp().output) < tolerance);
  for (auto const& name : koi_tests::group::names()) {
    INFO(name);
    three[name].stop();
    three[name].wait();
    three.kill(name);
    CHECK(three[name == "server0" ? "server1" : "server0"].counts().sessions_lost == 0);
    three.start(name);
    REQUIRE(settles(someone, three));
  }
}
