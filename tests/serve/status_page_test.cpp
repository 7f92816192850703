// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/metrics.hpp>
#include <koi/serve/status_page.hpp>

#include "tests/io/files.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace koi_tests;
namespace serve = koi::serve;
namespace asio = koi::detail::asio;
using koi::detail::tcp;
using namespace std::chrono_literals;

TEST_CASE("status page: health and metrics on loopback, and nowhere else") {
  asio::io_context io;
  serve::metrics counts;
  counts.answered(3ms);
  bool well = true;
  serve::status_page page(io, "127.0.0.1", 0, {[&] { return std::pair(well, std::string("text")); }, [&] { return counts.text(); }});
  std::jthread running([&] { io.run(); });
  auto const get = [&](std::string const& what) {
    asio::io_context own;
    tcp::socket s(own);
    s.connect({asio::ip::address_v4::loopback(), page.port()});
    asio::write(s, asio::buffer(what));
    std::string all;
    boost::system::error_code ec;
    asio::read(s, asio::dynamic_buffer(all), ec);
    return all;
  };
  says(get("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), "200 OK");
  well = false;
  says(get("GET /healthz HTTP/1.1\r\n\r\n"), "503 Service");
  says(get("GET /metrics HTTP/1.1\r\n\r\n"), "koi_latency_seconds_bucket{le=\"0.005\"} 1\n");
  says(get("GET /else HTTP/1.1\r\n\r\n"), "404 Not Found");
  CHECK(get(std::string(10'000, 'x')).empty());
  asio::post(io, [&] { page.stop(); });
  running.join();
  says(complaint([&] { serve::status_page(io, "0.0.0.0", 0, {}); }), "must be on a loopback address");
}
