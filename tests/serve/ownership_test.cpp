// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Whose a model is, and what becomes of uploads and removals that one server alone finished.
#include "tests/serve/group.hpp"

#include <doctest/doctest.h>

using namespace koi_tests;
namespace serve = koi::serve;
namespace fs = std::filesystem;

namespace {

void upload(client64& by, serve::model_id const& id) { by.upload(id, mlp().graph, mlp().words<pond64>()); }

/// What the servers say to an action, or nothing.
template <class Action>
std::string refusal_of(Action const& action) {
  try {
    action();
  } catch (serve::refused_error const& e) {
    return e.what();
  }
  return "";
}

struct owners {
  koi_tests::group three{[](serve::server_options& o) {
    o.rules = serve::policy({{"*", {{"*"}, {"*"}, {"*"}, {{"*", serve::reveals::scores}}}}, {"shared", {{"*"}, {"client2", "client3"}, {"*"}, {{"*", serve::reveals::scores}}}}});
    o.engine.stock_bytes = 0;
  }};
  owners() { REQUIRE(three.is_up()); }

  void restart(std::function<void()> const& meanwhile) {
    for (auto const& name : koi_tests::group::names()) three.kill(name);
    meanwhile();
    for (auto const& name : koi_tests::group::names()) three.start(name);
    REQUIRE(three.is_up());
  }
  [[nodiscard]] fs::path file(unsigned server, std::string const& model, std::string const& ending) const {
    auto const name = "server" + std::to_string(server);
    return three.folder(name) / (model + ".1." + name + "." + ending);
  }
  /// How many files of a model a server has.
  [[nodiscard]] std::size_t files(unsigned server, std::string const& model) const {
    std::size_t n = 0;
    for (auto const& f : fs::directory_iterator(three.folder("server" + std::to_string(server))))
      n += f.path().filename().string().starts_with(model + ".");
    return n;
  }
  /// What a server says of a model: "ready", why not, or nothing.
  [[nodiscard]] std::string listed(unsigned server, std::string const& model) {
    for (auto const& m : three.client().ask(server).models)
      if (m.model.name == model) return m.ready ? "ready" : m.note;
    return "";
  }
};

}  // namespace

TEST_CASE("serve: a name belongs to whom uploaded it first, at both servers, also after a restart") {
  owners at;
  auto anna = at.three.client(2), berta = at.three.client(3);
  upload(anna, {"mlp", 1});
  auto const no = "not allowed: the name mlp belongs to the identity that uploaded it first, and this server's policy does not name client3 for it";
  says(refusal_of([&] { upload(berta, {"mlp", 2}); }), no);
  upload(anna, {"mlp", 2});
  upload(anna, {"shared", 1});
  upload(berta, {"shared", 2});  // the policy names it
  auto nobody = at.three.client();
  says(refusal_of([&] { upload(nobody, {"mlp", 3}); }), "does not name callers without an identity for it");
  CHECK(content_of(at.file(0, "mlp", "owner")) == "client2");
  CHECK(content_of(at.file(1, "mlp", "owner")) == "client2");

  at.restart([&] { fs::remove(at.file(0, "shared", "onnx")), fs::remove(at.file(1, "shared", "onnx")); });
  says(refusal_of([&] { at.three.client(3).upload({"mlp", 3}, mlp().graph, mlp().words<pond64>()); }), no);
  CHECK(content_of(at.three.folder("server1") / "shared.2.server1.owner") == "client2");  // a name's, not an upload's
  auto someone = at.three.client(3);
  someone.remove({"mlp", 1});
  says(refusal_of([&] { upload(someone, {"mlp", 1}); }), no);
  someone.remove({"mlp", 2});
  upload(someone, {"mlp", 1});  // nobody has the name any more
  CHECK(content_of(at.file(1, "mlp", "owner")) == "client3");
}

TEST_CASE("serve: each server looks after the names for itself") {
  owners at;
  auto anna = at.three.client(2);
  upload(anna, {"mlp", 1});
  at.restart([&] { std::ofstream(at.file(0, "mlp", "owner"), std::ios::trunc) << "client3"; });
  auto berta = at.three.client(3);  // server 0 has been made to think that the name is hers
  CHECK(!refusal_of([&] { upload(berta, {"mlp", 2}); }).empty());
  CHECK(at.files(0, "mlp") == 3);
  CHECK(at.files(1, "mlp") == 3);
}

TEST_CASE("serve: if one server cannot put a model into its place, neither keeps it") {
  owners at;
  auto anna = at.three.client(2);
  fs::create_directories(at.file(1, "mlp", "onnx") / "in the way");
  says(refusal_of([&] { upload(anna, {"mlp", 1}); }), "failed: a server could not write the model down");
  CHECK(at.files(0, "mlp") == 0);
  CHECK(at.files(1, "mlp") == 1);  // what is in the way
  CHECK(at.listed(0, "mlp").empty());
  CHECK(at.listed(1, "mlp").empty());
  fs::remove_all(at.file(1, "mlp", "onnx"));
  upload(anna, {"mlp", 1});
  CHECK(worst(anna.predict({"mlp", 1}, mlp().input), mlp().output) < 1.0 / 1024);
  CHECK(at.files(1, "mlp") == 3);
}

TEST_CASE("serve: what a server died over is found when the shelves are compared, and what was never promised goes") {
  owners at;
  auto anna = at.three.client(2);
  for (auto const* name : {"only1", "lost0", "only0", "both", "lost1", "torn"}) upload(anna, {name, 1});
  auto const endings = {"onnx", "share", "owner"};
  auto const lose = [&](unsigned server, std::string const& model) {
    for (auto const* ending : endings) CHECK(fs::remove(at.file(server, model, ending)));
  };
  auto const mark = [&](unsigned server, std::string const& model) { std::ofstream(at.file(server, model, "unfinished")).flush(); };
  auto const part = at.three.folder("server0") / "only0.7.server0.share.0123456789abcdef.part";
  at.restart([&] {
    lose(0, "only1"), mark(1, "only1");
    lose(0, "lost0");
    lose(1, "only0"), mark(0, "only0");
    mark(0, "both");
    lose(1, "lost1");
    for (unsigned server : {0u, 1u}) fs::remove(at.file(server, "torn", "onnx")), mark(server, "torn");
    std::ofstream(part).flush();
  });
  for (unsigned server : {0u, 1u}) {
    CHECK(at.listed(server, "only1").empty());
    CHECK(at.listed(server, "only0").empty());
    CHECK(at.listed(server, "torn").empty());
    CHECK(at.listed(server, "both") == "ready");
    CHECK(at.listed(server, "lost1") == "server1 has no share of it");
    for (auto const* gone : {"only1", "only0", "torn"}) CHECK(at.files(server, gone) == 0);
    CHECK(at.files(server, "both") == 3);  // no mark any more
  }
  CHECK(at.listed(1, "lost0") == "server0 has no share of it");
  CHECK(at.files(1, "lost0") == 3);  // it was promised: a backup of server 0 may bring it back
  CHECK(at.files(0, "lost1") == 3);
  CHECK(!fs::exists(part));
  auto someone = at.three.client(2);
  upload(someone, {"only1", 1});
  upload(someone, {"only0", 1});
  someone.remove({"lost1", 1});
  CHECK(at.files(0, "lost1") == 0);
  CHECK(worst(someone.predict({"only1", 1}, mlp().input), mlp().output) < 1.0 / 1024);
  CHECK(at.three["server0"].counts().sessions == 1);
}
