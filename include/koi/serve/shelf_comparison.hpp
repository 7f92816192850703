// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/control.hpp>
#include <koi/serve/outside.hpp>
#include <koi/serve/workplace.hpp>

#include <set>

namespace koi::serve {

/// The servers compare their shelves, model by model, when they meet. What only one of them has is not served; where it
/// is marked as unfinished, it is an upload or a removal that was interrupted, and goes. Where both have the same, the
/// mark goes.
template <Protocol P>
class shelf_comparison {
 public:
  using model_type = shelved_model<P>;

  explicit shelf_comparison(session_state<P>& state) : state_(state) {}

  /// What server 1 loads next.
  [[nodiscard]] model_type* candidate() const noexcept { return candidate_; }
  void forget_candidate() noexcept { candidate_ = nullptr; }

  /// One model of server 0's shelf; `mine` is that at server 0. Returns, at server 0, what server 1 has. Where both
  /// have the same it is server 1's candidate.
  match compare(model_type* mine) {
    line said;
    operation op(self(), "shelf");
    if (!op.computes()) return match::same;
    auto const other = self().other_server();
    auto answer = match::absent;
    if (self().index() == 1) {
      op.receive(other, writable_bytes_of(&said, 1), phase::set_up);
      answer = look_up(said);
      op.send(other, bytes_of(&answer, 1), phase::set_up);
      return answer;
    }
    std::copy(mine->id.name.begin(), mine->id.name.end(), said.name.begin());
    said.version = mine->id.version;
    said.usable = can_use(*mine) ? 1 : 0;
    said.unfinished = mine->unfinished ? 1 : 0;
    if (said.usable != 0) said.digest = mine->digest();
    op.send(other, bytes_of(&said, 1), phase::set_up);
    op.receive(other, writable_bytes_of(&answer, 1), phase::set_up);
    if (answer == match::same && said.usable != 0) {
      finish(*mine);
      return match::same;
    }
    mine->pieces.clear();
    auto const note = said.usable == 0           ? cannot_use(0)
                      : answer == match::absent  ? "server1 has no share of it"
                      : answer == match::differs ? "server1's share is of another upload"
                                                 : cannot_use(1);
    leave_out(mine->id, note, said.usable != 0 && (answer == match::absent || answer == match::differs));
    return said.usable != 0 ? answer : match::unusable;
  }

  /// All models of server 0 were compared: what else server 1 has, it has alone.
  void end() {
    if (!state_.is_server(1)) return;
    std::vector<model_id> alone;
    for (auto const& [id, m] : at().models->models())
      if (!seen_.contains(id)) alone.push_back(id);
    for (auto const& id : alone) leave_out(id, "server0 has no share of it", true);
    for (auto const& listed : at().known.all())
      if (!seen_.contains(listed.model) && at().models->find(listed.model) == nullptr) at().known.erase(listed.model);
  }

 private:
  struct line {
    std::array<char, longest_model_name> name{};
    std::uint32_t version = 0;
    std::uint32_t usable = 0;
    std::uint32_t unfinished = 0;
    digest_bytes digest{};
  };

  [[nodiscard]] party& self() const noexcept { return state_.self; }
  [[nodiscard]] workplace<P>& at() const noexcept { return state_.at; }
  [[nodiscard]] static char const* cannot_use(unsigned server) {
    return server == 0 ? "server0 cannot use its share of it" : "server1 cannot use its share of it";
  }

  /// What server 1 has of a model that server 0 named.
  match look_up(line const& said) {
    model_id const wanted{std::string(said.name.data(), ::strnlen(said.name.data(), said.name.size())), said.version};
    seen_.insert(wanted);
    candidate_ = at().models->find(wanted);
    if (candidate_ == nullptr) {
      if (said.usable == 0 || said.unfinished == 0) at().not_ready(wanted, "server1 has no share of it");
      return match::absent;
    }
    bool const usable = can_use(*candidate_);
    bool const same = usable && said.usable != 0 && candidate_->digest() == said.digest;
    if (same) {
      finish(*candidate_);
      return match::same;
    }
    candidate_->pieces.clear();
    candidate_ = nullptr;
    leave_out(wanted,
              !usable            ? cannot_use(1)
              : said.usable == 0 ? cannot_use(0)
                                 : "server0's share is of another upload",
              usable && said.usable != 0);
    return usable ? match::differs : match::unusable;
  }

  /// Reads a model's shares unless something stands against it; says so and keeps the reason.
  bool can_use(model_type& m) {
    if (!m.fault.empty()) return false;
    try {
      if (m.attempts >= 3) throw bad_option(fmt::format("{}: loading it failed {} times", to_string(m.id), m.attempts));
      at().models->fetch(self(), m);
      return true;
    } catch (bad_argument const& e) {
      m.fault = e.what();
      at().say(m.fault);
      return false;
    }
  }
  void finish(model_type& m) const {
    if (!m.unfinished) return;
    at().models->finish(m);
    at().say(fmt::format("{} was written down by both servers when they were interrupted", to_string(m.id)));
  }
  /// A model that is not served: the other server does not have the same. What was never finished goes, and an `id` in
  /// it too.
  void leave_out(model_id id, char const* note, bool may_go) const {
    auto const* const m = at().models->find(id);
    if (may_go && m != nullptr && m->unfinished) {
      at().models->remove(id);
      at().known.erase(id);
      return at().say(
          fmt::format("{}: {}; its upload or removal was interrupted, so it is removed here", to_string(id), note));
    }
    at().say(fmt::format("{}: {}", to_string(id), note));
    at().not_ready(id, note);
  }

  session_state<P>& state_;
  model_type* candidate_ = nullptr;
  std::set<model_id> seen_;  // what server 0 has, at server 1
};

}  // namespace koi::serve
