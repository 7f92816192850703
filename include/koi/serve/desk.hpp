// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/crowd.hpp>
#include <koi/serve/fair_queue.hpp>
#include <koi/serve/metrics.hpp>

#include <condition_variable>
#include <mutex>

namespace koi::serve {

struct desk_limits {
  std::size_t per_client = 64;              ///< requests of one client that wait at a time
  std::size_t requests = 4096;              ///< of all clients
  std::size_t max_samples = 64;             ///< of a batch, and of one request
  std::chrono::milliseconds batch_wait{8};  ///< that players with time wait for others to join a request, at most
};

/// Where the requests lie between the thread that talks to clients and the one that computes.
///
/// Threads  safe
class desk {
 public:
  desk(desk_limits limits, metrics& counts) : limits_(limits), counts_(counts) {}

  [[nodiscard]] desk_limits const& limits() const noexcept { return limits_; }

  /// Takes a request in, or says why not.
  [[nodiscard]] std::optional<objection> put(request r) {
    std::scoped_lock const lock(mutex_);
    if (!open_) return std::pair(refusal::unavailable, note_);
    if (leaving_) return std::pair(refusal::unavailable, std::string("this server is about to stop"));
    if (requests_.size() >= limits_.requests)
      return std::pair(refusal::busy, fmt::format("{} requests wait already", requests_.size()));
    if (requests_.contains(r.id))
      return std::pair(refusal::bad_request, std::string("a request with this id waits already"));
    auto const same = requests_.waiting(r.origin);
    if (same >= limits_.per_client)
      return std::pair(refusal::busy, fmt::format("{} requests of this client wait already", same));
    r.since = clock::now();
    requests_.push(std::move(r));
    counts_.waiting = requests_.size();
    ++counts_.requests;
    changed_.notify_all();
    return std::nullopt;
  }

  /// Forgets one request of a connection, or all.
  void drop(std::uint64_t connection, request_id const* id = nullptr) {
    remove_if([&](request const& r) { return r.connection == connection && (id == nullptr || r.id == *id); });
  }
  /// Refuses what has waited for so long.
  void expire(clock::duration longest) {
    auto const limit = clock::now() - longest;
    remove_if([&](request const& r) {
      if (r.since > limit) return false;
      counts_.refused(refusal::failed);
      r.refuse(refusal::failed, "its turn did not come in time, or its other half did not");
      return true;
    });
  }

  /// The next batch: requests that the same run answers, origin by origin. Waits `patience` at most for a first one,
  /// and batch_wait at most for others to join it, as many as the crowd that was answered lately: whoever asks alone
  /// need not wait. Those of several clients come together where `shared` says that a model keeps samples apart, else
  /// never. Of the samples that could come, `fitting(first request, samples)` says how many are best taken.
  [[nodiscard]] std::vector<request> next(clock::duration patience,
                                          std::function<bool(model_id const&)> const& shared = {},
                                          std::function<std::size_t(request const&, std::size_t)> const& fitting = {}) {
    auto const together = [&shared](request const& a, request const& b) {
      return a.what == task::predict && b.what == task::predict && a.model == b.model && a.show == b.show &&
             (a.asker() == b.asker() || (shared && shared(a.model)));
    };
    std::unique_lock lock(mutex_);
    if (requests_.empty() && !idle_since_) idle_since_ = clock::now();
    changed_.wait_until(lock, clock::now() + patience, [&] { return !requests_.empty() || leaving_ || woken_; });
    woken_ = false;
    if (requests_.empty()) return {};
    auto const came = clock::now();
    bool const rested = idle_since_ && came - *idle_since_ > limits_.batch_wait;
    idle_since_.reset();
    auto const enough = std::min(crowd_.expected(requests_.first()), limits_.max_samples);
    auto const full = [&] {
      if (requests_.empty()) return true;
      return requests_.first().what != task::predict || leaving_ || requests_.samples_with_first(together) >= enough;
    };
    changed_.wait_until(lock, came + limits_.batch_wait, full);
    if (requests_.empty()) return {};
    auto most = limits_.max_samples;
    if (fitting) most = fitting(requests_.first(), std::min(most, requests_.samples_with_first(together)));
    auto batch = requests_.next(together, most);
    if (!batch.empty() && batch[0].what == task::predict) crowd_.came(batch, rested);
    counts_.waiting = requests_.size();
    return batch;
  }
  /// The half that waits under this id.
  [[nodiscard]] std::optional<request> take(request_id const& id) {
    std::scoped_lock const lock(mutex_);
    auto r = requests_.take(id);
    counts_.waiting = requests_.size();
    return r;
  }

  /// All players are there.
  void open() {
    std::scoped_lock const lock(mutex_);
    open_ = true;
    note_.clear();
    counts_.up = 1;
  }
  /// From now on there is no service, and why; what waits is refused.
  void close(refusal why, std::string note) {
    {
      std::scoped_lock const lock(mutex_);
      open_ = false;
      note_ = note;
      counts_.up = 0;
    }
    remove_if([&](request const& r) {
      counts_.refused(why);
      r.refuse(why, note);
      return true;
    });
  }
  [[nodiscard]] bool is_open() const {
    std::scoped_lock const lock(mutex_);
    return open_;
  }
  [[nodiscard]] std::string note() const {
    std::scoped_lock const lock(mutex_);
    return leaving_ ? "this server is about to stop" : note_;
  }

  /// Takes nothing in any more; what waits is still answered.
  void leave() {
    std::scoped_lock const lock(mutex_);
    leaving_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool leaving() const {
    std::scoped_lock const lock(mutex_);
    return leaving_;
  }
  [[nodiscard]] bool empty() const {
    std::scoped_lock const lock(mutex_);
    return requests_.empty();
  }
  /// Ends the wait of next().
  void wake() {
    std::scoped_lock const lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }

 private:
  template <class F>
  void remove_if(F f) {
    std::scoped_lock const lock(mutex_);
    requests_.remove_if(f);
    counts_.waiting = requests_.size();
  }

  desk_limits limits_;
  metrics& counts_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  fair_queue requests_;
  crowd crowd_;
  std::optional<clock::time_point> idle_since_;  // when next() first found nothing since the last batch
  bool open_ = false;
  bool leaving_ = false;
  bool woken_ = false;
  std::string note_ = "the players have not met yet";
};

}  // namespace koi::serve
