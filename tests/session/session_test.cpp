// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/session.hpp>

#include <koi/protocol.hpp>
#include <koi/session/in_process.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <thread>

namespace koi::test {

namespace {

using pond64 = pond<ring64, 16>;
using securenn64 = securenn<ring64, 16>;

/// What became of a player: the type of its error, its text, and the peer it names.
struct fate {
  std::string type = "none";
  std::string text;
  std::string peer;
};

fate fate_of(std::exception_ptr const& e) {
  if (!e) return {};
  try {
    std::rethrow_exception(e);
  } catch (peer_aborted const& x) {
    return {"peer_aborted", x.what(), x.peer()};
  } catch (channel_closed const& x) {
    return {"channel_closed", x.what(), x.peer()};
  } catch (channel_timeout const& x) {
    return {"channel_timeout", x.what(), x.peer()};
  } catch (program_mismatch const& x) {
    return {"program_mismatch", x.what(), x.peer()};
  } catch (shape_mismatch const& x) {
    return {"shape_mismatch", x.what(), {}};
  } catch (out_of_range const& x) {
    return {"out_of_range", x.what(), {}};
  } catch (bad_option const& x) {
    return {"bad_option", x.what(), {}};
  } catch (bad_argument const& x) {
    return {"bad_argument", x.what(), {}};
  } catch (std::exception const& x) {
    return {"exception", x.what(), {}};
  }
}

/// Runs a program at every player of a session each, on threads; what became of each, by name.
template <Protocol P, class Program>
std::map<std::string, fate> players(Program program, std::vector<std::string> const& owners = {"owner", "client"}) {
  auto const names = with_servers<P>(owners);
  detail::in_process_parts parts;
  parts.limits = {std::chrono::seconds(60), std::chrono::seconds(60)};
  auto parties = detail::in_process_parties(names, find_roster<P>(names), parts);
  std::vector<std::exception_ptr> errors(names.size());
  detail::run_threads(parties, [&](party& self) {
    auto const id = self.id();
    session<P> on(std::move(self));
    try {
      program(on);
    } catch (...) {
      errors[id] = std::current_exception();
    }
  });
  std::map<std::string, fate> out;
  for (std::size_t i = 0; i < names.size(); ++i) out[names[i]] = fate_of(errors[i]);
  return out;
}

void check_all_well(std::map<std::string, fate> const& fates) {
  for (auto const& [name, f] : fates) {
    CAPTURE(name);
    CAPTURE(f.text);
    CHECK(f.type == "none");
  }
}

bool contains(std::string const& text, std::string_view part) {
  bool const found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("'" << part << "' is not in: " << text);
  return found;
}

/// Who did what, over all threads.
class log_book {
 public:
  void add(std::string const& what, std::string const& who) {
    std::scoped_lock lock(guard_);
    ++entries_[what + " at " + who];
  }
  std::map<std::string, int> entries() const { return entries_; }

 private:
  std::mutex guard_;
  std::map<std::string, int> entries_;
};

bool near(plain_tensor const& a, plain_tensor const& b, double tolerance = 1e-3) {
  if (a.shape() != b.shape()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a.data()[i] - b.data()[i]) <= tolerance)) return false;
  return true;
}

}  // namespace

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
  CHECK(fates.at("owner").text == "input: shapes [2,3] and [2] do not combine");
  for (std::string const name : {"server0", "server1", "client"}) {
    CAPTURE(name);
    CHECK(fates.at(name).type == "peer_aborted");
    CHECK(contains(fates.at(name).text, "shapes [2,3] and [2]"));
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
