// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/shelf_comparison.hpp>
#include <koi/serve/trial.hpp>

namespace koi::serve {

/// The steps of models: the servers compare their halves of owners' tasks, and all players load and remove models.
template <ComparingProtocol P>
class model_steps {
 public:
  using ring = typename P::ring;
  using model_type = shelved_model<P>;

  explicit model_steps(session_state<P>& state) : state_(state), shelves_(state) {}

  /// The servers' shelves, side by side.
  [[nodiscard]] shelf_comparison<P>& shelves() noexcept { return shelves_; }
  /// An upload that is not written down yet.
  [[nodiscard]] std::optional<model_type>& fresh() noexcept { return fresh_; }
  /// What is loaded at the moment, at a server.
  [[nodiscard]] model_type* loading() const noexcept { return loading_; }

  /// What speaks against an owner's upload at this server. A name is its first owner's.
  [[nodiscard]] std::optional<objection> against(request const& upload) const {
    auto& models = *at().models;
    auto const& name = upload.model.name;
    if (auto const owner = models.owner_of(name); owner && *owner != upload.client && !upload.chosen)
      return objection(refusal::not_allowed,
                       fmt::format("the name {} belongs to the identity that uploaded it first, and this server's "
                                   "policy does not name {} for it",
                                   name, upload.client.empty() ? "callers without an identity" : upload.client));
    if (models.find(upload.model) != nullptr)
      return objection(refusal::bad_request, fmt::format("{} is there already", to_string(upload.model)));
    return std::nullopt;
  }

  /// The servers compare their halves of an owner's task, which server 0 has in in_flight. Where both have it, server 1
  /// has it there as well.
  match agree_on_task() {
    auto& task_of_owner = state_.in_flight;
    bool const first = state_.is_server(0);
    if (!first) task_of_owner.clear();
    fresh_.reset();
    auto met =
        match_requests(self(), 1, task_of_owner, at().requests, [this](request const& half) { return can_take(half); });
    if (first) return met.how[0];
    if (met.halves.empty() || !met.halves[0]) return match::absent;
    if (met.how[0] == match::same)
      task_of_owner.push_back(std::move(*met.halves[0]));
    else if (met.how[0] == match::differs)
      at().refuse(*met.halves[0], refusal::differs, "server0's half is of another request");
    return met.how[0];
  }

  /// Loads what the servers agreed on; `m` is that at server 0. The helper gets the graph.
  void load(control_record const& r, model_type* m = nullptr) {
    if (state_.is_server(1)) m = r.keep != 0 && fresh_ ? &*fresh_ : shelves_.candidate();
    if (self().is_server() && m == nullptr) throw bad_argument("a model is loaded that nobody agreed on");
    loading_ = m;
    auto const graph = graph_to_helper(r, m);
    auto const network = m != nullptr ? *m->network : io::onnx::network::parse(graph, fmt::format("model {}", r.model));
    auto const shapes = try_shapes<P>(network, r.batch, most_batch_bytes);
    if (!shapes.fault.empty()) return cannot_load(m, shapes.fault);  // all players alike
    std::vector<tensor<ring>> pieces;
    if (m != nullptr) pieces = r.keep == 0 ? std::move(m->pieces) : m->pieces;
    typename session_state<P>::entry made{
        m != nullptr ? m->id : model_id{}, {self(), network.template build<P>(), std::move(pieces)}, shapes.bytes};
    made.net.try_out(self(), 1);
    auto const& there = state_.loaded.emplace(r.model, std::move(made)).first->second.net;
    loading_ = nullptr;
    shelves_.forget_candidate();
    bool const kept = r.keep == 0 || write_down(m);
    if (m != nullptr) is_loaded(r, *m, there, kept);
    fresh_.reset();
  }

  /// Takes a model away for good, as the owner asked for whose task is in in_flight.
  void remove(control_record const& r) {
    state_.loaded.erase(r.model);
    operation op(self(), "remove model");
    if (!op.computes()) return;
    auto const id = state_.in_flight.at(0).model;
    if (!both(op, [&] { at().models->mark(id); })) {
      at().not_ready(id, "it could not be removed");
      return end_task(refusal::failed, "a server could not remove the model");
    }
    at().models->remove(id);
    at().known.erase(id);
    at().say(fmt::format("{} is removed", to_string(id)));
    finish_task();
  }

 private:
  [[nodiscard]] party& self() const noexcept { return state_.self; }
  [[nodiscard]] workplace<P>& at() const noexcept { return state_.at; }

  /// Whether an owner's half is of use at server 1; if not, it is refused here.
  bool can_take(request const& half) {
    if (half.what != task::upload) return true;
    try {
      if (auto const why = against(half)) {
        at().refuse(half, why->first, why->second);
        return false;
      }
      fresh_ = model_type::from_upload(half, 1);
      return true;
    } catch (bad_argument const& e) {
      at().refuse(half, refusal::bad_request, e.what());
      return false;
    }
  }

  [[nodiscard]] std::vector<std::byte> graph_to_helper(control_record const& r, model_type const* m) {
    operation op(self(), "graph");
    std::vector<std::byte> graph;
    if (state_.is_server(0)) op.send(self().helper(), m->graph, phase::set_up);
    if (!self().is_helper()) return graph;
    graph.resize(static_cast<std::size_t>(r.bytes));
    op.receive(self().server(0), graph, phase::set_up);
    return graph;
  }

  void cannot_load(model_type* m, std::string const& why) {
    loading_ = nullptr;
    shelves_.forget_candidate();
    if (m == nullptr) return;
    m->pieces.clear();
    m->fault = why;
    at().say(fmt::format("{}: {}", to_string(m->id), why));
    if (state_.in_flight.empty()) at().not_ready(m->id, "it cannot be served here");
    end_task(refusal::bad_request, why);  // about the owner's own graph
    fresh_.reset();
  }
  void is_loaded(control_record const& r, model_type& m, loaded_model<P> const& net, bool kept) {
    m.pieces.clear();
    m.attempts = 0;
    if (!kept) {
      state_.loaded.erase(r.model);
      return end_task(refusal::failed, "a server could not write the model down");
    }
    auto const id = m.id;
    at().known.set({id, true, "", net.sample(), net.result()});
    at().say(fmt::format("{} is loaded", to_string(id)));
    if (r.keep != 0) finish_task();
  }

  /// Both servers write a new model, or none. Whoever is interrupted on the way keeps it as unfinished: the servers
  /// find out when they compare their shelves again.
  bool write_down(model_type* m) {
    operation op(self(), "write down");
    if (!op.computes()) return true;
    auto& models = *at().models;
    m->owner = models.owner_of(m->id.name).value_or(m->owner);
    m->unfinished = true;
    std::unique_ptr<typename shelf<P>::pending> files;
    if (!both(op, [&] { files = models.write(*m, self().index()); })) return false;
    m->pieces.clear();
    bool const here = tried([&] { files->commit(); });
    here ? (void)models.add(*m) : models.remove(m->id);
    bool const good = both(op, here);
    good ? models.finish(*models.find(m->id)) : models.remove(m->id);
    return good;
  }
  /// Does something that may not work at this server; the log has the reason.
  template <class F>
  bool tried(F const& f) const {
    try {
      f();
      return true;
    } catch (bad_option const& e) {
      at().say(e.what());
      return false;
    }
  }
  /// Whether it worked at both servers.
  template <class F>
  bool both(operation& op, F const& f) const {
    return both(op, tried(f));
  }
  bool both(operation& op, bool here) const {
    auto const mine = static_cast<std::byte>(here);
    std::byte theirs{};
    op.exchange({&mine, 1}, {&theirs, 1}, phase::set_up);
    return here && theirs == std::byte{1};
  }

  void finish_task() {
    for (auto const& r : state_.in_flight) r.answer(message_writer(message::done).bytes(r.id).finish());
    state_.in_flight.clear();
  }
  void end_task(refusal why, std::string_view text) {
    for (auto const& owner : state_.in_flight) at().refuse(owner, why, text);
    state_.in_flight.clear();
  }

  session_state<P>& state_;
  shelf_comparison<P> shelves_;
  std::optional<model_type> fresh_;
  model_type* loading_ = nullptr;
};

}  // namespace koi::serve
