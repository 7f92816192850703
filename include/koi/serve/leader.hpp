// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/batch_size.hpp>
#include <koi/serve/steps.hpp>
#include <koi/serve/stock_plan.hpp>

namespace koi::serve {

/// Server 0's part in a session: it decides what all players do next.
template <ComparingProtocol P>
class leader {
 public:
  using model_type = shelved_model<P>;

  /// `tick` passes between two signs of life, `rest` after a request before the players prepare.
  leader(party& self, session_steps<P>& steps, workplace<P>& at, std::chrono::milliseconds tick,
         std::chrono::milliseconds rest)
      : self_(self), steps_(steps), at_(at), tick_(tick), rest_(rest), plan_(at.stock_bytes) {}

  /// Serves until somebody wants to leave in good order. `interrupted` is asked between two steps, and may throw.
  template <class Interrupted>
  void run(Interrupted interrupted) {
    std::vector<model_id> shelved;
    for (auto const& [id, m] : at_.models->models()) shelved.push_back(id);
    for (auto const& id : shelved) offer(*at_.models->find(id));  // which may take it away
    give({.what = order::open});
    at_.requests.open();
    auto due = clock::now();
    for (;;) {
      interrupted();
      if (clock::now() >= due) {
        others_leave_ = roll();
        due = clock::now() + tick_;
      }
      auto const idle_work = plan_.next([this](kind_of_run const& kind) { return self_.bytes_ahead(to_string(kind)); });
      auto const idle_from = busy_until_ + rest_;
      auto const until = idle_work ? std::min(idle_from, due) : due;
      auto batch = at_.requests.next(
          others_leave_ ? clock::duration::zero() : until - clock::now(),
          [this](model_id const& m) { return steps_.keeps_samples_apart(m); },
          [this](request const& first, std::size_t samples) { return fitting(first, samples); });
      if (!batch.empty()) {
        steps_.in_flight() = std::move(batch);
        handle();
        steps_.in_flight().clear();
        busy_until_ = clock::now();
      } else if (others_leave_ || (at_.requests.leaving() && at_.requests.empty())) {
        return leave();
      } else if (idle_work && clock::now() >= idle_from) {
        do_idle(*idle_work);
      }
    }
  }

 private:
  control_record give(control_record const& r) {
    auto const said = next_order(self_, r, may_take_long_);
    may_take_long_ = r.what != order::tick;
    return said;
  }
  [[nodiscard]] static control_record record(order what, kind_of_run const& kind) {
    control_record r{.what = what, .model = kind.model, .batch = kind.batch};
    r.label = kind.label ? 1 : 0;
    return r;
  }

  /// Whether somebody wants to leave.
  bool roll() {
    bool const after_work = may_take_long_;
    give({.what = order::tick});
    return roll_call(self_, false, after_work);
  }
  void leave() {
    give({.what = order::stop});
    self_.flush();
  }

  /// Has a model of the shelf loaded, if server 1 has the other part of it.
  void offer(model_type& m) {
    give({.what = order::agree});
    if (steps_.models().shelves().compare(&m) == match::same) load(m, false);
  }
  void load(model_type& m, bool keep) {
    control_record r{.what = order::load, .model = ++last_number_};
    r.keep = keep ? 1 : 0;
    r.bytes = m.graph.size();
    r.batch = batch_size(static_cast<std::uint32_t>(at_.requests.limits().max_samples));
    steps_.models().load(give(r), &m);
  }

  void handle() {
    auto const& first = steps_.in_flight()[0];
    switch (first.what) {
      case task::predict:
        return predict();
      case task::upload:
        return upload(first);
      case task::remove:
        return remove(first);
    }
  }
  void predict() {
    auto& batch = steps_.in_flight();
    auto const number = steps_.number_of(batch[0].model);
    std::erase_if(batch, [&](request const& r) {
      bool const good = number && steps_.fits(r, *number);
      if (!good) at_.refuse(r, number ? refusal::bad_shape : refusal::unknown_model, to_string(r.model));
      return !good;
    });
    if (batch.empty()) return;
    kind_of_run kind{*number, batch_size(static_cast<std::uint32_t>(batch.size())), batch[0].show == reveals::label};
    steps_.batches().meet(give(record(order::meet, kind)));
    if (batch.empty()) return;
    std::uint32_t samples = 0;
    for (auto const& r : batch) samples += static_cast<std::uint32_t>(r.samples());
    kind.batch = batch_size(samples);
    plan_.used(kind, steps_.guess_of(kind));
    auto r = record(order::run, kind);
    r.prepared = self_.runs_ahead(to_string(kind)) != 0 ? 1 : 0;
    steps_.batches().run(give(r));
  }
  [[nodiscard]] std::size_t fitting(request const& first, std::size_t samples) const {
    auto const number = steps_.number_of(first.model);
    if (first.what != task::predict || !number) return samples;
    return samples_to_take(static_cast<std::uint32_t>(samples), [&](std::uint32_t size) {
      return self_.runs_ahead(to_string(kind_of_run{*number, size, first.show == reveals::label})) != 0;
    });
  }
  void do_idle(stock_work const& work) {
    auto const r = give(record(work.drop ? order::drop : order::prepare, work.kind));
    if (work.drop)
      steps_.batches().drop(r);
    else
      plan_.made(work.kind, steps_.batches().prepare(r));
  }
  void upload(request const& r) {
    auto& fresh = steps_.models().fresh();
    auto const answer = ask_server1();
    try {
      if (auto const why = steps_.models().against(r)) return at_.refuse(r, why->first, why->second);
      (void)model_type::check_graph(r);
      if (answer != match::same) return at_.refuse(r, refusal::differs, said_of(answer));
      fresh = model_type::from_upload(r, 0);
    } catch (bad_argument const& e) {
      return at_.refuse(r, refusal::bad_request, e.what());
    }
    load(*fresh, true);
    fresh.reset();
  }
  void remove(request const& r) {
    auto const answer = ask_server1();
    if (answer != match::same) return at_.refuse(r, refusal::differs, said_of(answer));
    control_record out{.what = order::remove};
    out.model = steps_.number_of(r.model).value_or(0);
    plan_.forget(out.model);
    steps_.remove(give(out));
  }
  /// What server 1 has of the owner's task that is in flight. From here on the others wait as long as work may take.
  match ask_server1() {
    give({.what = order::agree, .batch = 1});
    return steps_.models().agree_on_task();
  }

  party& self_;
  session_steps<P>& steps_;
  workplace<P>& at_;
  std::chrono::milliseconds tick_;
  std::chrono::milliseconds rest_;
  clock::time_point busy_until_ = clock::now();
  bool may_take_long_ = true;
  std::uint32_t last_number_ = 0;
  bool others_leave_ = false;
  stock_plan plan_;
};

}  // namespace koi::serve
