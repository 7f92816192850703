// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/clock_offset.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/conversation.hpp>
#include <koi/net/detail/link_stream.hpp>
#include <koi/net/hello.hpp>

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace koi::detail {

/// One peer while a player waits for all of them: the link once it is there, and what was tried before.
struct awaited_peer {
  awaited_peer(asio::io_context& io, bool is_called, bool calls_us) : calls(is_called), called(calls_us), retry(io) {}

  /// It is there: takes over the connection on which it said hello.
  void meet(conversation& with, seed_contribution const& from_it) {
    contribution = from_it;
    if (with.secure)
      stream.emplace(std::move(*with.secure));
    else
      stream.emplace(std::move(with.socket));
    with.secure.reset();
    stream->lowest().non_blocking(true);
    dialling.reset();
  }

  /// Why it is not there, behind its name and address.
  [[nodiscard]] std::string excuse(std::string const& where, std::string const& me) const {
    if (!calls) return fmt::format("{} (it did not call {})", where, me);
    return fmt::format("{} ({})", where, last.empty() ? "no answer" : last);
  }

  bool calls;   ///< we call it
  bool called;  ///< it calls us
  asio::steady_timer retry;
  std::chrono::milliseconds backoff{20};
  conversation_ptr dialling;
  std::string last;  ///< why the last try failed
  std::optional<link_stream> stream;
  seed_contribution contribution{};
  std::chrono::nanoseconds asked{};  ///< when we said hello, by our clock
  std::optional<clock_offset> clock;
};

}  // namespace koi::detail
