// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/session.hpp>

#include "tests/session/fates.hpp"

namespace koi::test {

TEST_CASE("an error in an owner's callable reaches all players, and says nothing of a value") {
  auto const fates = players<securenn64>([](auto& one) {
    one.run([](auto& on) {
      auto const x =
          on.private_input("owner", {2}, []() -> plain_tensor { throw std::runtime_error("cannot use 1234.5"); });
      on.output("client", relu(x), [](auto const&) {});
    });
  });
  CHECK(fates.at("owner").type == "exception");
  CHECK(fates.at("owner").text == "cannot use 1234.5");  // the owner itself is told all
  for (std::string const name : {"server0", "server1", "server2", "client"}) {
    auto const& f = fates.at(name);
    CAPTURE(name);
    CAPTURE(f.text);
    CHECK(f.type == "peer_aborted");
    CHECK(contains(f.text, "owner"));
    CHECK(f.text.find("1234.5") == std::string::npos);
  }
  CHECK(fates.at("server0").peer == "owner");
  CHECK(fates.at("server1").peer == "owner");
}

TEST_CASE("what an owner's callable says of its files stays at the owner, whatever kind of error it is") {
  auto const fates = players<pond64>([](auto& one) {
    one.run([](auto& on) {
      auto const x = on.private_variables("owner", {{2}}, []() -> std::vector<plain_tensor> {
        throw bad_option("/home/owner/salaries.npy: element 1 is an integer beyond 2^53");
      });
      on.output("client", relu(x[0]), [](auto const&) {});
    });
  });
  CHECK(fates.at("owner").type == "bad_option");
  CHECK(contains(fates.at("owner").text, "salaries.npy"));
  for (std::string const name : {"server0", "server1", "client"}) {
    CAPTURE(name);
    CHECK(fates.at(name).type == "peer_aborted");
    CHECK(fates.at(name).text.find("salaries") == std::string::npos);
    CHECK(fates.at(name).text.find("2^53") == std::string::npos);
  }
}

TEST_CASE("what a receiver says of its result stays with it") {
  auto const fates = players<pond64>([](auto& one) {
    one.run([](auto& on) {
      auto const x = on.private_input("owner", {1}, [] { return plain_tensor{0.5}; });
      on.output("client", x, [](auto const&) { throw bad_option("a score of 0.5 is too low"); });
      (void)on.reveal(on.private_input("client", {1}, [] { return plain_tensor{1.0}; }));
    });
  });
  CHECK(fates.at("client").type == "bad_option");
  for (std::string const name : {"server0", "server1"}) {
    CAPTURE(name);
    CHECK(fates.at(name).type == "peer_aborted");
    CHECK(fates.at(name).text.find("too low") == std::string::npos);
  }
}

TEST_CASE(
    "a number without an encoding is refused at its owner, who names tensor and index; the others learn who stopped") {
  auto const fates = players<securenn64>([](auto& one) {
    one.run([](auto& on) {
      auto const x = on.private_input("owner", {2, 2}, [] {
        return plain_tensor{{1.0, 2.0}, {std::numeric_limits<double>::quiet_NaN(), 4.0}};
      });
      on.output("client", relu(x), [](auto const&) {});
    });
  });
  CHECK(fates.at("owner").type == "out_of_range");
  CHECK(fates.at("owner").text == "private input of owner: the element at [1,0] of shape [2,2] is not a number");
  for (std::string const name : {"server0", "server1", "server2", "client"}) {
    CAPTURE(name);
    CHECK(fates.at(name).type == "peer_aborted");
    CHECK(contains(fates.at(name).text, "owner"));
    CHECK(fates.at(name).text.find("[1,0]") == std::string::npos);  // which number it is says something about it
    CHECK(fates.at(name).text.find("not a number") == std::string::npos);
  }
}

TEST_CASE("of several variables the one that cannot be encoded is named") {
  auto const fates = players<pond64>([](auto& one) {
    one.run([](auto& on) {
      (void)on.private_variables("owner", {{1}, {2}}, [] {
        return std::vector<plain_tensor>{plain_tensor{1.0}, plain_tensor{1.0, 1e300}};
      });
    });
  });
  CHECK(fates.at("owner").type == "out_of_range");
  CHECK(contains(fates.at("owner").text,
                 "private variable 2 of 2 of owner: the element at [1] of shape [2] reaches the bound"));
}

TEST_CASE("a constant without an encoding is refused at every player") {
  for (auto const& [name, f] : players<pond64>([](auto& one) {
         one.run([](auto& on) { (void)on.constant(plain_tensor{1.0, std::numeric_limits<double>::infinity()}); });
       })) {
    CAPTURE(name);
    CHECK(f.type == "out_of_range");
    CHECK(f.text == "constant: the element at [1] of shape [2] is infinite");
  }
}

TEST_CASE("a value of another shape than declared is refused at its owner and ends the run") {
  auto const fates = players<securenn64>([](auto& one) {
    one.run([](auto& on) {
      auto const x = on.private_input("owner", {2, 3}, [] { return plain_tensor{1.0, 2.0}; });
      on.output("client", x, [](auto const&) {});
    });
  });
  CHECK(fates.at("owner").type == "shape_mismatch");
  CHECK(fates.at("owner").text == "private input of owner: declared as [2,3], but [2] came");
  for (std::string const name : {"server0", "server1", "client"}) {
    CAPTURE(name);
    CHECK(fates.at(name).type == "peer_aborted");
    CHECK(contains(fates.at(name).text, "declared as [2,3], but [2] came"));
  }
}

TEST_CASE("too few variables are refused") {
  auto const fates = players<pond64>([](auto& one) {
    one.run([](auto& on) {
      (void)on.private_variables("owner", {{1}, {2}}, [] { return std::vector<plain_tensor>{plain_tensor{1.0}}; });
    });
  });
  CHECK(fates.at("owner").type == "bad_argument");
  CHECK(fates.at("owner").text == "private variables of owner: 2 tensors were declared, 1 came");
  CHECK(fates.at("server0").type == "peer_aborted");
}

TEST_CASE("an unknown player is refused at every player, with the names that there are") {
  auto const everywhere = [](auto program) {
    for (auto const& [name, f] : players<pond64>([&](auto& one) { one.run(program); })) {
      CAPTURE(name);
      CHECK(f.type == "bad_option");
      CHECK(f.text == "there is no player 'nobody'; the players are server0, server1, crypto-producer, owner, client");
    }
  };
  everywhere([](auto& on) { (void)on.private_input("nobody", {}, [] { return plain_tensor(1.0); }); });
  everywhere([](auto& on) { (void)on.private_variable("nobody", {}, [] { return plain_tensor(1.0); }); });
  everywhere([](auto& on) {
    (void)on.private_variables("nobody", {{}}, [] { return std::vector<plain_tensor>{plain_tensor(1.0)}; });
  });
  everywhere([](auto& on) {
    on.output("nobody", private_tensor<pond64>(on.self(), pond64::share_type(shape_type{})), [](auto const&) {});
  });
}

TEST_CASE_TEMPLATE("the helper may learn no value: an output to it is refused at every player", P, pond64, securenn64) {
  auto const helper = P::helper_names().front();
  for (auto const& [name, f] : players<P>([&](auto& one) {
         one.run([&](auto& on) {
           on.output(helper, private_tensor<P>(on.self(), typename P::share_type(shape_type{2})), [](auto const&) {});
         });
       })) {
    CAPTURE(name);
    CHECK(f.type == "bad_argument");
    CHECK(f.text == "output: " + helper + " helps the servers and may learn no value");
  }
}

TEST_CASE("a player that leaves early ends the others with its name") {
  auto const fates = players<securenn64>([](auto& one) {
    one.run([](auto& on) {
      auto const x = on.private_input("owner", {2}, [] { return plain_tensor{1.0, 2.0}; });
      if (on.me() == "server1") return;
      on.output("client", x * x, [](auto const&) {});
    });
  });
  CHECK(fates.at("server1").type == "none");
  CHECK(fates.at("server0").type == "channel_closed");
  CHECK(fates.at("server0").peer == "server1");
  CHECK(contains(fates.at("server0").text, "server1"));
  CHECK(contains(fates.at("client").text, "server1"));
  CHECK(fates.at("client").lost == "server1");
}

TEST_CASE("programs that part stop at the first operation that differs") {
  auto const fates = players<securenn64>([](auto& one) {
    one.run([](auto& on) {
      auto const x = on.private_input("owner", {2, 2}, [] { return plain_tensor{{1.0, 2.0}, {3.0, 4.0}}; });
      auto const y = on.me() == "server1" ? matmul(x, x) : x * x;
      on.output("client", y, [](auto const&) {});
    });
  });
  std::size_t mismatches = 0;
  for (auto const& [name, f] : fates) {
    if (f.type != "program_mismatch") continue;
    ++mismatches;
    CAPTURE(name);
    CHECK(contains(f.text, "run different programs"));
    CHECK(contains(f.text, "matmul"));
    CHECK(contains(f.text, "mul"));
  }
  CHECK(mismatches > 0);
  CHECK(fates.at("client").type != "none");
}

TEST_CASE("a failed run leaves no session behind: the next run fails at once") {
  log_book book;
  auto const fates = players<pond64>([&](auto& one) {
    try {
      one.run([](auto& on) {
        (void)on.private_input("owner", {1}, []() -> plain_tensor { throw std::runtime_error("no"); });
        on.output("client", on.private_input("owner", {1}, [] { return plain_tensor{1.0}; }), [](auto const&) {});
      });
    } catch (std::exception const&) {
      book.add("failure", one.me());
    }
    one.run([](auto& on) {
      on.output("client", on.private_input("owner", {1}, [] { return plain_tensor{1.0}; }), [](auto const&) {});
    });
  });
  CHECK(book.entries().contains("failure at owner"));
  CHECK(book.entries().contains("failure at server0"));
  for (std::string const name : {"owner", "server0", "server1", "client"}) {
    CAPTURE(name);
    CAPTURE(fates.at(name).text);
    CHECK((fates.at(name).type == "peer_aborted" || fates.at(name).type == "channel_closed"));
  }
}

}  // namespace koi::test
