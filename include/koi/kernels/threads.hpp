// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace koi::kernels {

namespace detail {

/// Threads that run the parts of one job at a time. Who finds them busy does the job alone.
class pool {
 public:
  /// How many threads a job has, the caller's among them.
  [[nodiscard]] std::size_t size() const {
    std::lock_guard const lock(state_);
    return size_;
  }

  void resize(std::size_t n) {
    std::lock_guard const alone(job_);
    workers_.clear();  // each stops and is joined
    {
      std::lock_guard const lock(state_);
      size_ = 1;
    }
    for (std::size_t i = 1; i < n; ++i) {
      workers_.emplace_back([this](std::stop_token stop) { work(stop); });
      std::lock_guard const lock(state_);
      size_ = i + 1;
    }
  }

  /// part(i) for all i below `count`; part may not throw.
  template <class Part>
  void run(std::size_t count, Part const& part) {
    std::unique_lock const alone(job_, std::try_to_lock);
    if (!alone.owns_lock()) {
      for (std::size_t i = 0; i < count; ++i) part(i);
      return;
    }
    std::unique_lock lock(state_);
    part_ = [](void const* p, std::size_t i) noexcept { (*static_cast<Part const*>(p))(i); };
    what_ = &part;
    next_ = 0;
    count_ = left_ = count;
    wake_.notify_all();
    while (take(lock)) {
    }
    done_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  /// Runs one part that nobody has taken; the lock is open meanwhile.
  bool take(std::unique_lock<std::mutex>& lock) {
    if (next_ == count_) return false;
    auto const i = next_++;
    auto const* const what = what_;
    auto* const part = part_;
    lock.unlock();
    part(what, i);
    lock.lock();
    if (--left_ == 0) done_.notify_all();
    return true;
  }

  void work(std::stop_token const& stop) {
    std::unique_lock lock(state_);
    while (wake_.wait(lock, stop, [this] { return next_ != count_; })) take(lock);
  }

  std::mutex job_;            // held by who has the pool
  mutable std::mutex state_;  // of all that follows
  std::condition_variable_any wake_;
  std::condition_variable done_;
  void (*part_)(void const*, std::size_t) noexcept = nullptr;
  void const* what_ = nullptr;
  std::size_t next_ = 0, count_ = 0, left_ = 0, size_ = 1;
  std::vector<std::jthread> workers_;  // last, so that they end first
};

inline pool& the_pool() {
  static pool all;
  return all;
}

}  // namespace detail

/// How many threads of this process share a large product; 1 unless set.
[[nodiscard]] inline std::size_t threads() { return detail::the_pool().size(); }

/// Sets that number. The bits of a result do not depend on it.
///
/// Throws   std::system_error where the system has no more threads; as many as there were then stay
/// Threads  safe; waits for a product that is under way
inline void threads(std::size_t n) { detail::the_pool().resize(n); }

}  // namespace koi::kernels
