// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/trials.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace koi_tests {

namespace {

struct records {
  std::size_t whole = 0, bytes = 0, left = 0;  ///< bytes after the last whole record
  std::string fault;
};

/// Reads bytes as a row of TLS records; RFC 8446, section 5.1.
[[nodiscard]] records read_records(std::vector<unsigned char> const& in) {
  constexpr std::size_t header = 5, longest = (std::size_t{1} << 14) + 256;
  records out;
  out.bytes = in.size();
  std::size_t at = 0;
  while (in.size() - at >= header) {
    unsigned const kind = in[at], version = in[at + 1] * 256U + in[at + 2];
    std::size_t const length = in[at + 3] * 256U + in[at + 4];
    bool const first = at == 0;
    // change_cipher_spec 20 and alert 21 come in the clear, handshake 22 begins, application_data 23 is all that
    // follows
    bool const known = kind >= 20 && kind <= 23 && (!first || kind == 22) && (kind != 20 || length == 1);
    if (!known || (version != 0x0303 && !(first && version == 0x0301)) || length == 0 || length > longest) {
      out.fault = "no TLS record: kind " + std::to_string(kind) + ", version " + std::to_string(version) + ", length " +
                  std::to_string(length) + ", after " + std::to_string(out.whole) + " records";
      return out;
    }
    if (in.size() - at - header < length) break;
    at += header + length;
    ++out.whole;
  }
  out.left = in.size() - at;
  return out;
}

/// Whether a row of numbers that the client or the owner had stands somewhere, in the forms in which programs keep
/// them.
template <class T>
[[nodiscard]] bool holds(std::vector<unsigned char> const& in, std::vector<T> const& row) {
  auto const* const from = reinterpret_cast<unsigned char const*>(row.data());
  return std::search(in.begin(), in.end(), from, from + row.size() * sizeof(T)) != in.end();
}

}  // namespace

int wire(trial_options const& o) {
  auto const model = small_network(o);
  std::vector<unsigned char> const clear{22, 3, 3, 0, 1, 0, 'k', 'o', 'i', '1', 0, 0};
  if (read_records(clear).fault.empty()) give_up("the reader of records takes a koi frame for one");

  auto options = group_of(o, true);
  options.record = true;
  processes group(options);
  start_with(group, "digits", model.file);
  demand_service(group, o, "digits", model, o.count);
  for (auto const& name : group.players()) {  // and what a player says that meets them anew, or leaves
    group.end(name, name == "server0" ? 15 : 9);
    group.start(name);
    demand_service(group, o, "digits", model, o.count);
  }
  std::vector<float> const weights(model.network.w1.begin(), model.network.w1.begin() + 4);
  std::vector<std::uint64_t> words;
  for (auto const w : weights)
    words.push_back(static_cast<std::uint64_t>(std::llround(static_cast<double>(w) * 65536)));

  std::size_t connections = 0, whole = 0, bytes = 0;
  std::string fault;
  for (auto* const way : group.all_relays())
    for (auto const& each : way->recordings()) {
      ++connections;
      for (auto const* side : {&each.to_callee, &each.to_caller}) {
        auto const found = read_records(*side);
        if (!found.fault.empty()) fault = found.fault;
        if (found.left > (std::size_t{1} << 14) + 261) fault = "bytes that are no record";
        if (holds(*side, weights) || holds(*side, words)) fault = "weights in the clear";
        whole += found.whole;
        bytes += found.bytes;
      }
    }
  std::printf("%zu connections, %zu TLS records, %zu bytes\n", connections, whole, bytes);
  if (o.tls && !fault.empty()) give_up(fault);
  if (!o.tls) {  // the control: without TLS it must be seen
    if (fault.empty()) give_up("plain TCP passed for TLS");
    std::printf("as it must be without TLS: %s\n", fault.c_str());
  }
  if (connections < 8 || whole + bytes == 0) give_up("nothing was recorded");
  demand_clean_logs(group);
  return 0;
}

}  // namespace koi_tests
