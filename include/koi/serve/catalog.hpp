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
    auto const id = m.model;
    models_[id] = {std::move(m)};
    count();
  }
  void erase(model_id const& m) {
    std::scoped_lock const lock(mutex_);
    models_.erase(m);
    count();
  }
  /// No model is ready any more. The newest `why` is what those say that have no reason of their own.
  void none_ready(std::string const& why) {
    std::scoped_lock const lock(mutex_);
    for (auto& [id, m] : models_)
      if (std::exchange(m.said.ready, false) || m.for_all) {
        m.said.note = why;
        m.for_all = true;
      }
    count();
  }
  [[nodiscard]] std::optional<model_description> find(model_id const& m) const {
    std::scoped_lock const lock(mutex_);
    if (m.version != 0) {
      auto const at = models_.find(m);
      return at == models_.end() ? std::nullopt : std::optional(at->second.said);
    }
    std::optional<model_description> newest;
    for (auto const& [id, each] : models_)
      if (id.name == m.name && (each.said.ready || !newest)) newest = each.said;
    return newest;
  }
  [[nodiscard]] std::vector<model_description> all() const {
    std::scoped_lock const lock(mutex_);
    std::vector<model_description> out;
    for (auto const& [id, m] : models_) out.push_back(m.said);
    return out;
  }

 private:
  struct entry {
    model_description said;
    bool for_all = false;  ///< whether its note is none_ready()'s
  };

  void count() {
    std::uint64_t ready = 0;
    for (auto const& [id, m] : models_) ready += m.said.ready;
    counts_.models_ready = ready;
  }

  metrics& counts_;
  mutable std::mutex mutex_;
  std::map<model_id, entry> models_;
};

}  // namespace koi::serve
