// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/share_file.hpp>

#include <koi/nn.hpp>
#include <koi/ops.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>
#include <koi/session/in_process.hpp>

#include "tests/io/files.hpp"
#include "tests/support/long_tests.hpp"

#include <cmath>
#include <map>
#include <mutex>

using namespace koi_tests;
using koi::shape_type;
namespace fs = std::filesystem;

namespace {

using pond = koi::pond<koi::ring64, 16>;
using shapes = std::vector<shape_type>;

shapes const of_weights{{2, 3}, {}, {4}};

/// 1.25, 2.25, ...
std::vector<koi::plain_tensor> numbers() {
  std::vector<koi::plain_tensor> all;
  double next = 0.25;
  for (auto const& shape : of_weights) {
    auto& x = all.emplace_back(koi::plain_tensor::from_shape(shape));
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = next += 1;
  }
  return all;
}

/// What each player ends with: "done", or the kind and text of its error.
using ends = std::map<std::string, std::string>;

template <koi::Protocol P, class Program>
ends run(Program const& program) {
  ends all;
  std::mutex guard;
  auto const end = [&](auto& on, std::string const& how) {
    std::scoped_lock lock(guard);
    all[on.me()] = how;
  };
  try {
    koi::run<P>(koi::local_cluster({"owner", "client"}), [&](auto& on) {
      try {
        program(on);
        end(on, "done");
      } catch (koi::bad_option const& e) {
        end(on, std::string("refused: ") + e.what());
        throw;
      } catch (koi::channel_error const& e) {
        end(on, std::string("peer: ") + e.what());
        throw;
      }
    });
  } catch (koi::error const&) {  // each player's is known
  }
  return all;
}

template <koi::Protocol P = pond>
ends save(fs::path const& folder, std::string const& model = "net") {
  return run<P>([&](auto& on) {
    koi::io::save_shares(on, folder, model, on.private_variables("owner", of_weights, [] { return numbers(); }));
  });
}

/// Loads and computes with it: w0 * w0, which needs every player.
template <koi::Protocol P = pond>
ends load(fs::path const& folder, std::string const& model = "net", shapes const& as = of_weights,
          std::vector<koi::plain_tensor>* result = nullptr) {
  return run<P>([&](auto& on) {
    auto const w = koi::io::load_shares(on, folder, model, as);
    on.output("client", w[0] * w[0], [&](koi::plain_tensor const& y) {
      if (result) result->push_back(y);
    });
    for (auto const& each : w)
      on.output("client", each, [&](koi::plain_tensor const& y) {
        if (result) result->push_back(y);
      });
  });
}

template <koi::Protocol P>
void check_loaded(fs::path const& folder) {
  std::vector<koi::plain_tensor> result;
  for (auto const& [player, end] : load<P>(folder, "net", of_weights, &result)) CHECK_MESSAGE(end == "done", player);
  auto const expected = numbers();
  REQUIRE(result.size() == 4);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(std::abs(result[0].data()[i] - expected[0].data()[i] * expected[0].data()[i]) < 1e-3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(result[i + 1] == expected[i]);
}

fs::path file_of(fs::path const& folder, int server, std::string const& model = "net") {
  return folder / fmt::format("{}.server{}.share", model, server);
}
void write(fs::path const& path, std::string const& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

/// A text as a header, up to the empty line.
std::string header_of(std::string const& content) { return content.substr(0, content.find("\n\n") + 2); }

/// The text with one part of it replaced by another.
std::string with(std::string text, std::string const& part, std::string const& by) {
  auto const at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), by);
}

/// The file again with a checksum that is right: what someone makes who may write to the folder.
std::string sealed(std::string const& content) {
  auto const body = content.substr(0, content.size() - 32);
  auto const sum = koi::sha256(as_bytes(body));
  return body + std::string(reinterpret_cast<char const*>(sum.data()), sum.size());
}

struct saved_pair {
  scratch_folder folder{"share_files"};
  std::array<std::string, 2> content;

  saved_pair() {
    for (auto const& [player, end] : save(folder.path())) REQUIRE_MESSAGE(end == "done", player);
    for (int j : {0, 1}) content[static_cast<std::size_t>(j)] = content_of(file_of(folder.path(), j));
  }
  fs::path path(int server) const { return file_of(folder.path(), server); }
  void restore() const {
    for (int j : {0, 1}) write(path(j), content[static_cast<std::size_t>(j)]);
  }
  /// Checks that server 0 says this of its file, and that no other player computes on.
  void check_refused(std::string const& part) const { check(load(folder.path()), part); }
  static void check(ends const& all, std::string const& part) {
    REQUIRE(all.size() == 5);
    says(all.at("server0"), "refused: ");
    says(all.at("server0"), part);
    CHECK(all.at("server1") != "done");
    says(all.at("client"), "peer: ");
  }
};

}  // namespace

TEST_CASE("share files: what was saved is there in a fresh session, under another protocol too") {
  saved_pair const files;
  check_loaded<pond>(files.folder.path());
  check_loaded<koi::securenn<koi::ring64, 16>>(files.folder.path());
}

TEST_CASE_TEMPLATE("share files: a model that was saved predicts the same in a new session", P,
                   pond KOI_IN_LONG_TESTS(koi::pond<koi::ring128, 32>, koi::securenn<koi::ring64, 16>,
                                          koi::securenn<koi::ring128, 32>)) {
  using namespace koi::nn;
  scratch_folder const folder("share_files");
  auto const layers = [] { return sequential<P>{input{3}, dense{4}, batch_normalization{}, relu{}, dense{2}}; };
  koi::plain_tensor const x{{0.5, -1, 2}, {-0.25, 1.5, 1}};
  auto const predict = [&](auto& on, auto const& model, koi::plain_tensor& to) {
    auto const in = on.private_input("client", {2, 3}, [&] { return x; });
    on.output("client", model(in), [&](koi::plain_tensor const& y) { to = y; });
  };
  auto const all_done = [](ends const& all) {
    CHECK(all.size() == 5);
    for (auto const& [player, end] : all) CHECK_MESSAGE(end == "done", player);
  };

  koi::plain_tensor before, after;
  all_done(run<P>([&](auto& on) {
    auto model = layers();
    on.load_weights(model, "owner", [&] {
      std::vector<koi::plain_tensor> weights;
      double next = 0;
      for (auto const& shape : model.weight_shapes()) {
        auto& w = weights.emplace_back(koi::plain_tensor::from_shape(shape));
        for (std::size_t i = 0; i < w.size(); ++i) w.data()[i] = 0.5 + std::abs(std::sin(next += 1));
      }
      return weights;
    });
    predict(on, model, before);
    koi::io::save_shares(on, folder.path(), "net", model.weights());
  }));
  all_done(run<P>([&](auto& on) {
    auto model = layers();
    model.set_shared_weights(koi::io::load_shares(on, folder.path(), "net", model.shared_shapes()));
    predict(on, model, after);
  }));
  // by the last bits, which truncations draw
  REQUIRE(before.shape() == after.shape());
  REQUIRE(before.size() == 4);
  CHECK(xt::amax(xt::abs(before - after))() < 16 * std::ldexp(1, -static_cast<int>(P::frac_bits)));
  CHECK(xt::amin(xt::abs(before))() > 0.1);
}

TEST_CASE("share files: names, rights, and a header in plain text") {
  saved_pair const files;
  std::vector<std::string> names;
  for (auto const& file : fs::directory_iterator(files.folder.path())) {
    names.push_back(file.path().filename().string());
    CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  }
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"net.server0.share", "net.server1.share"});

  auto const header = header_of(files.content[0]);
  auto const value_of = [&](std::string const& key) {
    auto const at = header.find("\n" + key + " ") + key.size() + 2;
    return header.substr(at, header.find('\n', at) - at);
  };
  auto const id = value_of("id"), saved = value_of("saved");
  CHECK(id.size() == 32);
  CHECK(header == "koi share file, version 1\nmodel net\nid " + id + "\nsaved " + saved +
                      "\nparty 0\nsharing additive\nring 64\nfraction 16\ntensor 2 3\ntensor\ntensor 4\n\n");
  CHECK(header_of(files.content[1]) == with(header, "party 0", "party 1"));
  CHECK(files.content[0].size() == header.size() + 11 * 8 + 32);
  CHECK(files.content[0] == sealed(files.content[0]));
  CHECK_THROWS_AS((void)save(files.folder.path(), "../net").at("server9"), std::out_of_range);
  says(save(files.folder.path(), "../net").at("server0"), "a model's name has");
}

TEST_CASE("share files: the files of two saves have nothing in common, and only both of one save are the values") {
  saved_pair const files;
  // One session saves the same shares twice.
  (void)run<pond>([&](auto& on) {
    auto const w = on.private_variables("owner", of_weights, [] { return numbers(); });
    koi::io::save_shares(on, files.folder.path(), "first", w);
    koi::io::save_shares(on, files.folder.path(), "second", w);
  });
  auto const words = [&](std::string const& model, int server) {
    auto const content = content_of(file_of(files.folder.path(), server, model));
    std::vector<std::uint64_t> out(11);
    std::memcpy(out.data(), content.data() + header_of(content).size(), 88);
    return out;
  };
  auto const a0 = words("first", 0), a1 = words("first", 1), b0 = words("second", 0), b1 = words("second", 1);
  for (std::size_t i = 0; i < a0.size(); ++i) {
    CHECK(a0[i] + a1[i] == b0[i] + b1[i]);
    CHECK(a0[i] != b0[i]);
    CHECK(a0[i] + b1[i] != a0[i] + a1[i]);
  }
}

TEST_CASE("share files: each wrong file has its own words, and every player ends") {
  saved_pair const files;
  auto const &zero = files.content[0], &one = files.content[1];
  auto const refused = [&](std::string const& content, std::string const& part) {
    files.restore();
    write(files.path(0), content);
    files.check_refused(part);
  };
  refused(one, "is the share of server 1, and that of server 0 is due: the files are swapped");
  refused("PK\3\4", "is no share file");
  refused("", "is no share file");
  refused(with(zero, "version 1", "version 2"), "has version 2; version 1 is read");
  refused(with(zero, "additive", "replicated"), "holds shares of another kind");
  refused(with(zero, "model net", "model \x1b[2J"), "is the model '\\x1b[2J', not 'net'");
  refused(zero + "x", "is cut or damaged");

  files.restore();
  fs::permissions(files.path(0), fs::perms::group_read, fs::perm_options::add);
  files.check_refused("others than its owner may use it");
  fs::remove(files.path(0));
  files.check_refused("server0.share: no such file");
  fs::create_directory(files.path(0));
  files.check_refused("not a file");
}

TEST_CASE("share files: another save than the other server's") {
  saved_pair const files;
  (void)save(files.folder.path());
  write(files.path(0), files.content[0]);
  auto const all = load(files.folder.path());
  says(all.at("server0"), "is of another save than server1's");
  says(all.at("server0"), "the older one is stale");
  CHECK(all.at("client") != "done");
}

TEST_CASE("share files: of another model, ring, fixed point or layout") {
  saved_pair const files;
  auto const& folder = files.folder.path();
  files.check(load(folder, "net", {{3, 2}, {}, {4}}), "holds tensors of other shapes");
  files.check(load(folder, "net", {{2, 3}, {}}), "holds tensors of other shapes");
  files.check(load(folder, "net", {{2, 3}, {}, {1 << 20}}), "holds tensors of other shapes");
  auto const &zero = files.content[0], &one = files.content[1];
  for (auto const* const line : {"ring 128", "ring 32"}) {
    write(files.path(0), sealed(with(zero, "ring 64", line)));
    files.check_refused("this program computes with 64 and 16");
  }
  write(files.path(0), sealed(with(zero, "fraction 16", "fraction 20")));
  files.check_refused("holds numbers of 64 bits, 20 of them for fractions; this program computes with 64 and 16");
  write(file_of(folder, 0, "other"), zero);
  write(file_of(folder, 1, "other"), one);
  auto const all = load(folder, "other");
  says(all.at("server0") + all.at("server1"), "is the model 'net', not 'other'");
}

TEST_CASE("share files: cut at every byte, and every byte flipped") {
  saved_pair const files;
  auto const& content = files.content[0];
  auto const& folder = files.folder.path();
  // Only the file is read here: the players' ends are those of the cases above.
  auto const read = [&](std::string const& bytes) {
    write(files.path(0), bytes);
    std::string said;
    said = complaint(
        [&] { (void)koi::io::detail::read_share_file<pond>(0, file_of(folder, 0), "net", of_weights); });
    return said;
  };
  CHECK(read(content) == "none");
  for (std::size_t at = 0; at < content.size(); ++at) {
    INFO(at);
    CHECK(read(content.substr(0, at)) != "none");
    for (auto const bit : {0, 7}) {
      auto flipped = content;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      CHECK(read(flipped) != "none");
    }
  }
  // What someone could write on purpose, with a checksum that is right.
  auto const forged = [&](std::string const& part, std::string const& by) {
    return read(sealed(with(content, part, by)));
  };
  says(forged("party 0", "party 4294967296"), "the party is neither 0 nor 1");
  says(forged("tensor 2 3", "tensor 281474976710656 281474976710656"), "a shape in its header");
  says(forged("tensor 2 3", "tensor 99999999999999999999"), "a number in its header");
  says(forged("tensor 2 3", "tensor -2 3"), "a number in its header");
  says(forged("tensor 2 3", "tensors 2 3"), "a shape in its header");
  says(forged("tensor 2 3", "tensor 2  3"), "a number in its header");
  says(forged("tensor 2 3\n", std::string(1000, 'x') + "\n"), "is cut or damaged: no 'tensor' in its header");
  says(forged("\nid ", "\nid zz"), "is damaged: its id");
  says(forged("ring 64", "ring"), "no 'ring ' in its header");
  CHECK(forged("saved ", "saved 1").find("none") == 0);  // nothing but the other server's word speaks against it
}

TEST_CASE("share files: what is left of a save that failed does not disturb, and nothing is half replaced") {
  saved_pair const files;
  auto const& folder = files.folder.path();
  auto const count = [&] { return std::distance(fs::directory_iterator(folder), {}); };
  write(fs::path(files.path(0).string() + ".part"), "left over");
  for (auto const& [player, end] : save(folder)) CHECK_MESSAGE(end == "done", player);
  check_loaded<pond>(folder);
  CHECK(count() == 3);

  // Server 1 cannot write: server 0 keeps what it has.
  files.restore();
  auto const all = run<pond>([&](auto& on) {
    auto const values = on.private_variables("owner", of_weights, [] { return numbers(); });
    koi::io::save_shares(on, on.me() == "server1" ? folder / "missing" : folder, "net", values);
  });
  says(all.at("server1"), "cannot be opened");
  CHECK(all.at("server0") != "done");
  CHECK(content_of(files.path(0)) == files.content[0]);
  CHECK(count() == 3);
  check_loaded<pond>(folder);

  // Server 1 has written, but the file does not get its name.
  fs::remove(files.path(1));
  fs::create_directory(files.path(1));
  auto const late = save(folder);
  says(late.at("server1"), "net.server1.share: cannot be replaced");
  fs::remove(files.path(1));
  write(files.path(1), files.content[1]);
  CHECK(content_of(files.path(0)) != files.content[0]);
  files.check_refused("is of another save than server1's");
  CHECK(count() == 3);
}
