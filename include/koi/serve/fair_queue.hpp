// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/request.hpp>

#include <algorithm>
#include <list>
#include <map>
#include <optional>

namespace koi::serve {

/// Requests that wait, served origin by origin: each in its turn has its oldest request at the head of a batch, so that
/// whoever asks much waits for itself, whatever models it asks. A batch that has room takes a request of each origin,
/// and another of each, until nothing more fits.
///
/// Threads  one object: one thread at a time
class fair_queue {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// How many requests of an origin wait.
  [[nodiscard]] std::size_t waiting(std::string const& origin) const {
    auto const at = lines_.find(origin);
    return at == lines_.end() ? 0 : at->second->requests.size();
  }
  [[nodiscard]] bool contains(request_id const& id) const {
    for (auto const& l : turns_)
      for (auto const& r : l.requests)
        if (r.id == id) return true;
    return false;
  }

  void push(request r) {
    auto const at = lines_.find(r.origin);
    if (at != lines_.end()) {
      at->second->requests.push_back(std::move(r));
    } else {
      turns_.push_back({r.origin, {}});
      turns_.back().requests.push_back(std::move(r));
      lines_[turns_.back().origin] = std::prev(turns_.end());
    }
    ++size_;
  }
  [[nodiscard]] std::optional<request> take(request_id const& id) {
    std::optional<request> taken;
    remove_if([&](request& r) {
      if (taken || r.id != id) return false;
      taken = std::move(r);
      return true;
    });
    return taken;
  }
  template <class F>
  void remove_if(F f) {
    for (auto l = turns_.begin(); l != turns_.end();) {
      auto const before = l->requests.size();
      l->requests.remove_if(f);
      size_ -= before - l->requests.size();
      l = drop_if_empty(l);
    }
  }

  /// The request with which the next batch begins; there must be one.
  [[nodiscard]] request const& first() const { return turns_.front().requests.front(); }
  /// Samples of all requests that could stand in a batch with it, and its own.
  template <class Together>
  [[nodiscard]] std::size_t samples_with_first(Together together) const {
    std::size_t samples = 0;
    for (auto const& l : turns_)
      for (auto const& r : l.requests)
        if (&r == &first() || together(first(), r)) samples += r.samples();
    return samples;
  }

  /// The next batch: at most so many samples, but one request in any case. `together` says whether two requests may
  /// stand in one.
  template <class Together>
  [[nodiscard]] std::vector<request> next(Together together, std::size_t most_samples) {
    std::vector<request> batch;
    if (empty()) return batch;
    std::size_t samples = 0;
    struct cursor {
      std::list<line>::iterator of;
      std::list<request>::iterator at;
    };
    std::vector<cursor> open;
    for (auto l = turns_.begin(); l != turns_.end(); ++l) open.push_back({l, l->requests.begin()});
    std::vector<std::list<line>::iterator> had_turn;
    auto const take_one = [&](cursor& c) {
      for (; c.at != c.of->requests.end(); ++c.at) {
        auto& r = *c.at;
        bool const joins = batch.empty() || (samples + r.samples() <= most_samples && together(batch[0], r));
        if (!joins) continue;
        bool const oldest = c.at == c.of->requests.begin();
        if (oldest && std::find(had_turn.begin(), had_turn.end(), c.of) == had_turn.end()) had_turn.push_back(c.of);
        samples += r.samples();
        batch.push_back(std::move(r));
        c.at = c.of->requests.erase(c.at);
        --size_;
        return true;
      }
      return false;
    };
    while (!open.empty()) std::erase_if(open, [&](cursor& c) { return !take_one(c); });
    for (auto const l : had_turn) turns_.splice(turns_.end(), turns_, l);
    for (auto l = turns_.begin(); l != turns_.end();) l = drop_if_empty(l);
    return batch;
  }

 private:
  struct line {
    std::string origin;
    std::list<request> requests;
  };

  std::list<line>::iterator drop_if_empty(std::list<line>::iterator l) {
    if (!l->requests.empty()) return std::next(l);
    lines_.erase(l->origin);
    return turns_.erase(l);
  }

  std::list<line> turns_;  // in the order of their turns; none is empty
  std::map<std::string, std::list<line>::iterator> lines_;
  std::size_t size_ = 0;
};

}  // namespace koi::serve
