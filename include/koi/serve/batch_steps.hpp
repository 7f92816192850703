// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/control.hpp>
#include <koi/serve/stock_plan.hpp>
#include <koi/serve/workplace.hpp>

#include <set>

namespace koi::serve {

/// The steps of batches: the servers compare their halves, all players compute, and in idle time they do the offline
/// halves of runs to come.
template <ComparingProtocol P>
class batch_steps {
 public:
  using ring = typename P::ring;

  explicit batch_steps(session_state<P>& state) : state_(state), spent_(state.self.spent()) {}

  /// Leaves in in_flight the requests of which both servers have halves that may stand in one batch. A half whose other
  /// half never came costs this and nothing more.
  void meet(control_record const& r) {
    auto const& its = state_.model(r.model);
    std::optional<asker> joined;  // whose samples are in the batch
    state_.settle(match_requests(self(), r.batch, state_.in_flight, at().requests, [&](request const& half) {
      if (half.what != task::predict || half.model != its.id || !fits(half, its.net) ||
          (half.show == reveals::label) != (r.label == 1))
        return false;
      if (!joined) joined = half.asker();
      return its.net.keeps_samples_apart() || *joined == half.asker();  // whatever server 0 thinks
    }));
  }

  /// Answers the batch that meet() left.
  void run(control_record const& r) {
    auto& net = state_.model(r.model).net;
    std::optional<tensor<ring>> piece, y;
    if (self().is_server()) piece = assembled(net, r.batch);
    auto const part = [&] { y = net.predict(self(), r.batch, r.label == 1, std::move(piece)); };
    if (r.prepared == 1) {
      self().use_ahead(part, to_string(kind_of(r)));
      ++at().counts.prepared_batches;
    } else {
      part();
    }
    if (y) hand_out(*y);
    count();
  }

  /// Does the offline half of a run. Returns the bytes that this player keeps for it.
  std::size_t prepare(control_record const& r) {
    auto const& net = state_.model(r.model).net;
    auto const bytes = self().make_ahead([&] { (void)net.predict(self(), r.batch, r.label == 1, std::nullopt); },
                                         to_string(kind_of(r)));
    prepared_.insert(kind_of(r));
    count_stock();
    return bytes;
  }
  /// Throws the oldest prepared run of a kind away.
  void drop(control_record const& r) {
    self().drop_ahead(to_string(kind_of(r)), 1);
    count_stock();
  }
  /// Throws away all that is prepared for a model.
  void drop_all(std::uint32_t model) {
    for (auto const& kind : prepared_)
      if (kind.model == model) self().drop_ahead(to_string(kind));
    std::erase_if(prepared_, [model](auto const& kind) { return kind.model == model; });
    count_stock();
  }

  /// Whether a request is one for a model in this session.
  [[nodiscard]] static bool fits(request const& r, loaded_model<P> const& net) {
    if (r.show == reveals::label && net.result().empty()) return false;  // there is no row to find a place in
    return r.samples() != 0 && r.shape == net.batch_shape(r.samples());
  }

 private:
  [[nodiscard]] party& self() const noexcept { return state_.self; }
  [[nodiscard]] workplace<P>& at() const noexcept { return state_.at; }
  [[nodiscard]] static kind_of_run kind_of(control_record const& r) { return {r.model, r.batch, r.label == 1}; }

  /// This server's pieces of all requests below each other; the rest of the batch is zero at both servers.
  [[nodiscard]] tensor<ring> assembled(loaded_model<P> const& net, std::size_t batch) const {
    tensor<ring> all(net.batch_shape(batch), 0);
    auto bytes = all.writable_bytes();
    for (auto const& r : state_.in_flight) {
      auto const size = element_count(r.shape) * sizeof(typename ring::value_type);
      if (size > bytes.size()) throw bad_argument("a batch holds more samples than it has places");
      if (self().index() == 0)
        prg(shelved_model<P>::seed_of(r.payload)).fill(bytes.first(size));
      else
        std::copy_n(r.payload.begin(), size, bytes.begin());
      bytes = bytes.subspan(size);
    }
    return all;
  }
  void hand_out(tensor<ring> const& y) {
    auto& in_flight = state_.in_flight;
    auto const rows = y.shape()[0];
    std::size_t asked = 0;
    for (auto const& r : in_flight) asked += r.samples();
    if (asked > rows) throw bad_argument("a batch has fewer results than samples");
    auto const row_bytes = y.bytes().size() / rows;
    std::size_t row = 0;
    for (auto const& r : in_flight) {
      auto shape = y.shape();
      shape[0] = r.samples();
      message_writer out(message::result);
      out.bytes(r.id).shape(shape).bytes(y.bytes().subspan(row * row_bytes, r.samples() * row_bytes));
      r.answer(out.finish());
      row += r.samples();
      at().counts.answered(clock::now() - r.since);
    }
    at().counts.samples += row;
    at().counts.padding += rows - row;
    in_flight.clear();
  }

  void count() {
    auto& counts = at().counts;
    ++counts.batches;
    auto const now = self().spent();
    for (auto const ph : {phase::set_up, phase::offline, phase::online}) {
      counts.sent_bytes += now.sent(ph).bytes - spent_.sent(ph).bytes;
      counts.received_bytes += now.received(ph).bytes - spent_.received(ph).bytes;
    }
    counts.rounds += now.rounds(phase::online) - spent_.rounds(phase::online);
    spent_ = now;
    count_stock();
  }
  void count_stock() {
    at().counts.stock_runs = self().runs_ahead();
    at().counts.stock_bytes = self().bytes_ahead();
  }

  session_state<P>& state_;
  std::set<kind_of_run> prepared_;  // of which there is, or was, a stock
  meter spent_;
};

}  // namespace koi::serve
