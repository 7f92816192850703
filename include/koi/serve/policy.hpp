// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/frame.hpp>
#include <koi/serve/detail/checked_json.hpp>
#include <koi/serve/request.hpp>

#include <map>
#include <optional>

namespace koi::serve {

/// What a server lets whom do with one model, or with those that are not named.
struct model_policy {
  std::vector<std::string> use, upload, remove;  ///< identities; "*" is everybody
  std::map<std::string, reveals> reveal;         ///< most that each may learn; who is not named, the label alone

  friend bool operator==(model_policy const&, model_policy const&) = default;
};

/// A caller's proven name, or what stands in its place, for messages.
[[nodiscard]] inline std::string caller_text(std::string const& identity) {
  return identity.empty() ? "callers without an identity" : printable(identity);
}

/// A server's own consent, by model. What it does not name is refused.
class policy {
 public:
  policy() = default;
  explicit policy(std::map<std::string, model_policy> models) : models_(std::move(models)) {}

  /// {"models": {"lenet": {"use": ["*"], "upload": ["hospital"], "remove": ["hospital"],
  ///                       "reveal": {"clinic": "scores", "*": "label"}}}}
  ///
  /// "reveal": "scores" is short for {"*": "scores"}.
  ///
  /// Throws  bad_option, naming the key
  [[nodiscard]] static policy parse(detail::json const& document, std::string const& where) {
    std::map<std::string, model_policy> models;
    detail::checked_object top(document, where);
    if (auto const* const all = top.find("models")) {
      if (!all->is_object()) top.fail("models", "an object");
      for (auto const& [name, value] : all->items()) {
        auto const inner = fmt::format("{}: models: {}", where, name);
        if (name != "*" && !is_model_name(name)) throw bad_option(fmt::format("{}: no model can be called so", inner));
        detail::checked_object one(value, inner);
        model_policy p;
        p.use = one.names("use");
        p.upload = one.names("upload");
        p.remove = one.names("remove");
        if (auto const* const reveal = one.find("reveal")) p.reveal = most_revealed(one, *reveal);
        one.finish();
        models[name] = std::move(p);
      }
    }
    top.finish();
    return policy(std::move(models));
  }

  /// Why this client may not, or nothing if it may.
  [[nodiscard]] std::optional<std::string> objection(task what, std::string const& client, model_id const& model,
                                                     reveals show) const {
    auto const* const rules = rules_of(model);
    if (rules == nullptr) return fmt::format("this server's policy has no model {}", model.name);
    auto const& who = what == task::predict ? rules->use : what == task::upload ? rules->upload : rules->remove;
    auto const verb = what == task::predict ? "use" : what == task::upload ? "upload" : "remove";
    if (!lists(who, client))
      return fmt::format("this server's policy does not let {} {} {}", caller_text(client), verb, model.name);
    if (what == task::predict && show == reveals::scores && most_for(rules->reveal, client) != reveals::scores)
      return fmt::format("this server's policy reveals the label of {} alone to {}, no scores", model.name,
                         caller_text(client));
    return std::nullopt;
  }
  /// Whether this client may upload any model at all.
  [[nodiscard]] bool may_upload(std::string const& client) const {
    return std::any_of(models_.begin(), models_.end(), [&](auto const& m) { return lists(m.second.upload, client); });
  }
  /// Whether it is named as one who may upload this very model: then the name need not be its own.
  [[nodiscard]] bool names_uploader(std::string const& client, model_id const& model) const {
    auto const at = models_.find(model.name);
    if (at == models_.end() || client.empty()) return false;
    auto const& who = at->second.upload;
    return std::find(who.begin(), who.end(), client) != who.end();
  }
  /// Whether it may know of a model: it may do something with it.
  [[nodiscard]] bool may_see(std::string const& client, model_id const& model) const {
    auto const* const rules = rules_of(model);
    return rules != nullptr &&
           (lists(rules->use, client) || lists(rules->upload, client) || lists(rules->remove, client));
  }

 private:
  [[nodiscard]] static std::map<std::string, reveals> most_revealed(detail::checked_object const& of,
                                                                    detail::json const& value) {
    auto const fail = [&] {
      of.fail("reveal", "\"label\" or \"scores\", or one of the two by identity, as in {\"clinic\": \"scores\"}");
    };
    auto const one = [&](detail::json const& word) {
      if (word != "label" && word != "scores") fail();
      return word == "scores" ? reveals::scores : reveals::label;
    };
    if (!value.is_object()) return {{"*", one(value)}};
    std::map<std::string, reveals> all;
    for (auto const& [who, word] : value.items()) all[who] = one(word);
    return all;
  }
  /// Its own name decides, then "*".
  [[nodiscard]] static reveals most_for(std::map<std::string, reveals> const& reveal, std::string const& client) {
    auto at = client.empty() ? reveal.end() : reveal.find(client);
    if (at == reveal.end()) at = reveal.find("*");
    return at == reveal.end() ? reveals::label : at->second;
  }
  [[nodiscard]] static bool lists(std::vector<std::string> const& who, std::string const& client) {
    return std::any_of(who.begin(), who.end(),
                       [&](auto const& name) { return name == "*" || (!client.empty() && name == client); });
  }
  [[nodiscard]] model_policy const* rules_of(model_id const& model) const {
    auto at = models_.find(model.name);
    if (at == models_.end()) at = models_.find("*");
    return at == models_.end() ? nullptr : &at->second;
  }
  std::map<std::string, model_policy> models_;
};

}  // namespace koi::serve
