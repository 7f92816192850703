// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>  // Boost.Asio 1.74 uses std::exchange without it

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <memory>

namespace koi::detail {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// The context of one player. No thread of its own runs it: the player's compute thread does, while
/// it waits in a channel. All links of the player share it, so all of them move on meanwhile.
struct io_loop {
  asio::io_context context{1};
  std::size_t writes = 0;  // in flight, over all links

  /// Runs one handler, or none until `deadline`.
  template <class TimePoint>
  void run_one(TimePoint deadline) {
    if (context.stopped()) context.restart();
    context.run_one_until(deadline);
  }

  /// Runs what is ready now, if a queue waits for it.
  void progress() {
    if (writes == 0) return;
    if (context.stopped()) context.restart();
    context.poll();
  }
};

using io_ptr = std::shared_ptr<io_loop>;

[[nodiscard]] inline io_ptr make_io() { return std::make_shared<io_loop>(); }

}  // namespace koi::detail
