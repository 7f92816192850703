// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace koi::serve {

/// How much a front takes in, and how long it waits.
struct front_limits {
  std::size_t connections = 1024;
  std::size_t request_bytes = std::size_t{64} << 20;  ///< of one request
  std::size_t upload_bytes = std::size_t{2} << 30;    ///< of one model
  std::size_t total_bytes = std::size_t{4} << 30;     ///< of everything that has come and waits
  std::size_t client_bytes = std::size_t{2} << 30;    ///< of that, of one client
  std::size_t answer_bytes = std::size_t{64} << 20;   ///< that one connection has not taken yet
  std::chrono::milliseconds greet_wait{10'000};       ///< for a connection's handshake
  std::chrono::milliseconds idle_wait{300'000};       ///< for a message to begin
  std::chrono::milliseconds message_wait{30'000};     ///< for a message to be complete, and an answer to be taken
  std::size_t least_rate = 100'000;                   ///< bytes a second that a large message must come with
  std::chrono::milliseconds half_wait{30'000};        ///< for a request's other half, and for its turn
};

/// Memory that many share.
///
/// Threads  safe
class memory_budget {
 public:
  memory_budget(std::size_t bytes, std::size_t bytes_of_one) : state_(std::make_shared<state>(bytes, bytes_of_one)) {}

  /// So many bytes for somebody until the result goes; nothing if they are not there.
  [[nodiscard]] std::shared_ptr<void> take(std::size_t bytes, std::string const& who) {
    if (bytes == 0) return state_;
    {
      std::scoped_lock const lock(state_->mutex);
      auto& of_one = state_->taken[who];
      if (bytes > state_->left || bytes > state_->of_one - of_one) {
        if (of_one == 0) state_->taken.erase(who);
        return nullptr;
      }
      state_->left -= bytes;
      of_one += bytes;
    }
    return std::shared_ptr<void>(state_.get(), [keep = state_, bytes, who](void*) {
      std::scoped_lock const lock(keep->mutex);
      keep->left += bytes;
      auto const at = keep->taken.find(who);
      at->second -= bytes;
      if (at->second == 0) keep->taken.erase(at);
    });
  }

 private:
  struct state {
    state(std::size_t bytes, std::size_t bytes_of_one) : left(bytes), of_one(bytes_of_one) {}
    std::mutex mutex;
    std::size_t left;
    std::size_t of_one;
    std::map<std::string, std::size_t> taken;
  };
  std::shared_ptr<state> state_;
};

}  // namespace koi::serve
