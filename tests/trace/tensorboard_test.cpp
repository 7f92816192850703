// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/tensorboard.hpp>

#include <koi/nn.hpp>

#include "tests/session/fates.hpp"

#include <protozero/pbf_reader.hpp>
#include <unistd.h>

#include <set>

namespace koi::test {

namespace {

/// The messages of an event file, of which lengths and checksums are checked.
std::vector<std::string> records_in(std::filesystem::path const& folder) {
  std::vector<std::string> out;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string const bytes(std::istreambuf_iterator<char>(file), {});
    for (std::size_t at = 0; at < bytes.size();) {
      std::uint64_t length = 0;
      REQUIRE(at + 12 <= bytes.size());
      std::memcpy(&length, bytes.data() + at, 8);
      REQUIRE(at + 16 + length <= bytes.size());
      out.push_back(bytes.substr(at + 12, length));
      CHECK(bytes.substr(at, 16 + length) == trace::detail::record(out.back()));
      at += 16 + length;
    }
  }
  return out;
}

struct drawn_node {
  std::string name, device;
  std::vector<std::string> inputs;
  std::map<std::string, std::int64_t> numbers;
};

std::vector<drawn_node> nodes_in(std::string const& graph) {
  std::vector<drawn_node> out;
  for (protozero::pbf_reader g(graph); g.next(1);) {
    auto& n = out.emplace_back();
    for (auto def = g.get_message(); def.next();) switch (def.tag()) {
        case 1: n.name = def.get_string(); break;
        case 3: n.inputs.push_back(def.get_string()); break;
        case 4: n.device = def.get_string(); break;
        case 5: {
          auto entry = def.get_message();
          std::string key;
          while (entry.next()) {
            if (entry.tag() == 1) {
              key = entry.get_string();
              continue;
            }
            for (auto value = entry.get_message(); value.next();)
              if (value.tag() == 3) n.numbers[key] = value.get_int64();
              else value.skip();
          }
          break;
        }
        default: def.skip();
      }
  }
  return out;
}

}  // namespace

TEST_CASE("checksums of event files are CRC-32C, masked") {
  CHECK(trace::detail::crc32c("123456789") == 0xe3069283u);
  CHECK(trace::detail::crc32c("") == 0);
  CHECK(trace::detail::crc32c(std::string(32, '\0')) == 0x8a9136aau);  // RFC 3720, B.4
}

TEST_CASE_TEMPLATE("TensorBoard's files have a node for every player and step, with what it took", P, pond64, securenn64) {
  auto const folder = std::filesystem::temp_directory_path() / fmt::format("koi_board_{}", ::getpid());
  std::filesystem::remove_all(folder);
  std::map<std::string, std::uint64_t> sent;
  {
    trace::tensorboard board(folder);
    std::mutex mutex;
    check_all_well(players<P>([&](auto& one) {
      one.run([&](auto& on) {
        nn::sequential<P> model{nn::input{3}, nn::dense{4}, nn::relu{}};
        on.load_weights(model, "owner", [] {
          return std::vector<plain_tensor>{plain_tensor({3, 4}, 0.5), plain_tensor({4}, 0.25)};
        });
        auto const x = on.private_input("client", {5, 3}, [] { return plain_tensor({5, 3}, 1.0); });
        auto const named = on.scope("model");
        on.output("client", model(x), [](auto const&) {});
      });
      board.add(one);
      std::lock_guard const lock(mutex);
      sent[one.me()] = one.spent().sent(phase::online).bytes;
    }));
    board.scalar("milliseconds", 1, 2.5);
    board.write();
  }

  auto const records = records_in(folder);
  REQUIRE(records.size() == 4);  // version, scalar, graph, metadata
  std::vector<drawn_node> nodes;
  std::size_t scalars = 0, timed = 0;
  for (auto const& r : records)
    for (protozero::pbf_reader e(r); e.next();) {
      scalars += e.tag() == 5;
      if (e.tag() == 4) {
        nodes = nodes_in(e.get_bytes());
      } else if (e.tag() == 8) {
        auto tagged = e.get_message();
        REQUIRE(tagged.next(2));
        auto const run = tagged.get_bytes();
        protozero::pbf_reader metadata(run);
        REQUIRE(metadata.next(1));
        for (auto stats = metadata.get_message(); stats.next(1);)
          for (auto device = stats.get_message(); device.next();)
            if (device.tag() == 2) {
              ++timed;
              std::set<std::uint32_t> told;
              for (auto node = device.get_message(); node.next();) {
                told.insert(node.tag());
                if (node.tag() == 2 || node.tag() == 5) CHECK(node.get_int64() > 0);  // start and end: none is no colour
                else node.skip();
              }
              CHECK(told.contains(6));  // memory
            } else {
              device.skip();
            }
      } else {
        e.skip();
      }
    }
  CHECK(scalars == 1);
  CHECK(timed == nodes.size());

  std::set<std::string> names;
  std::map<std::string, std::int64_t> bytes;
  for (auto const& n : nodes) {
    CHECK(names.insert(n.name).second);
    auto const player = n.name.substr(n.name.rfind('/') + 1);
    CHECK(n.device == "/device:" + player + ":0");  // the only form that TensorBoard colours by
    bytes[player] += n.numbers.at("bytes_sent_online");
    CHECK(n.numbers.contains("rounds_online"));
  }
  for (auto const& [player, count] : sent) CHECK(bytes[player] == static_cast<std::int64_t>(count));
  CHECK(names.contains("model/relu_2/truncate_relu/server0"));
  CHECK(names.contains("input/client"));
  CHECK(!names.contains("model/relu_2/truncate_relu/client"));  // it takes no part

  // every edge has both ends, and the graph no circle
  std::map<std::string, std::set<std::string>> left;
  for (auto const& n : nodes)
    for (auto const& input : n.inputs) {
      CHECK(names.contains(input));
      left[n.name].insert(input);
    }
  for (std::size_t before = left.size() + 1; left.size() < before;) {
    before = left.size();
    for (auto& [name, inputs] : left) std::erase_if(inputs, [&](auto const& input) { return !left.contains(input); });
    std::erase_if(left, [](auto const& of) { return of.second.empty(); });
  }
  CHECK(left.empty());
  std::filesystem::remove_all(folder);
}

}  // namespace koi::test
