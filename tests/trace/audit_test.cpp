// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/audit.hpp>

#include "tests/session/fates.hpp"

namespace koi::test {

TEST_CASE_TEMPLATE("an audit names every place where values leave, and nothing else", P, pond64, securenn64) {
  std::mutex mutex;
  std::map<std::string, std::string> said;
  unsigned first = 0, second = 0;
  check_all_well(players<P>([&](auto& one) {
    one.run([&](auto& on) {
      auto const x = on.private_input("owner", {3}, [] { return plain_tensor{1.0, -2.0, 3.0}; });
      auto const query = [&] {
        auto const y = on.private_input("client", {3}, [] { return plain_tensor{1.0, 1.0, 1.0}; });
        auto const in = on.scope("answers");
        on.output("client", relu(x * y), [](auto const&) {}); if (on.me() == "client") first = __LINE__;
      };
      on.prepare(2, query);
      on.use_prepared(query);
      on.use_prepared(query);
      (void)on.reveal(reduce_sum(x)); if (on.me() == "client") second = __LINE__;
    });
    std::lock_guard const lock(mutex);
    said[one.me()] = trace::audit(one);
  }));
  REQUIRE(said.size() == 5);
  for (auto const& [me, text] : said) {
    CAPTURE(me);
    CHECK(text == fmt::format("client learned 2 values of shape [3] in answers  audit_test.cpp:{}\n"
                              "server0 and server1 learned 1 value of shape []  audit_test.cpp:{}\n",
                              first, second));
  }
}

TEST_CASE("a program that lets nothing out says so") {
  check_all_well(players<pond64>([&](auto& one) {
    one.run([&](auto& on) { (void)on.private_input("owner", {3}, [] { return plain_tensor{1.0, -2.0, 3.0}; }); });
    CHECK(trace::audit(one) == "no value left the shares\n");
  }));
}

}  // namespace koi::test
