// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/control.hpp>
#include <koi/serve/loaded_model.hpp>
#include <koi/serve/shelf.hpp>
#include <koi/serve/trial.hpp>

#include <deque>

namespace koi::serve {

/// What lives longer than a session: the models, and what clients wait for.
template <Protocol P>
struct workplace {
  shelf<P>* models;  ///< null at the helper
  desk& requests;
  catalog& known;
  metrics& counts;
  std::size_t stock_bytes = std::size_t{1} << 30;  ///< of prepared material
  std::function<void(std::string_view)> log;       ///< a line now and then

  void say(std::string_view text) const {
    if (log) log(text);
  }
  void refuse(request const& r, refusal why, std::string_view text) const {
    counts.refused(why);
    r.refuse(why, text);
  }
  void not_ready(model_id const& m, std::string note) const { known.set({m, false, std::move(note), {}, {}}); }
};

/// What is computed at a time.
struct kind_of_run {
  std::uint32_t model = 0;
  std::uint32_t batch = 0;
  bool label = false;

  friend bool operator==(kind_of_run const&, kind_of_run const&) = default;
};

/// One player's part in a session's steps, which all players take together: those that the orders of server 0 name.
///
/// Throws  whatever ends the session
template <ComparingProtocol P>
class session_steps {
 public:
  using ring = typename P::ring;
  using model_type = shelved_model<P>;

  session_steps(party& self, workplace<P>& at) : self_(self), at_(at), spent_(self.spent()) {}

  /// Requests that are under way: a batch, or the one task of an owner. Filled by server 0; at server 1 by the steps.
  [[nodiscard]] std::vector<request>& in_flight() noexcept { return in_flight_; }
  /// An upload that is not written down yet.
  [[nodiscard]] std::optional<model_type>& fresh() noexcept { return fresh_; }
  /// What is loaded at the moment, at a server.
  [[nodiscard]] model_type* loading() const noexcept { return loading_; }

  // --- what server 0 asks for itself

  [[nodiscard]] std::optional<std::uint32_t> number_of(model_id const& id) const {
    for (auto const& [number, m] : loaded_)
      if (m.id == id) return number;
    return std::nullopt;
  }
  [[nodiscard]] bool fits(request const& r, std::uint32_t number) const { return fits(r, loaded_.at(number).net); }
  /// Whether samples of several clients may stand in one batch of a model.
  [[nodiscard]] bool keeps_samples_apart(model_id const& id) const {
    auto const number = number_of(id);
    return number && loaded_.at(*number).net.keeps_samples_apart();
  }
  /// Whether the oldest prepared run is one of this kind.
  [[nodiscard]] bool is_prepared(kind_of_run const& kind) const { return !made_.empty() && made_.front() == kind; }
  /// Whether one more prepared run of this kind would be of use, and has room.
  [[nodiscard]] bool has_room(kind_of_run const& kind) const {
    if (!loaded_.contains(kind.model) || (!made_.empty() && made_.front() != kind)) return false;
    auto const next = std::max<std::size_t>(self_.bytes_ahead() / std::max<std::size_t>(made_.size(), 1), 1);
    return self_.bytes_ahead() + next <= at_.stock_bytes;
  }

  /// Reads a model's shares unless something stands against it; says so and keeps the reason.
  bool can_use(model_type& m) {
    if (!m.fault.empty()) return false;
    try {
      if (m.attempts >= 3) throw bad_option(fmt::format("{}: loading it failed {} times", to_string(m.id), m.attempts));
      at_.models->fetch(self_, m);
      return true;
    } catch (bad_argument const& e) {
      m.fault = e.what();
      at_.say(m.fault);
      return false;
    }
  }

  // --- the steps

  /// The servers compare their parts of one model of their shelves; server 0 says which. At server 1 it becomes what is
  /// loaded next.
  match compare_shelves(model_type* mine) {
    struct line {
      std::array<char, longest_model_name> name{};
      std::uint32_t version = 0;
      std::uint32_t usable = 0;
      digest_bytes digest{};
    } said;
    operation op(self_, "shelf");
    if (!op.computes()) return match::same;
    auto const other = self_.other_server();
    auto answer = match::absent;
    if (self_.index() == 0) {
      std::copy(mine->id.name.begin(), mine->id.name.end(), said.name.begin());
      said.version = mine->id.version;
      said.usable = can_use(*mine) ? 1 : 0;
      if (said.usable != 0) said.digest = mine->digest();
      op.send(other, bytes_of(&said, 1), phase::set_up);
      op.receive(other, writable_bytes_of(&answer, 1), phase::set_up);
      return said.usable != 0 ? answer : match::unusable;
    }
    op.receive(other, writable_bytes_of(&said, 1), phase::set_up);
    model_id const wanted{std::string(said.name.data(), ::strnlen(said.name.data(), said.name.size())), said.version};
    candidate_ = at_.models->find(wanted);
    if (candidate_ != nullptr) {
      bool const usable = can_use(*candidate_);
      answer = !usable ? match::unusable : candidate_->digest() == said.digest ? match::same : match::differs;
      if (said.usable == 0 && usable) answer = match::differs;
      if (answer != match::same) {
        at_.not_ready(wanted, !usable            ? candidate_->fault
                              : said.usable == 0 ? "server0 cannot use its share"
                                                 : "server0's share is of another upload");
        candidate_->pieces.clear();
        candidate_ = nullptr;
      }
    }
    op.send(other, bytes_of(&answer, 1), phase::set_up);
    return answer;
  }

  /// The servers compare their halves of an owner's task, which server 0 has in in_flight(). Where both have it, server 1
  /// has it there as well.
  match agree_on_task() {
    bool const first = self_.is_server() && self_.index() == 0;
    if (!first) in_flight_.clear();
    fresh_.reset();
    auto met = match_requests(self_, 1, in_flight_, at_.requests, [this](request const& half) { return can_take(half); });
    if (first) return met.how[0];
    if (met.halves.empty() || !met.halves[0]) return match::absent;
    if (met.how[0] == match::same)
      in_flight_.push_back(std::move(*met.halves[0]));
    else if (met.how[0] == match::differs)
      at_.refuse(*met.halves[0], refusal::differs, "server0's half is of another request");
    return met.how[0];
  }

  /// Loads what the servers agreed on; `m` is that at server 0. The helper gets the graph.
  void load(control_record const& r, model_type* m = nullptr) {
    if (is_server(1)) m = r.keep != 0 && fresh_ ? &*fresh_ : candidate_;
    if (self_.is_server() && m == nullptr) throw bad_argument("a model is loaded that nobody agreed on");
    loading_ = m;
    auto const graph = graph_to_helper(r, m);
    auto const network = m != nullptr ? *m->network : io::onnx::network::parse(graph, fmt::format("model {}", r.model));
    if (auto const tried = try_shapes<P>(network, r.batch, most_batch_bytes); !tried.fault.empty())
      return cannot_load(m, tried.fault);  // all players alike
    std::vector<tensor<ring>> pieces;
    if (m != nullptr) pieces = r.keep == 0 ? std::move(m->pieces) : m->pieces;
    entry made{m != nullptr ? m->id : model_id{}, {self_, network.template build<P>(), std::move(pieces)}};
    made.net.try_out(self_, 1);
    auto const& there = loaded_.emplace(r.model, std::move(made)).first->second.net;
    bool const kept = r.keep == 0 || write_down(m);
    loading_ = candidate_ = nullptr;
    if (m != nullptr) is_loaded(r, *m, there, kept);
  }

  /// Takes a model away for good, as the owner asked for whose task is in_flight().
  void remove(control_record const& r) {
    loaded_.erase(r.model);
    if (in_flight_.empty()) return;
    auto const id = in_flight_[0].model;
    at_.models->remove(id);
    at_.known.erase(id);
    at_.say(fmt::format("{} is removed", to_string(id)));
    finish_task();
  }

  /// Answers a batch: server 0's requests are in in_flight().
  void run(control_record const& r) {
    auto& [id, net] = loaded(r);
    if (!is_server(0)) in_flight_.clear();
    joined_.reset();
    settle(match_requests(self_, r.batch, in_flight_, at_.requests, [&](request const& half) {
      return half.what == task::predict && half.model == id && fits(half, net) && (half.show == reveals::label) == (r.label == 1) &&
             may_join(half, net);
    }));
    std::optional<tensor<ring>> piece, y;
    if (self_.is_server()) piece = assembled(net, r.batch);
    auto const part = [&] { y = net.predict(self_, r.batch, r.label == 1, std::move(piece)); };
    if (r.prepared == 1) {
      if (made_.empty()) throw bad_argument("nothing is prepared");
      made_.pop_front();
      self_.use_ahead(part);
      ++at_.counts.prepared_batches;
    } else {
      part();
    }
    if (y) hand_out(*y);
    count();
  }

  /// Does the offline half of a run.
  void prepare(control_record const& r) {
    auto const& net = loaded(r).net;
    self_.make_ahead([&] { (void)net.predict(self_, r.batch, r.label == 1, std::nullopt); });
    made_.push_back({r.model, r.batch, r.label == 1});
    count_stock();
  }

 private:
  struct entry {
    model_id id;
    loaded_model<P> net;
  };

  [[nodiscard]] bool is_server(unsigned j) const noexcept { return self_.is_server() && self_.index() == j; }
  [[nodiscard]] entry& loaded(control_record const& r) {
    auto const at = loaded_.find(r.model);
    if (at == loaded_.end()) throw bad_argument(fmt::format("there is no model {} here", r.model));
    return at->second;
  }
  [[nodiscard]] static bool fits(request const& r, loaded_model<P> const& net) {
    if (r.show == reveals::label && net.result().empty()) return false;  // there is no row to find a place in
    return r.samples() != 0 && r.shape == net.batch_shape(r.samples());
  }
  /// Whether a request may stand in a batch with those that are in it, whatever server 0 thinks.
  [[nodiscard]] bool may_join(request const& half, loaded_model<P> const& net) {
    if (!joined_) joined_ = half.asker();
    return net.keeps_samples_apart() || *joined_ == half.asker();
  }

  // --- models

  /// Whether an owner's half is of use at server 1; if not, it is refused here.
  bool can_take(request const& half) {
    if (half.what != task::upload) return true;
    try {
      if (at_.models->find(half.model) != nullptr) throw bad_option(fmt::format("{} is there already", to_string(half.model)));
      fresh_ = shelf<P>::from_upload(half, 1);
      return true;
    } catch (bad_argument const& e) {
      at_.refuse(half, refusal::bad_request, e.what());
      return false;
    }
  }

  [[nodiscard]] std::vector<std::byte> graph_to_helper(control_record const& r, model_type const* m) {
    operation op(self_, "graph");
    std::vector<std::byte> graph;
    if (is_server(0)) op.send(self_.helper(), m->graph, phase::set_up);
    if (!self_.is_helper()) return graph;
    graph.resize(static_cast<std::size_t>(r.bytes));
    op.receive(self_.server(0), graph, phase::set_up);
    return graph;
  }

  void cannot_load(model_type* m, std::string const& why) {
    loading_ = candidate_ = nullptr;
    if (m == nullptr) return;
    m->pieces.clear();
    m->fault = why;
    for (auto const& owner : in_flight_) at_.refuse(owner, refusal::bad_request, why);
    if (in_flight_.empty()) at_.not_ready(m->id, why);
    in_flight_.clear();
    fresh_.reset();
  }
  void is_loaded(control_record const& r, model_type& m, loaded_model<P> const& net, bool kept) {
    m.pieces.clear();
    m.attempts = 0;
    if (!kept) {
      for (auto const& owner : in_flight_) at_.refuse(owner, refusal::failed, "a server could not write the model down");
      in_flight_.clear();
      loaded_.erase(r.model);
      fresh_.reset();
      return;
    }
    at_.known.set({m.id, true, "", net.sample(), net.result()});
    at_.say(fmt::format("{} is loaded", to_string(m.id)));
    if (r.keep == 0) return;
    at_.models->add(std::move(*fresh_));
    fresh_.reset();
    finish_task();
  }
  /// Both servers write, or none.
  bool write_down(model_type const* m) {
    operation op(self_, "write down");
    if (!op.computes()) return true;
    std::unique_ptr<typename shelf<P>::pending> files;
    std::byte mine{0}, theirs{0};
    try {
      files = at_.models->write(*m, self_.index());
      mine = std::byte{1};
    } catch (bad_option const& e) {
      at_.say(e.what());
    }
    op.exchange({&mine, 1}, {&theirs, 1}, phase::set_up);
    if (mine == std::byte{0} || theirs == std::byte{0}) return false;
    files->commit();
    return true;
  }
  void finish_task() {
    for (auto const& r : in_flight_) r.answer(message_writer(message::done).bytes(r.id).finish());
    in_flight_.clear();
  }

  // --- batches

  /// Leaves in in_flight_ the requests of which both servers have halves, in the same order at both.
  void settle(matched met) {
    if (is_server(0)) {
      std::size_t i = 0;
      std::erase_if(in_flight_, [&](request const& r) {
        auto const how = met.how[i++];
        if (how != match::same) at_.refuse(r, refusal::differs, said_of(how));
        return how != match::same;
      });
      return;
    }
    for (std::size_t i = 0; i < met.halves.size(); ++i) {
      if (!met.halves[i]) continue;
      if (met.how[i] == match::same)
        in_flight_.push_back(std::move(*met.halves[i]));
      else
        at_.refuse(*met.halves[i], refusal::differs,
                   "server0's half is of another request: another model, shape, question, or client");
    }
  }
  /// This server's pieces of all requests below each other; the rest of the batch is zero at both servers.
  [[nodiscard]] tensor<ring> assembled(loaded_model<P> const& net, std::size_t batch) const {
    tensor<ring> all(net.batch_shape(batch), 0);
    auto bytes = all.writable_bytes();
    for (auto const& r : in_flight_) {
      auto const size = element_count(r.shape) * sizeof(typename ring::value_type);
      if (size > bytes.size()) throw bad_argument("a batch holds more samples than it has places");
      if (self_.index() == 0)
        prg(shelf<P>::seed_of(r.payload)).fill(bytes.first(size));
      else
        std::copy_n(r.payload.begin(), size, bytes.begin());
      bytes = bytes.subspan(size);
    }
    return all;
  }
  void hand_out(tensor<ring> const& y) {
    auto const rows = y.shape()[0];
    std::size_t asked = 0;
    for (auto const& r : in_flight_) asked += r.samples();
    if (asked > rows) throw bad_argument("a batch has fewer results than samples");
    auto const row_bytes = y.bytes().size() / rows;
    std::size_t at = 0;
    for (auto const& r : in_flight_) {
      auto shape = y.shape();
      shape[0] = r.samples();
      message_writer out(message::result);
      out.bytes(r.id).shape(shape).bytes(y.bytes().subspan(at * row_bytes, r.samples() * row_bytes));
      r.answer(out.finish());
      at += r.samples();
      at_.counts.answered(clock::now() - r.since);
    }
    at_.counts.samples += at;
    at_.counts.padding += rows - at;
    in_flight_.clear();
  }

  void count() {
    ++at_.counts.batches;
    auto const now = self_.spent();
    for (auto const ph : {phase::set_up, phase::offline, phase::online}) {
      at_.counts.sent_bytes += now.sent(ph).bytes - spent_.sent(ph).bytes;
      at_.counts.received_bytes += now.received(ph).bytes - spent_.received(ph).bytes;
    }
    at_.counts.rounds += now.rounds(phase::online) - spent_.rounds(phase::online);
    spent_ = now;
    count_stock();
  }
  void count_stock() {
    at_.counts.stock_runs = made_.size();
    at_.counts.stock_bytes = self_.bytes_ahead();
  }

  party& self_;
  workplace<P>& at_;
  std::map<std::uint32_t, entry> loaded_;
  std::deque<kind_of_run> made_;  // what the party's stock holds, the oldest first
  std::vector<request> in_flight_;
  std::optional<asker> joined_;  // whose samples are in the batch, at server 1
  std::optional<model_type> fresh_;
  model_type* candidate_ = nullptr;  // what server 1 loads next
  model_type* loading_ = nullptr;
  meter spent_;
};

}  // namespace koi::serve
