// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/run_parties.hpp"

#include <mutex>

namespace koi::testing {

/// A message as its sender handed it over.
struct message {
  std::size_t from = 0;
  std::size_t to = 0;
  frame_tag tag;
  std::vector<std::byte> bytes;
};

/// Everything that was sent, by link and direction, in the order of sending: what each player sees
/// is what was sent to it.
///
/// Threads  written by all players; to be read when they have ended
class transcript {
 public:
  void add(message m) {
    std::scoped_lock const lock(guard_);
    sent_[{m.from, m.to}].push_back(std::move(m));
  }

  [[nodiscard]] std::vector<message> const& on(std::size_t from, std::size_t to) const {
    static std::vector<message> const none;
    auto const at = sent_.find({from, to});
    return at == sent_.end() ? none : at->second;
  }
  [[nodiscard]] std::vector<message> all() const {
    std::vector<message> out;
    for (auto const& [link, messages] : sent_) out.insert(out.end(), messages.begin(), messages.end());
    return out;
  }
  /// What one player received, by sender.
  [[nodiscard]] std::vector<message> received_by(std::size_t player) const {
    std::vector<message> out;
    for (auto const& [link, messages] : sent_)
      if (link.second == player) out.insert(out.end(), messages.begin(), messages.end());
    return out;
  }

 private:
  std::mutex guard_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<message>> sent_;
};

[[nodiscard]] inline std::size_t byte_count(std::vector<message> const& messages) {
  std::size_t n = 0;
  for (auto const& m : messages) n += m.bytes.size();
  return n;
}

/// Passes everything through and notes what is sent.
template <Channel C>
class recording {
 public:
  recording(std::size_t me, std::size_t peer, C inner, transcript& into)
      : me_(me), peer_(peer), inner_(std::move(inner)), into_(&into) {}

  [[nodiscard]] std::string const& peer() const noexcept { return inner_.peer(); }
  void send(frame_tag const& tag, const_byte_span bytes) {
    into_->add({me_, peer_, tag, {bytes.begin(), bytes.end()}});
    inner_.send(tag, bytes);
  }
  frame_tag recv(byte_span into, std::chrono::milliseconds wait) { return inner_.recv(into, wait); }
  void abort(koi::abort_reason const& why) noexcept { inner_.abort(why); }
  void close() noexcept { inner_.close(); }

 private:
  std::size_t me_;
  std::size_t peer_;
  C inner_;
  transcript* into_;
};

static_assert(Channel<recording<any_channel>>);

/// The same players and seeds, with everything noted in a transcript.
[[nodiscard]] inline setting recorded(transcript& into, std::uint64_t seed = 1) {
  setting how;
  how.seed = seed;
  how.around = [&into](std::size_t me, std::size_t peer, any_channel channel) {
    return any_channel(recording<any_channel>(me, peer, std::move(channel), into));
  };
  return how;
}

/// The stream that two players of run_parties have in common: what either of them, or a test, can draw.
[[nodiscard]] inline prg common_stream(std::uint64_t setting_seed, std::size_t a, std::size_t b,
                                       std::string_view purpose, std::uint32_t operation, std::uint64_t run = 0) {
  if (a > b) std::swap(a, b);
  return prg(derive(fixed_seed(setting_seed * 1000 + a * 10 + b), purpose, {run, operation}));
}

}  // namespace koi::testing
