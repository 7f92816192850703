// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/relay.hpp"

#include "tests/serve/processes/sockets.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace koi_tests {

namespace {
using steady = std::chrono::steady_clock;
constexpr std::size_t most_held = 4 << 20;  // bytes of one direction
}  // namespace

/// One direction of a connection.
struct relay::pump {
  struct piece {
    steady::time_point due;
    std::vector<unsigned char> bytes;
    std::size_t sent = 0;
  };
  std::deque<piece> held;
  std::size_t size = 0;
  bool ended = false, told = false;  // its source has sent all; the other end knows

  [[nodiscard]] bool is_over() const { return ended && told; }
};

struct relay::pair {
  pair(int from, int to) : caller(from), callee(to) {}
  pair(pair const&) = delete;
  pair& operator=(pair const&) = delete;
  ~pair() {
    caller.reset_and_close();
    callee.reset_and_close();
  }
  socket_handle caller, callee;
  pump there, back;
  recording* kept = nullptr;
};

relay::relay(std::uint16_t target, bool record) : target_port_(target), record_(record) {
  listener_ = listen_on(0);
  port_ = port_of(listener_);
  make_nonblocking(listener_);
  thread_ = std::jthread([this] { run(); });
}

relay::~relay() {
  ends_ = true;
  thread_.join();
  ::close(listener_);
}

std::vector<relay::recording> relay::recordings() const {
  std::scoped_lock const lock(mutex_);
  return {recorded_.begin(), recorded_.end()};
}

void relay::accept_one() {
  int const caller = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (caller < 0) return;
  int const callee = call(static_cast<std::uint16_t>(target_port_));
  if (callee < 0) {
    socket_handle(caller).reset_and_close();  // as if nobody listened
    return;
  }
  for (int const s : {caller, callee}) {
    make_nonblocking(s);
    without_delay(s);
  }
  pairs_.push_back(std::make_unique<pair>(caller, callee));
  ++accepted_;
  if (!record_) return;
  std::scoped_lock const lock(mutex_);
  pairs_.back()->kept = &recorded_.emplace_back();
}

/// Moves what can be moved; false when the connection is over.
bool relay::move(pair& each) {
  auto const now = steady::now();
  auto const one_way = [&](int from, int to, pump& p, std::vector<unsigned char>* kept) {
    std::array<unsigned char, 64 * 1024> buffer;
    while (!p.ended && p.size < most_held) {
      auto const n = ::recv(from, buffer.data(), buffer.size(), 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
      if (n < 0) return false;
      if (n == 0) {
        p.ended = true;
        break;
      }
      p.held.push_back({now + std::chrono::microseconds(delay_us_), {buffer.data(), buffer.data() + n}});
      p.size += static_cast<std::size_t>(n);
      if (kept == nullptr) continue;
      std::scoped_lock const lock(mutex_);
      kept->insert(kept->end(), buffer.data(), buffer.data() + n);
    }
    while (!p.held.empty() && p.held.front().due <= now) {
      auto& first = p.held.front();
      auto const n = ::send(to, first.bytes.data() + first.sent, first.bytes.size() - first.sent, MSG_NOSIGNAL);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
      if (n < 0) return false;
      first.sent += static_cast<std::size_t>(n);
      p.size -= static_cast<std::size_t>(n);
      if (first.sent == first.bytes.size()) p.held.pop_front();
    }
    if (p.ended && p.held.empty() && !p.told) {
      ::shutdown(to, SHUT_WR);
      p.told = true;
    }
    return true;
  };
  return one_way(each.caller.get(), each.callee.get(), each.there, each.kept ? &each.kept->to_callee : nullptr) &&
         one_way(each.callee.get(), each.caller.get(), each.back, each.kept ? &each.kept->to_caller : nullptr) &&
         !(each.there.is_over() && each.back.is_over());
}

void relay::run() {
  unsigned cuts = 0;
  while (!ends_) {
    std::vector<pollfd> waiting;
    bool const stalled = stalled_;
    if (!stalled) {
      waiting.push_back({listener_, POLLIN, 0});
      for (auto const& each : pairs_) {
        auto const wants = [](pump const& in, pump const& out) {
          bool const reads = !in.ended && in.size < most_held;
          bool const writes = !out.held.empty() && out.held.front().due <= steady::now();
          return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
        };
        waiting.push_back({each->caller.get(), wants(each->there, each->back), 0});
        waiting.push_back({each->callee.get(), wants(each->back, each->there), 0});
      }
    }
    bool const held =
        std::any_of(pairs_.begin(), pairs_.end(), [](auto const& p) { return p->there.size + p->back.size != 0; });
    ::poll(waiting.data(), waiting.size(), held ? 1 : 5);
    if (cuts != cuts_) {
      cuts = cuts_;
      pairs_.clear();
    }
    if (stalled_) continue;
    if (!waiting.empty() && (waiting[0].revents & POLLIN) != 0) accept_one();
    std::erase_if(pairs_, [this](auto const& each) { return !move(*each); });
  }
}

}  // namespace koi_tests
