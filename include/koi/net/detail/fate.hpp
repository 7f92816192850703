// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/net/abort_reason.hpp>
#include <koi/net/frame.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace koi::detail {

using net_clock = std::chrono::steady_clock;

/// Now plus `wait`, without overflow for waits that mean "for ever".
[[nodiscard]] inline net_clock::time_point deadline_after(std::chrono::milliseconds wait) noexcept {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
  return net_clock::now() + std::clamp(wait, std::chrono::milliseconds{0}, longest);
}

/// What a peer's abort may contain: printable, within the cap.
[[nodiscard]] inline std::string abort_text(std::string_view why) { return printable(why, max_abort_bytes); }
[[nodiscard]] inline std::string abort_text(const_byte_span why) {
  return abort_text(std::string_view{reinterpret_cast<char const*>(why.data()), why.size()});
}

/// An abort_reason as it goes to a peer, or as it came from one.
struct heard_reason {
  explicit heard_reason(abort_reason const& r) : why(abort_text(r.why)), lost(printable(r.lost)) {}

  /// An abort frame's bytes: the lost player's name and a line's end, if there is one; then why.
  [[nodiscard]] static heard_reason of(std::string_view payload) {
    auto const end = payload.find('\n');
    if (end == payload.npos) return heard_reason(payload);
    return heard_reason({payload.substr(end + 1), payload.substr(0, end)});
  }
  [[nodiscard]] static heard_reason of(const_byte_span payload) {
    return of(std::string_view{reinterpret_cast<char const*>(payload.data()), payload.size()});
  }
  [[nodiscard]] std::string payload() const {
    return (lost.empty() ? why : lost + '\n' + why).substr(0, max_abort_bytes);
  }

  std::string why;
  std::string lost;
};

/// The player whom a peer says that it lost, if that is one of the others; empty if not. Which of them is the peer's
/// word, and may be false.
[[nodiscard]] inline std::string lost_one(std::string const& said, std::vector<std::string> const& players,
                                          std::string_view me) {
  bool const known = said != me && std::find(players.begin(), players.end(), said) != players.end();
  return known ? said : std::string();
}

enum class fault_kind { closed, aborted, timeout, frame };

/// How one end of a channel ended. Set once; afterwards every call raises it.
class channel_fate {
 public:
  explicit channel_fate(std::string peer) : peer_(std::move(peer)) {}

  [[nodiscard]] std::string const& peer() const noexcept { return peer_; }
  [[nodiscard]] bool dead() const noexcept { return dead_; }
  [[nodiscard]] std::optional<frame_tag> const& refused() const noexcept { return refused_; }

  void check() const {
    if (dead_) raise(kind_, fmt::format("the channel to {} is closed since: {}", peer_, why_), code_);
  }

  [[noreturn]] void fail(fault_kind kind, std::string why, std::error_code code = {}) {
    end(kind, why, code);
    raise(kind, why, code);
  }

  void end(fault_kind kind, std::string why, std::error_code code = {}) {
    if (dead_) return;
    dead_ = true;
    kind_ = kind;
    why_ = std::move(why);
    code_ = code;
  }

  [[noreturn]] void fail_aborted(heard_reason const& r) {
    lost_ = r.lost;
    fail(fault_kind::aborted, fmt::format("{} stopped: {}", peer_, r.why));
  }

  [[noreturn]] void fail_closed(std::size_t due, std::error_code code = {}) {
    fail(fault_kind::closed,
         code ? fmt::format("{} went away ({}) while a message of {} bytes from it was awaited", peer_, code.message(),
                            due)
              : fmt::format("{} went away while a message of {} bytes from it was awaited", peer_, due),
         code);
  }

  [[noreturn]] void fail_timeout(std::size_t due, std::chrono::milliseconds wait) {
    fail(fault_kind::timeout,
         fmt::format("{} sent nothing complete within {} ms; a message of {} bytes was awaited", peer_, wait.count(),
                     due),
         std::make_error_code(std::errc::timed_out));
  }

  [[noreturn]] void fail_queue(std::size_t queued, std::size_t limit, std::chrono::milliseconds wait) {
    fail(fault_kind::timeout,
         fmt::format("{} took nothing for {} ms: {} bytes are queued for it, the limit is {}", peer_, wait.count(),
                     queued, limit),
         std::make_error_code(std::errc::timed_out));
  }

  [[noreturn]] void fail_length(frame_tag const& tag, std::uint64_t came, std::size_t due) {
    refused_ = tag;
    fail(fault_kind::frame,
         fmt::format("{} sent {} bytes of {} where {} bytes were due", peer_, came, to_string(tag), due));
  }

 private:
  [[noreturn]] void raise(fault_kind kind, std::string const& why, std::error_code code) const {
    switch (kind) {
      case fault_kind::aborted:
        throw peer_aborted(peer_, why, code, lost_);
      case fault_kind::timeout:
        throw channel_timeout(peer_, why, code);
      case fault_kind::frame:
        throw bad_frame(peer_, why, code);
      case fault_kind::closed:
        break;
    }
    throw channel_closed(peer_, why, code);
  }

  std::string peer_;
  std::string lost_;  // whom the peer lost, it says
  std::string why_;
  std::error_code code_;
  std::optional<frame_tag> refused_;
  fault_kind kind_ = fault_kind::closed;
  bool dead_ = false;
};

}  // namespace koi::detail
