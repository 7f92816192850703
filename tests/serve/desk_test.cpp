// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/desk.hpp>

#include <doctest/doctest.h>

namespace serve = koi::serve;
using namespace std::chrono_literals;

namespace {

serve::request_id numbered(int n) {
  serve::request_id id{};
  id.fill(static_cast<std::byte>(n));
  return id;
}

}  // namespace

TEST_CASE("desk: requests of the same model and question join, as many as fit, in their order") {
  serve::metrics counts;
  serve::desk_limits limits;
  limits.max_samples = 4;
  serve::desk requests(limits, counts);
  requests.open();
  auto const put = [&](int n, std::string const& model, std::size_t samples, serve::reveals show = serve::reveals::scores) {
    serve::request r;
    r.id = numbered(n);
    r.model = {model, 1};
    r.shape = {samples, 3};
    r.show = show;
    CHECK(!requests.put(std::move(r)));
  };
  put(1, "a", 2), put(2, "b", 1), put(3, "a", 3), put(4, "a", 1), put(5, "a", 1, serve::reveals::label), put(6, "a", 1);
  auto const next = [&] {
    std::string ids;
    for (auto const& r : requests.next(30s)) ids += std::to_string(static_cast<int>(r.id[0]));
    return ids;
  };
  CHECK(next() == "146");
  CHECK(next() == "2");
  CHECK(next() == "3");
  CHECK(next() == "5");
  CHECK(requests.next(0s).empty());
}

TEST_CASE("requests: everything that both servers must agree on changes the digest") {
  serve::request r;
  r.id = numbered(1);
  r.model = {"echo", 1};
  r.shape = {2, 3};
  r.client = "clinic";
  auto const base = r.digest();
  auto const differs = [&](auto change) {
    auto other = r;
    change(other);
    CHECK(other.digest() != base);
  };
  differs([](auto& o) { o.id = numbered(2); });
  differs([](auto& o) { o.model.name = "ech"; });
  differs([](auto& o) { o.model.version = 2; });
  differs([](auto& o) { o.shape = {3, 2}; });
  differs([](auto& o) { o.show = serve::reveals::label; });
  differs([](auto& o) { o.client = "someone"; });
  differs([](auto& o) { o.what = serve::task::remove; });
  differs([](auto& o) { o.graph = {std::byte{1}}; });
  auto same = r;
  same.payload.resize(5);
  CHECK(same.digest() == base);
}
