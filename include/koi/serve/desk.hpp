// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/sha256.hpp>
#include <koi/serve/message.hpp>
#include <koi/serve/metrics.hpp>

#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace koi::serve {

using digest_bytes = std::array<std::byte, 32>;
using clock = std::chrono::steady_clock;

enum class task : std::uint8_t { predict, upload, remove };

/// Bytes that are taken of a budget until this goes.
using reservation = std::shared_ptr<void>;

/// Who asks: a proven identity, or the connection where there is none.
struct asker {
  std::string client;
  std::uint64_t connection = 0;

  friend bool operator==(asker const&, asker const&) = default;
};

/// One server's half of what a client asked for.
struct request {
  task what = task::predict;
  request_id id{};
  std::string client;  ///< its identity, and empty where its link proves none
  std::string origin;  ///< whom its limits are for
  model_id model;
  reveals show = reveals::scores;
  shape_type shape;
  std::vector<std::byte> graph;
  secret_bytes payload;
  reservation memory;
  std::uint64_t connection = 0;
  clock::time_point since = clock::now();
  std::function<void(secret_bytes)> answer;  ///< may be called from any thread

  [[nodiscard]] serve::asker asker() const { return {client, client.empty() ? connection : 0}; }
  [[nodiscard]] std::size_t samples() const noexcept { return shape.empty() ? 0 : shape[0]; }

  /// What both servers must have the same of before their halves meet.
  [[nodiscard]] digest_bytes digest() const {
    message_writer out(message::predict);
    out.bytes(id).word(what).text(client).model(model).word(show).shape(shape).bytes(sha256(graph));
    return sha256(out.finish());
  }
  void refuse(refusal why, std::string_view text) const { answer(encode_refusal(id, why, text)); }
};

struct desk_limits {
  std::size_t per_client = 64;           ///< requests of one client that wait at a time
  std::size_t requests = 4096;           ///< of all clients
  std::size_t max_samples = 64;          ///< of a batch, and of one request
  std::chrono::milliseconds batch_wait{2};  ///< for others to join a request
};

/// Where the requests lie between the thread that talks to clients and the one that computes.
///
/// Threads  safe
class desk {
 public:
  using why_not = std::optional<std::pair<refusal, std::string>>;

  desk(desk_limits limits, metrics& counts) : limits_(limits), counts_(counts) {}

  [[nodiscard]] desk_limits const& limits() const noexcept { return limits_; }

  /// Takes a request in, or says why not.
  [[nodiscard]] why_not put(request r) {
    std::scoped_lock const lock(mutex_);
    if (!open_) return std::pair(refusal::unavailable, note_);
    if (leaving_) return std::pair(refusal::unavailable, std::string("this server is about to stop"));
    if (requests_.size() >= limits_.requests)
      return std::pair(refusal::busy, fmt::format("{} requests wait already", requests_.size()));
    std::size_t same = 0;
    for (auto const& other : requests_) {
      if (other.id == r.id) return std::pair(refusal::bad_request, std::string("a request with this id waits already"));
      same += other.origin == r.origin;
    }
    if (same >= limits_.per_client) return std::pair(refusal::busy, fmt::format("{} requests of this client wait already", same));
    r.since = clock::now();
    requests_.push_back(std::move(r));
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

  /// The next batch: requests that the same run answers, the oldest first. Waits `patience` at most for a first one.
  /// Those of several clients come together where `shared` says that a model keeps samples apart, else never.
  [[nodiscard]] std::vector<request> next(clock::duration patience,
                                          std::function<bool(model_id const&)> const& shared = {}) {
    auto const together = [&shared](request const& a, request const& b) {
      return a.what == task::predict && b.what == task::predict && a.model == b.model && a.show == b.show &&
             (a.asker() == b.asker() || (shared && shared(a.model)));
    };
    std::unique_lock lock(mutex_);
    auto const deadline = clock::now() + patience;
    changed_.wait_until(lock, deadline, [&] { return !requests_.empty() || leaving_ || woken_; });
    woken_ = false;
    if (requests_.empty()) return {};
    auto const full = [&] {
      if (requests_.empty()) return true;
      auto const& first = requests_.front();
      std::size_t samples = 0;
      for (auto const& r : requests_)
        if (together(first, r)) samples += r.samples();
      return first.what != task::predict || leaving_ || samples >= limits_.max_samples;
    };
    changed_.wait_until(lock, requests_.front().since + limits_.batch_wait, full);
    std::vector<request> batch;
    std::size_t samples = 0;
    for (auto it = requests_.begin(); it != requests_.end();) {
      bool const joins = batch.empty() || (together(batch[0], *it) && samples + it->samples() <= limits_.max_samples);
      if (!joins) {
        ++it;
        continue;
      }
      samples += it->samples();
      batch.push_back(std::move(*it));
      it = requests_.erase(it);
      if (batch[0].what != task::predict) break;
    }
    counts_.waiting = requests_.size();
    return batch;
  }
  /// The half that waits under this id.
  [[nodiscard]] std::optional<request> take(request_id const& id) {
    std::scoped_lock const lock(mutex_);
    for (auto it = requests_.begin(); it != requests_.end(); ++it)
      if (it->id == id) {
        auto r = std::move(*it);
        requests_.erase(it);
        counts_.waiting = requests_.size();
        return r;
      }
    return std::nullopt;
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
  std::list<request> requests_;
  bool open_ = false;
  bool leaving_ = false;
  bool woken_ = false;
  std::string note_ = "the players have not met yet";
};

/// What a server says about its models, to clients and to whoever takes requests in.
///
/// Threads  safe
class catalog {
 public:
  explicit catalog(metrics& counts) : counts_(counts) {}

  void set(model_description m) {
    std::scoped_lock const lock(mutex_);
    models_[m.model] = std::move(m);
    count();
  }
  void erase(model_id const& m) {
    std::scoped_lock const lock(mutex_);
    models_.erase(m);
    count();
  }
  /// No model is ready any more.
  void none_ready(std::string const& why) {
    std::scoped_lock const lock(mutex_);
    for (auto& [id, m] : models_)
      if (std::exchange(m.ready, false)) m.note = why;
    count();
  }
  [[nodiscard]] std::optional<model_description> find(model_id const& m) const {
    std::scoped_lock const lock(mutex_);
    if (m.version != 0) {
      auto const at = models_.find(m);
      return at == models_.end() ? std::nullopt : std::optional(at->second);
    }
    std::optional<model_description> newest;
    for (auto const& [id, each] : models_)
      if (id.name == m.name && (each.ready || !newest)) newest = each;
    return newest;
  }
  [[nodiscard]] std::vector<model_description> all() const {
    std::scoped_lock const lock(mutex_);
    std::vector<model_description> out;
    for (auto const& [id, m] : models_) out.push_back(m);
    return out;
  }

 private:
  void count() {
    std::uint64_t ready = 0;
    for (auto const& [id, m] : models_) ready += m.ready;
    counts_.models_ready = ready;
  }

  metrics& counts_;
  mutable std::mutex mutex_;
  std::map<model_id, model_description> models_;
};

}  // namespace koi::serve
