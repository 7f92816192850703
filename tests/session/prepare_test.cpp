// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/nn.hpp>
#include <koi/session/session.hpp>

#include "tests/session/fates.hpp"

namespace koi::test {

namespace {

/// A model of its own weights, made once, and a query that is run as often as wanted.
template <ComparingProtocol P>
struct service {
  session<P>& on;
  log_book& book;
  std::vector<plain_tensor>& results;
  nn::sequential<P> model{nn::input{2}, nn::dense{3}, nn::relu{}, nn::dense{1}};

  void upload() {
    model.set_weights(on.private_variables("owner", model.weight_shapes(), [] {
      auto third = plain_tensor::from_shape({3, 1});
      for (std::size_t i = 0; i < 3; ++i) third(i, 0) = static_cast<double>(i + 1);
      return std::vector<plain_tensor>{
          plain_tensor{{1.0, 2.0, -1.0}, {0.5, -1.0, 1.0}}, plain_tensor{0.0, 1.0, 0.0}, third, plain_tensor{0.5}};
    }));
  }
  void query(double a, double b) {
    auto const x = on.private_input("client", {1, 2}, [&] {
      book.add("input", on.me());
      return plain_tensor{{a, b}};
    });
    auto const y = model(x);
    auto const known = on.values(on.reveal(y * 2.0));
    if (known) book.add("revealed", on.me());
    on.output("client", y, [&](plain_tensor const& z) {
      book.add("output", on.me());
      results.push_back(z);
    });
  }
};

}  // namespace

TEST_CASE_TEMPLATE("what is prepared before the inputs gives the same results, and calls nobody", P, pond64,
                   securenn64) {
  log_book book;
  std::vector<plain_tensor> results;
  check_all_well(players<P>([&](auto& one) {
    one.run([&](auto& on) {
      service<P> its{on, book, results};
      its.upload();
      auto const kept = on.prepare(3, [&] { its.query(0, 0); });
      bool const keeps = on.me().starts_with("server");
      CHECK(kept.runs == 3);
      CHECK((kept.bytes > 0) == keeps);
      CHECK(kept.bytes % 3 == 0);
      on.use_prepared([&] { its.query(1, 2); });
      its.query(-3, 0.5);  // not prepared, in between
      on.use_prepared([&] { its.query(-1, 4); });
      CHECK(on.prepared().runs == 1);
      on.use_prepared([&] { its.query(1, 2); });
      CHECK(on.prepared().runs == 0);
      CHECK(on.prepared().bytes == 0);
      CHECK_THROWS_AS(on.use_prepared([&] { its.query(1, 2); }), bad_argument);
    });
  }));
  REQUIRE(results.size() == 4);
  auto const plain = [](double a, double b) {
    auto const relu = [](double v) { return std::max(v, 0.0); };
    return relu(a + 0.5 * b) + 2 * relu(2 * a - b + 1) + 3 * relu(b - a) + 0.5;
  };
  auto const logit = [](double v) {
    auto t = plain_tensor::from_shape({1, 1});
    t(0, 0) = v;
    return t;
  };
  CHECK(near(results[0], logit(plain(1, 2))));
  CHECK(near(results[1], logit(plain(-3, 0.5))));
  CHECK(near(results[2], logit(plain(-1, 4))));
  CHECK(near(results[3], logit(plain(1, 2))));
  CHECK(book.entries() == std::map<std::string, int>{{"input at client", 4},
                                                     {"output at client", 4},
                                                     {"revealed at server0", 4},
                                                     {"revealed at server1", 4}});
}

TEST_CASE("each name has a stock of its own: used in any order, counted and dropped apart") {
  log_book book;
  std::vector<plain_tensor> results;
  check_all_well(players<pond64>([&](auto& one) {
    one.run([&](auto& on) {
      service<pond64> its{on, book, results};
      its.upload();
      auto const twice = [&](double a) {
        its.query(a, 1);
        its.query(a, 2);
      };
      auto const a_query = on.prepare(2, [&] { its.query(0, 0); }, "one");
      auto const a_pair = on.prepare(2, [&] { twice(0); }, "two");
      CHECK(a_query.runs == 2);
      CHECK(a_pair.runs == 2);
      CHECK(a_pair.bytes == 2 * a_query.bytes);
      CHECK(on.prepared().runs == 4);
      CHECK(on.prepared().bytes == a_query.bytes + a_pair.bytes);
      on.use_prepared([&] { twice(1); }, "two");
      on.use_prepared([&] { its.query(1, 1); }, "one");
      CHECK(on.prepared("one").runs == 1);
      CHECK(on.prepared("one").bytes == a_query.bytes / 2);
      CHECK_THROWS_AS(on.use_prepared([&] { its.query(1, 1); }), bad_argument);  // nothing without a name
      on.drop_prepared("two");
      CHECK(on.prepared("two").runs == 0);
      CHECK(on.prepared().bytes == a_query.bytes / 2);
      CHECK_THROWS_WITH_AS(on.use_prepared([&] { twice(1); }, "two"), doctest::Contains("any more for 'two'"), bad_argument);
      on.use_prepared([&] { its.query(1, 2); }, "one");
      CHECK(on.prepared().bytes == 0);
    });
  }));
  REQUIRE(results.size() == 4);
  CHECK(near(results[0], results[2]));
  CHECK(near(results[1], results[3]));
}

TEST_CASE("players that use stocks of different names are told apart") {
  log_book book;
  std::vector<plain_tensor> results;
  auto const fates = players<pond64>([&](auto& one) {
    one.run([&](auto& on) {
      service<pond64> its{on, book, results};
      its.upload();
      for (auto const* name : {"one", "two"}) on.prepare(1, [&] { its.query(0, 0); }, name);
      on.use_prepared([&] { its.query(1, 2); }, on.me() == "server1" ? "two" : "one");
    });
  });
  std::size_t parted = 0;
  for (auto const& [name, f] : fates) parted += f.type == "program_mismatch";
  CHECK(parted > 0);
  CHECK(results.empty());
}

TEST_CASE("more than the limit is not kept, and the player that cannot says how much would fit") {
  log_book book;
  std::vector<plain_tensor> results;
  auto const fates = players<pond64>(
      [&](auto& one) {
        one.run([&](auto& on) {
          service<pond64> its{on, book, results};
          its.upload();
          on.prepare(100, [&] { its.query(0, 0); });
        });
      },
      {"owner", "client"}, 10'000);
  std::size_t refused = 0;
  for (auto const& [name, f] : fates) {
    if (f.type != "bad_option") continue;
    ++refused;
    CHECK(contains(f.text, "the limit is 10000 bytes: no more than"));
  }
  CHECK(refused > 0);
}

}  // namespace koi::test
