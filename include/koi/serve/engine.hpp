// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/leader.hpp>

#include <atomic>

namespace koi::serve {

struct engine_options {
  std::chrono::milliseconds tick{200};        ///< between two signs of life
  std::chrono::milliseconds rest{10};         ///< before they prepare: who was just answered may ask again at once
  std::chrono::milliseconds retry_first{50};  ///< before the players are called again
  std::chrono::milliseconds retry_last{2'000};
  std::size_t stock_bytes = std::size_t{1} << 30;  ///< of prepared material
  std::function<void(std::string_view)> log{};
};

/// The thread of a player that computes: it meets the other players, does what server 0 orders, and meets them again
/// when one was lost. What it is, server 0, server 1 or helper, follows from the session.
///
/// Threads  run() in one; stop() and kill() from any
template <ComparingProtocol P>
class engine {
 public:
  using meet = std::function<session<P>()>;

  /// `models` is null at the helper.
  engine(meet how, shelf<P>* models, desk& requests, catalog& known, metrics& counts, engine_options const& options)
      : meet_(std::move(how)),
        at_{models, requests, known, counts, options.stock_bytes, options.log},
        options_(options) {
    if (models == nullptr) return;
    for (auto const& [id, m] : models->models()) at_.not_ready(id, "not loaded yet");
  }

  /// Serves until stop().
  void run() {
    pause_ = options_.retry_first;
    while (!stopping_) {
      try {
        auto on = meet_();
        pause_ = options_.retry_first;
        ++at_.counts.sessions;
        at_.say("all players are here");
        look_at_clocks(on.self());
        said_.clear();
        serve(on.self());
        none_served(refusal::unavailable, "a player left in good order");
      } catch (killed const&) {
        return none_served(refusal::failed, "this server was stopped");
      } catch (hello_mismatch const& e) {
        away("the players' programs or settings differ: their logs say how", e.what(), pause_);
      } catch (channel_timeout const& e) {  // it has waited long enough
        away(fmt::format("{} is away", e.lost()), e.what(), {});
      } catch (channel_error const& e) {
        away(fmt::format("{} is away", e.lost()), e.what(), pause_);
      } catch (std::exception const& e) {
        away("this server has trouble of its own", e.what(), pause_);
      }
    }
    none_served(refusal::unavailable, "this server is about to stop");
  }

  /// Answers what waits, tells the others, and ends run().
  void stop() {
    {
      std::scoped_lock const lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    at_.requests.leave();
  }
  /// Ends run() at once, as if the power had gone.
  void kill() {
    killed_ = true;
    stop();
  }

 private:
  struct killed {};

  void serve(party& self) {
    session_steps<P> steps(self, at_);
    auto const over = [&](abort_reason const& to_others,
                          std::string const& why) {  // what clients hear says nothing of the inside
      self.abort(to_others);
      ++at_.counts.sessions_lost;
      if (auto* const m = steps.models().loading()) ++m->attempts;
      for (auto const& r : steps.in_flight()) at_.refuse(r, refusal::failed, why);
      none_served(refusal::failed, why);
    };
    auto const interrupted = [this] {
      if (killed_) throw killed{};
    };
    try {
      if (self.is_server() && self.index() == 0)
        leader<P>(self, steps, at_, options_.tick, options_.rest).run(interrupted);
      else
        follow(self, steps, interrupted);
    } catch (channel_error const& e) {
      over(e, fmt::format("{} was lost", e.lost()));
      throw;
    } catch (std::exception const&) {
      over("a step of its program failed", fmt::format("a step of {} failed", self.name()));
      throw;
    }
  }

  /// The others' part: what server 0 orders.
  template <class Interrupted>
  void follow(party& self, session_steps<P>& steps, Interrupted interrupted) {
    bool may_take_long = true;
    for (;;) {
      auto const r = next_order(self, {}, may_take_long);
      auto const after_work = std::exchange(may_take_long, r.what != order::tick);
      interrupted();
      switch (r.what) {
        case order::tick:
          (void)roll_call(self, at_.requests.leaving(), after_work);
          break;
        case order::agree:
          r.batch == 0 ? steps.models().shelves().compare(nullptr) : steps.models().agree_on_task();
          break;
        case order::load:
          steps.models().load(r);
          break;
        case order::remove:
          steps.remove(r);
          break;
        case order::open:
          steps.models().shelves().end();
          at_.requests.open();
          break;
        case order::meet:
          steps.batches().meet(r);
          break;
        case order::run:
          steps.batches().run(r);
          break;
        case order::prepare:
          steps.batches().prepare(r);
          break;
        case order::drop:
          steps.batches().drop(r);
          break;
        case order::stop:
          return;
      }
    }
  }

  /// Says whose clock is far from this machine's, as far as the meeting told.
  void look_at_clocks(party const& self) const {
    for (std::size_t p = 0; p < self.clocks().size(); ++p)
      if (auto const& theirs = self.clocks()[p])
        if (auto const warning = clock_warning(self.players()[p], *theirs)) at_.say(*warning);
  }
  void none_served(refusal why, std::string const& text) {
    at_.known.none_ready(text);
    at_.requests.close(why, text);
    at_.counts.stock_runs = at_.counts.stock_bytes = 0;
  }
  void away(std::string const& who, std::string const& detail, std::chrono::milliseconds pause) {
    if (said_ != detail) at_.say(detail);
    said_ = detail;
    none_served(refusal::unavailable, who);
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, pause, [this] { return stopping_.load(); });
    pause_ = std::min(2 * pause_, options_.retry_last);
  }

  meet meet_;
  workplace<P> at_;
  engine_options options_;
  std::chrono::milliseconds pause_{};
  std::string said_;  // of the trouble that lasts
  std::atomic<bool> stopping_{false}, killed_{false};
  std::mutex mutex_;
  std::condition_variable stopped_;
};

}  // namespace koi::serve
