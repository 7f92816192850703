// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/message.hpp>
#include <koi/serve/metrics.hpp>

#include <map>
#include <mutex>
#include <optional>

namespace koi::serve {

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
