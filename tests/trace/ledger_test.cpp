// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/ledger.hpp>

#include <koi/nn.hpp>

#include "tests/session/fates.hpp"

namespace koi::test {

namespace {

using shared_lines = std::map<std::string, nlohmann::json>;

/// A small network once ahead of its input and once as a whole, as each player's ledger in JSON.
template <Protocol P>
shared_lines ledgers() {
  std::mutex mutex;
  shared_lines all;
  check_all_well(players<P>([&](auto& one) {
    one.run([&](auto& on) {
      nn::sequential<P> model{nn::input{3}, nn::dense{4}, nn::relu{}, nn::dense{2}};
      on.load_weights(model, "owner", [] {
        return std::vector<plain_tensor>{plain_tensor({3, 4}, 0.5), plain_tensor({4}, 0.25), plain_tensor({4, 2}, -1.0),
                                         plain_tensor({2}, 0.0)};
      });
      auto const query = [&] {
        auto const x = on.private_input("client", {5, 3}, [] { return plain_tensor({5, 3}, 1.0); });
        auto const named = on.scope("model");
        on.output("client", model(x), [](auto const&) {});
      };
      on.prepare(1, query);
      on.use_prepared(query);
      query();
      CHECK(on.ledger().total().spent == on.spent());
    });
    auto const lines = trace::ledger_table(one);
    CHECK(contains(lines, one.me()));
    CHECK(contains(lines, "model/dense_1"));
    std::lock_guard const lock(mutex);
    all[one.me()] = nlohmann::json::parse(trace::ledger_json(one));
  }));
  return all;
}

nlohmann::json row(nlohmann::json const& of, std::string const& scope, std::string const& operation) {
  for (auto const& r : of.at("rows"))
    if (r.at("scope") == scope && r.at("operation") == operation) return r;
  return {};
}

}  // namespace

TEST_CASE_TEMPLATE("a ledger's rows add up to the counters, and what one sends the other receives", P, pond64, securenn64) {
  auto const all = ledgers<P>();
  REQUIRE(all.size() == 5);
  for (auto const& [me, mine] : all)
    for (auto const& [peer, theirs] : all) {
      if (me == peer) continue;
      CAPTURE(me);
      CAPTURE(peer);
      auto const here = mine.at("total").at("links").value(peer, nlohmann::json::object());
      auto const there = theirs.at("total").at("links").value(me, nlohmann::json::object());
      for (auto const* ph : {"set_up", "offline", "online"}) {
        CAPTURE(ph);
        auto const sent = here.value(ph, nlohmann::json::object()).value("sent_bytes", 0);
        CHECK(sent == there.value(ph, nlohmann::json::object()).value("received_bytes", 0));
      }
    }
}

TEST_CASE("steps stand under their layer, with rounds, bytes and time") {
  auto const all = ledgers<pond64>();
  auto const& server = all.at("server1");
  auto const shape = shape_type{5, 4};
  auto const declared = pond64::truncate_relu_cost(shape, pond64::frac_bits);
  auto const joined = row(server, "model/relu_2", "truncate_relu");
  REQUIRE(!joined.is_null());
  CHECK(joined.at("steps") == 3);  // ahead, after it, and as a whole
  CHECK(joined.at("rounds").at("online") == 2 * declared.rounds);
  CHECK(joined.at("links").at("server0").at("online").at("sent_bytes") == declared.servers);  // half of two runs
  CHECK(joined.at("links").at("crypto-producer").at("offline").at("received_bytes") == 2 * declared.dealt);
  CHECK(joined.at("milliseconds") > 0);
  CHECK(joined.at("milliseconds") >= joined.at("waiting_milliseconds"));
  CHECK(joined.at("peak_bytes") > 0);
  CHECK(row(server, "model/dense_1", "matmul").at("steps") == 3);
  CHECK(row(server, "model", "output").at("rounds").at("online") == 0);  // it sends and waits for nobody
  CHECK(row(all.at("client"), "model", "output").at("rounds").at("online") > 0);
  CHECK(row(server, "", "input").at("steps") == 4 + 3);
}

TEST_CASE("a closed ledger writes nothing down, whatever is open") {
  ledger book{meter(2)};
  book.close();
  book.resume();
  {
    ledger_scope const in(book, "a");
    auto const row = book.begin("step");
    book.sent(row, 1, phase::online, 5);
    book.received(row, 1, phase::online, 5, 1, ledger::clock::now());
    book.end(row);
  }
  book.pause();
  CHECK(book.rows().size() == 1);
  CHECK(book.total().spent == meter(2));
  CHECK(book.total().time.count() == 0);
}

TEST_CASE("of steps that overlap each moment belongs to the last one that began; after a pause nothing is added") {
  ledger book{meter(2)};
  book.resume();
  auto const outer = book.begin("outer");
  auto const inner = book.begin("inner");
  book.end(outer);
  book.end(inner);
  {
    ledger_scope const a(book, "a");
    ledger_scope const b(book, "b");
    book.end(book.begin("step"));
  }
  book.pause();
  auto const before = book.total();
  book.end(book.begin("later"));
  CHECK(book.total().time == before.time);
  auto sum = ledger_row::duration{};
  for (auto const& r : book.rows()) sum += r.time;
  CHECK(sum == before.time);
  CHECK(sum.count() > 0);
  CHECK(book.rows().at(outer).steps == 1);
  bool found = false;
  for (auto const& r : book.rows()) found = found || (r.scope == "a/b" && r.operation == "step" && r.steps == 1);
  CHECK(found);
}

}  // namespace koi::test
