// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace koi_tests {

/// A port of this machine that leads to another one, over connections that can be stalled, delayed, cut and recorded.
///
/// Threads  any
class relay {
 public:
  /// The bytes of one connection, each way.
  struct recording {
    std::vector<unsigned char> to_callee, to_caller;
  };

  /// `record` keeps all bytes that pass.
  explicit relay(std::uint16_t target, bool record = false);
  relay(relay const&) = delete;
  relay& operator=(relay const&) = delete;
  ~relay();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// While it is set no byte moves and nobody who calls is answered: a cable that was pulled.
  void stall(bool on) noexcept { stalled_ = on; }
  /// What passes takes so much longer.
  void delay(std::chrono::milliseconds each_way) noexcept { delay_us_ = each_way.count() * 1000; }
  /// Ends every connection, with a reset.
  void cut() noexcept { ++cuts_; }
  /// Calls that were answered.
  [[nodiscard]] std::size_t connections() const noexcept { return accepted_; }
  /// What has passed.
  [[nodiscard]] std::vector<recording> recordings() const;

 private:
  struct pump;
  struct pair;
  void run();
  void accept_one();
  bool move(pair& each);

  int listener_ = -1, target_port_;
  std::uint16_t port_ = 0;
  bool const record_;
  std::atomic<bool> stalled_{false}, ends_{false};
  std::atomic<long> delay_us_{0};
  std::atomic<unsigned> cuts_{0};
  std::atomic<std::size_t> accepted_{0};
  mutable std::mutex mutex_;
  std::deque<recording> recorded_;
  std::vector<std::unique_ptr<pair>> pairs_;
  std::jthread thread_;
};

}  // namespace koi_tests
