// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/session.hpp>

#include "tests/session/fates.hpp"

namespace koi::test {

TEST_CASE_TEMPLATE("a callable runs at its owner, a result arrives at its player, and nowhere else", P, pond64,
                   securenn64) {
  log_book book;
  plain_tensor result;
  check_all_well(players<P>([&](auto& one) {
    one.run([&](auto& on) {
      auto const me = on.me();
      auto x = on.private_input("owner", {2}, [&] {
        book.add("input", me);
        return plain_tensor{1.5, -2.0};
      });
      auto w = on.private_variable("client", {2}, [&] {
        book.add("variable", me);
        return plain_tensor{2.0, 3.0};
      });
      auto many = on.private_variables("owner", {{2}, {}}, [&] {
        book.add("variables", me);
        return std::vector<plain_tensor>{plain_tensor{1.0, 10.0}, plain_tensor(0.5)};
      });
      on.output("client", x * w + many[0] + many[1], [&](plain_tensor const& y) {
        book.add("output", me);
        result = y;
      });
    });
  }));
  CHECK(book.entries() ==
        std::map<std::string, int>{
            {"input at owner", 1}, {"variable at client", 1}, {"variables at owner", 1}, {"output at client", 1}});
  CHECK(near(result, plain_tensor{4.5, 4.5}));
}

TEST_CASE("a server may own and receive, too") {
  log_book book;
  plain_tensor result;
  check_all_well(players<pond64>([&](auto& one) {
    one.run([&](auto& on) {
      auto const x = on.private_input("server0", {}, [&] {
        book.add("input", on.me());
        return plain_tensor(3.0);
      });
      auto const y = on.private_input("server1", {}, [&] {
        book.add("input", on.me());
        return plain_tensor(4.0);
      });
      on.output("server1", x - y, [&](plain_tensor const& z) {
        book.add("output", on.me());
        result = z;
      });
    });
  }));
  CHECK(book.entries() ==
        std::map<std::string, int>{{"input at server0", 1}, {"input at server1", 1}, {"output at server1", 1}});
  CHECK(near(result, plain_tensor(-1.0)));
}

TEST_CASE_TEMPLATE("what is revealed is known to the servers alone, and can be computed with", P, pond64, securenn64) {
  std::mutex guard;
  std::map<std::string, std::optional<plain_tensor>> seen, constants;
  plain_tensor result;
  check_all_well(players<P>([&](auto& one) {
    one.run([&](auto& on) {
      auto const x = on.private_input("owner", {3}, [] { return plain_tensor{1.0, 2.0, -3.5}; });
      auto const known = on.reveal(x + x);
      CHECK(known.shape() == shape_type{3});
      auto const c = on.constant(plain_tensor{10.0, 20.0, 30.0});
      {
        std::scoped_lock lock(guard);
        seen[on.me()] = on.values(known);
        constants[on.me()] = on.values(c);
      }
      on.output("client", known * x + c, [&](plain_tensor const& y) { result = y; });
    });
  }));
  REQUIRE(seen.size() == 5);
  for (auto const& [name, value] : seen) {
    CAPTURE(name);
    bool const serves = name == "server0" || name == "server1";
    CHECK(value.has_value() == serves);
    CHECK(constants[name].has_value() == serves);
    if (serves) {
      CHECK(near(*value, plain_tensor{2.0, 4.0, -7.0}, 1e-9));
      CHECK(near(*constants[name], plain_tensor{10.0, 20.0, 30.0}, 1e-9));
    }
  }
  CHECK(near(result, plain_tensor{12.0, 28.0, 54.5}));
}

TEST_CASE("any expression of xtensor is an input and a constant") {
  plain_tensor result;
  check_all_well(players<pond64>([&](auto& one) {
    one.run([&](auto& on) {
      xt::xarray<float> const image{{1, 2}, {3, 4}};
      auto const x = on.private_input("owner", {2, 2}, [&] { return xt::transpose(image) * 2; });
      on.output("client", x + on.constant(xt::ones<double>({2, 2})), [&](plain_tensor const& y) { result = y; });
    });
  }));
  CHECK(near(result, plain_tensor{{3.0, 7.0}, {5.0, 9.0}}));
}

TEST_CASE_TEMPLATE("weights stay for any number of runs: they are shared and masked once", P, pond64, securenn64) {
  constexpr int runs = 4;
  log_book book;
  std::array<plain_tensor, runs> results;
  std::mutex guard;
  std::map<std::string, std::vector<std::uint64_t>> set_up;
  check_all_well(players<P>([&](auto& one) {
    std::optional<private_tensor<P>> weights;
    for (int i = 0; i < runs; ++i) {
      one.run([&](auto& on) {
        if (!weights)
          weights = on.private_variable("owner", {2, 2}, [&] {
            book.add("weights", on.me());
            return plain_tensor{{1.0, 2.0}, {3.0, 4.0}};
          });
        auto const x = on.private_input("client", {1, 2}, [&] {
          book.add("input", on.me());
          return plain_tensor{{1.0, static_cast<double>(i)}};
        });
        on.output("client", matmul(x, *weights),
                  [&](plain_tensor const& y) { results[static_cast<std::size_t>(i)] = y; });
      });
      std::scoped_lock lock(guard);
      set_up[one.me()].push_back(one.spent().sent(phase::set_up).bytes + one.spent().received(phase::set_up).bytes);
    }
  }));
  for (int i = 0; i < runs; ++i) {
    CAPTURE(i);
    CHECK(near(results[static_cast<std::size_t>(i)], plain_tensor{{1.0 + 3 * i, 2.0 + 4 * i}}));
  }
  CHECK(book.entries() == std::map<std::string, int>{{"weights at owner", 1}, {"input at client", runs}});
  CHECK(set_up["server0"].front() > 0);
  for (auto const& [name, bytes] : set_up) {
    CAPTURE(name);
    CHECK(bytes.back() == bytes.front());
  }
}

TEST_CASE("two sessions run in one process at the same time") {
  // Each owner's callable waits for the other session's: both are in the middle of a run together.
  std::mutex guard;
  std::condition_variable both;
  int inside = 0;
  auto const meet = [&] {
    std::unique_lock lock(guard);
    ++inside;
    both.notify_all();
    CHECK(both.wait_for(lock, std::chrono::seconds(60), [&] { return inside == 2; }));
  };
  std::array<plain_tensor, 2> results;
  auto const program = [&](std::size_t number) {
    return [&, number](auto& one) {
      one.run([&](auto& on) {
        auto const x = on.private_input("owner", {2}, [&] {
          meet();
          return plain_tensor{1.0 + static_cast<double>(number), 5.0};
        });
        on.output("client", x * x, [&](plain_tensor const& y) { results[number] = y; });
      });
    };
  };
  std::map<std::string, fate> other;
  {
    std::jthread second([&] { other = players<securenn64>(program(1)); });
    check_all_well(players<pond64>(program(0)));
  }
  check_all_well(other);
  CHECK(near(results[0], plain_tensor{1.0, 25.0}));
  CHECK(near(results[1], plain_tensor{4.0, 25.0}));
}

TEST_CASE("tensors stay usable when their session moves") {
  plain_tensor result;
  check_all_well(players<pond64>([&](auto& one) {
    std::optional<private_tensor<pond64>> x;
    one.run([&](auto& on) { x = on.private_input("owner", {1}, [] { return plain_tensor{3.0}; }); });
    auto moved = std::move(one);
    moved.run([&](auto& on) { on.output("client", *x * *x, [&](plain_tensor const& y) { result = y; }); });
  }));
  CHECK(near(result, plain_tensor{9.0}));
}

TEST_CASE("a session knows its player and what it spent") {
  check_all_well(players<pond64>([](auto& one) {
    CHECK(one.players() == std::vector<std::string>{"server0", "server1", "crypto-producer", "owner", "client"});
    CHECK(one.spent().sent(phase::online).messages == 0);
    one.run([](auto& on) {
      on.output("client",
                on.private_input("owner", {4},
                                 [] {
                                   return plain_tensor{1.0, 2.0, 3.0, 4.0};
                                 }),
                [](auto const&) {});
    });
    auto const bytes = one.spent().received(phase::online).bytes;
    if (one.me() == "client") CHECK(bytes == 2 * 4 * 8);
    if (one.me() == "crypto-producer") CHECK(bytes == 0);
  }));
}

}  // namespace koi::test
