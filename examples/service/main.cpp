// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// koi: a private prediction service, its clients, and the owners of its models.
#include "doctor.hpp"
#include "health.hpp"
#include "keys.hpp"
#include "predict.hpp"
#include "service.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <functional>

namespace {

struct settings {
  std::string config, player, policy, data;
  std::string who;
  std::vector<std::string> others;  ///< further groups
  std::string model;
  service::model_files files;  ///< of the model to upload
  service::prediction_options predict;
};

/// "lenet" or "lenet:2".
koi::serve::model_id model_named(std::string const& text) {
  koi::serve::model_id id{text.substr(0, text.find(':')), 0};
  if (id.name.size() != text.size()) {
    auto const digits = std::string_view(text).substr(id.name.size() + 1);
    auto const [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), id.version);
    if (code != std::errc{} || end != digits.data() + digits.size() || id.version == 0)
      throw koi::bad_option(fmt::format("'{}': a model is NAME or NAME:VERSION, with a whole number from 1 on", text));
  }
  if (!koi::serve::is_model_name(id.name))
    throw koi::bad_option(fmt::format("'{}': a model's name has 1 to {} letters, digits, '-' and '_'", text,
                                      koi::serve::longest_model_name));
  return id;
}

int serve(settings const& s) {
  auto group = koi::serve::load_group(s.config);
  if (!s.data.empty()) group.data = s.data;
  if (!s.policy.empty()) {
    auto const text = koi::serve::detail::text_of_file(s.policy);
    group.rules = koi::serve::policy::parse(koi::serve::detail::parse_json(text, s.policy), s.policy);
    group.has_policy = true;
  }
  return group.protocol == "pond" ? service::serve_with_pond(group, s.player)
                                  : service::serve_with_securenn(group, s.player);
}

int upload(settings const& s) {
  auto id = model_named(s.model);
  auto const model = service::read_shared_model(s.files, id.name);  // before anybody is called
  std::vector<service::client> one;
  one.push_back(service::client_of(koi::serve::load_group(s.config), s.who));
  service::groups of(std::move(one), s.predict.patience_s);
  unsigned newest = 0;
  auto& to = *of.ask([&](service::client& group) {
    newest = 0;
    for (unsigned const j : {0U, 1U}) {  // one of them may have a share that the other has lost
      auto const d = group.ask(j);
      if (d.up == 0)
        throw koi::serve::refused_error(fmt::format("server{}", j), koi::serve::refusal::unavailable, d.note);
      for (auto const& m : d.models)
        if (m.model.name == id.name) newest = std::max(newest, m.model.version);
    }
    return &group;
  });
  if (id.version == 0) id.version = newest + 1;
  to.upload(id, model.graph, model.weights);
  fmt::print("{}: {} shared weights; both servers have written their shares down\n", to_string(id),
             model.weights.of_server1.size());
  return 0;
}

int predict(settings const& s) {
  auto options = s.predict;
  options.model = model_named(s.model);
  std::vector<service::client> groups;
  groups.push_back(service::client_of(koi::serve::load_group(s.config), s.who));
  for (auto const& other : s.others) groups.push_back(service::client_of(koi::serve::load_group(other), s.who));
  return service::predict(std::move(groups), options);
}

int list(settings const& s) {
  auto of = service::client_of(koi::serve::load_group(s.config), s.who);
  std::array const both{of.ask(0).models, of.ask(1).models};
  std::set<koi::serve::model_id> names;
  for (auto const& models : both)
    for (auto const& m : models) names.insert(m.model);
  for (auto const& name : names) {
    std::string line;
    for (std::size_t const j : {0U, 1U}) {
      auto const at = std::find_if(both[j].begin(), both[j].end(), [&](auto const& m) { return m.model == name; });
      if (at == both[j].end())
        line += fmt::format("; server{} has no such model", j);
      else if (!at->ready)
        line += fmt::format("; server{}: {}", j, at->note);
      else if (line.empty())
        line = fmt::format(" {} -> {}", koi::to_string(at->input), koi::to_string(at->output));
    }
    fmt::print("{}{}\n", to_string(name), line);
  }
  if (names.empty()) fmt::print("no models\n");
  return 0;
}

int remove(settings const& s) {
  auto of = service::client_of(koi::serve::load_group(s.config), s.who);
  auto const id = model_named(s.model);
  if (id.version == 0) throw koi::bad_option("say which version is to go, as in lenet:1");
  of.remove(id);
  fmt::print("{} is removed at both servers\n", to_string(id));
  return 0;
}

int status(settings const& s) {
  auto const group = koi::serve::load_group(s.config);
  auto of = service::client_of(group, s.who);
  bool well = true;
  for (unsigned j : {0u, 1u}) {
    auto const name = fmt::format("server{}", j);
    try {
      auto const d = of.ask(j);
      auto const ready = std::count_if(d.models.begin(), d.models.end(), [](auto const& m) { return m.ready; });
      fmt::print("{}: {}; {} of {} models ready; {}\n", name, d.up != 0 ? "all players are here" : d.note, ready,
                 d.models.size(), d.protocol);
      well = well && d.up != 0;
    } catch (koi::error const& e) {
      fmt::print("{}\n", e.what());
      well = false;
    }
  }
  return well ? 0 : 1;
}

void declare(CLI::App& app, settings& s, std::function<int(settings const&)>& chosen) {
  auto const command = [&](CLI::App& parent, std::string const& name, std::string const& help,
                           std::string const& example, int (*run)(settings const&)) {
    auto* const sub = parent.add_subcommand(name, help);
    sub->add_option("--config", s.config, "The group's file: players, addresses, limits")
        ->required()
        ->check(CLI::ExistingFile);
    sub->footer("Example: " + example);
    sub->callback([&chosen, run] { chosen = run; });
    return sub;
  };
  auto const as = [&](CLI::App* sub) {
    sub->add_option("--as", s.who, "The name of whose keys this caller has, where the servers speak TLS");
  };
  service::declare_keys(app, chosen);
  auto* const server = command(app, "serve", "Be one of the players: server0, server1, or the helper",
                               "koi serve --config group.json --player server0 --policy policy.json", serve);
  server->add_option("--player", s.player, "The player that this process is")->required();
  server->add_option("--policy", s.policy, "This server's own policy, in place of the configuration's")
      ->check(CLI::ExistingFile);
  server->add_option("--data", s.data, "The folder in which the players' models lie, in place of the configuration's");

  auto* const owner =
      command(app, "upload", "Share a model between the servers",
              "koi upload --config group.json --model lenet lenet.onnx\n"
              "         koi upload --config group.json --model lenet --weights lenet.npz lenet.onnx\n"
              "         koi upload --config group.json --model lenet --shares lenet.server0.share lenet.server1.share "
              "lenet.onnx",
              upload);
  as(owner);
  owner->add_option("--model", s.model, "Its name, or name:version; without a version the next one")->required();
  owner->add_option("--patience", s.predict.patience_s, "Seconds to wait for the servers to be there")
      ->capture_default_str();
  auto* const npz = owner->add_option("--weights", s.files.weights,
                                      "Weights from this npz file: arrays with the names of the graph's "
                                      "initializers, or arr_0, arr_1, ... in their order");
  npz->check(CLI::ExistingFile);
  owner
      ->add_option("--shares", s.files.shares,
                   "Weights from the share files of server0 and server1, saved under the model's name")
      ->expected(2)
      ->check(CLI::ExistingFile)
      ->excludes(npz);
  owner
      ->add_option("file", s.files.graph,
                   "The model, as ONNX; with --weights or --shares its graph, which may be without weights")
      ->required()
      ->check(CLI::ExistingFile);

  auto* const user =
      command(app, "predict", "Have a model predict images or arrays, which no server sees",
              "koi predict --config group.json --model lenet --label-only t10k-images-idx3-ubyte.gz", predict);
  as(user);
  user->add_option("--model", s.model, "Its name, or name:version; without a version the newest")->required();
  user->add_option("file", s.predict.file, "An .npy array, or an idx file of images, whose bytes become 0 to 1")
      ->required()
      ->check(CLI::ExistingFile);
  user->add_option("--or", s.others,
                   "The file of another group with the same models, for when the first is busy or away")
      ->check(CLI::ExistingFile);
  user->add_flag("--label-only", s.predict.label_only, "Learn the place of the largest result alone");
  user->add_option("--first", s.predict.first, "Predict so many samples, from the first on; 0 for all")
      ->capture_default_str();
  user->add_option("--batch", s.predict.batch, "Samples of one request; 0 for as many as a request may have")
      ->capture_default_str();
  user->add_option("--out", s.predict.out, "Write the results to this .npy file");
  user->add_option("--expect", s.predict.expected,
                   "Fail unless the results are those of this .npy file, within --tolerance")
      ->check(CLI::ExistingFile);
  user->add_option("--tolerance", s.predict.tolerance, "Largest difference from --expect that is let pass")
      ->capture_default_str();
  user->add_option("--patience", s.predict.patience_s, "Seconds to try again for while the servers are busy or away")
      ->capture_default_str();

  auto* const models = app.add_subcommand("models", "List the models, or remove one");
  models->require_subcommand(1);
  models->footer("Example: koi models list --config group.json");
  as(command(*models, "list", "What each server has", "koi models list --config group.json", list));
  auto* const gone = command(*models, "remove", "Have both servers forget a model",
                             "koi models remove --config group.json lenet:1", remove);
  as(gone);
  gone->add_option("model", s.model, "NAME:VERSION")->required();
  as(command(app, "status", "Ask both servers whether all is well", "koi status --config group.json", status));
  service::declare_health(app, chosen);
  service::declare_doctor(app, chosen);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "koi: private predictions. Two servers compute on shares of a model and of what is asked, and see neither."};
  app.require_subcommand(1);
  app.footer("Example: koi predict --config group.json --model lenet --label-only t10k-images-idx3-ubyte.gz");
  settings s;
  std::function<int(settings const&)> chosen;
  declare(app, s, chosen);
  CLI11_PARSE(app, argc, argv);
  try {
    return chosen(s);
  } catch (std::exception const& e) {
    fmt::print(stderr, "koi: {}\n", e.what());
    return 1;
  }
}
