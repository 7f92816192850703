// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/batch_steps.hpp>
#include <koi/serve/model_steps.hpp>

#include <bit>

namespace koi::serve {

/// One player's part in a session's steps, which all players take together: those that the orders of server 0 name.
///
/// Throws  whatever ends the session
template <ComparingProtocol P>
class session_steps {
 public:
  session_steps(party& self, workplace<P>& at) : state_{self, at, {}, {}}, models_(state_), batches_(state_) {}
  session_steps(session_steps const&) = delete;
  session_steps& operator=(session_steps const&) = delete;

  [[nodiscard]] model_steps<P>& models() noexcept { return models_; }
  [[nodiscard]] batch_steps<P>& batches() noexcept { return batches_; }
  [[nodiscard]] std::vector<request>& in_flight() noexcept { return state_.in_flight; }

  // --- what server 0 asks for itself

  [[nodiscard]] std::optional<std::uint32_t> number_of(model_id const& id) const {
    for (auto const& [number, m] : state_.loaded)
      if (m.id == id) return number;
    return std::nullopt;
  }
  [[nodiscard]] bool fits(request const& r, std::uint32_t number) const {
    return batch_steps<P>::fits(r, state_.loaded.at(number).net);
  }
  /// About what a prepared run takes: the same as its messages.
  [[nodiscard]] std::size_t guess_of(kind_of_run const& kind) const {
    auto const& bytes = state_.loaded.at(kind.model).bytes;
    return static_cast<std::size_t>(bytes.at(static_cast<std::size_t>(std::countr_zero(kind.batch))));
  }
  /// Whether samples of several clients may stand in one batch of a model.
  [[nodiscard]] bool keeps_samples_apart(model_id const& id) const {
    auto const number = number_of(id);
    return number && state_.loaded.at(*number).net.keeps_samples_apart();
  }

  /// Takes a model away for good, with all that is prepared for it.
  void remove(control_record const& r) {
    batches_.drop_all(r.model);
    models_.remove(r);
  }

 private:
  session_state<P> state_;
  model_steps<P> models_;
  batch_steps<P> batches_;
};

}  // namespace koi::serve
