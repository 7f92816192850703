// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/protocol/cost.hpp>

#include <pthread.h>
#include <sys/mman.h>

#include <array>
#include <chrono>
#include <new>

namespace koi::bench {

/// What one player saw of one timed run.
struct lap {
  std::int64_t end_ns = 0;      ///< when it had finished, on the machine's clock
  std::int64_t offline_ns = 0;  ///< what was made ahead took
  std::size_t kept_bytes = 0;   ///< of it
  cost sent;                    ///< its own messages
  std::uint64_t depth_before = 0;
  std::uint64_t depth_after = 0;
};

/// Memory that the players of a benchmark share, threads or processes: a barrier whose opening is
/// one moment for all of them, and a place for what each saw.
class board {
 public:
  static constexpr std::size_t most_players = 8, most_runs = 32;

  explicit board(std::size_t players) {
    void* const memory = ::mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw error("no memory to share between players");
    shared_ = new (memory) shared;
    shared_->players = players;
    pthread_mutexattr_t mutex;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared_->mutex, &mutex);
    pthread_mutexattr_destroy(&mutex);
    pthread_condattr_t condition;
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared_->opened, &condition);
    pthread_condattr_destroy(&condition);
  }
  board(board const&) = delete;
  board& operator=(board const&) = delete;
  ~board() {
    pthread_cond_destroy(&shared_->opened);
    pthread_mutex_destroy(&shared_->mutex);
    ::munmap(shared_, sizeof(shared));
  }

  [[nodiscard]] static std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  /// Waits until all players are here; tells when the last one came. Throws koi::error if a player
  /// has left for good.
  std::int64_t meet() {
    pthread_mutex_lock(&shared_->mutex);
    auto const turn = shared_->turn;
    if (++shared_->here == shared_->players) {
      shared_->here = 0;
      ++shared_->turn;
      shared_->opened_ns = now_ns();
      pthread_cond_broadcast(&shared_->opened);
    }
    while (shared_->turn == turn && !shared_->broken) pthread_cond_wait(&shared_->opened, &shared_->mutex);
    bool const late = shared_->turn == turn;
    auto const when = shared_->opened_ns;
    pthread_mutex_unlock(&shared_->mutex);
    if (late) throw error("another player failed");
    return when;
  }

  /// Nobody waits any more: a player has failed.
  void give_up() noexcept {
    pthread_mutex_lock(&shared_->mutex);
    shared_->broken = true;
    pthread_cond_broadcast(&shared_->opened);
    pthread_mutex_unlock(&shared_->mutex);
  }

  [[nodiscard]] lap& of(std::size_t player, std::size_t run) { return shared_->laps.at(player).at(run); }
  /// When the clock of a run started, for all.
  [[nodiscard]] std::int64_t& start_ns(std::size_t run) { return shared_->start_ns.at(run); }

 private:
  struct shared {
    pthread_mutex_t mutex{};
    pthread_cond_t opened{};
    std::size_t players = 0;
    std::size_t here = 0;
    std::uint64_t turn = 0;
    std::int64_t opened_ns = 0;
    bool broken = false;
    std::array<std::int64_t, most_runs> start_ns{};
    std::array<std::array<lap, most_runs>, most_players> laps{};
  };

  shared* shared_;
};

}  // namespace koi::bench
