// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/frame.hpp>
#include <koi/net/hello.hpp>

#include <cstdlib>

namespace koi::test {

/// What a stranger's bytes meet first: a header, and a hello where it announces one or an answer to an inquiry. Either is refused with bad_frame,
/// or taken and then written as it was read. Anything else ends the program.
inline void take_from_stranger(const_byte_span in) {
  auto const demand = [](bool holds) {
    if (!holds) std::abort();
  };
  try {
    auto const header = decode_header(in, "a stranger");
    auto const again = encode_header(header);
    demand(std::equal(again.begin(), again.end(), in.begin()));
    demand(to_string(header.tag).size() < 64);
    if (header.kind == frame_kind::data) return;
    demand(header.length <= max_hello_bytes);
    auto const payload = in.subspan(frame_header_size);
    if (header.kind != frame_kind::hello && header.kind != frame_kind::inquiry) return;
    auto const said = decode_hello(payload, "a stranger");
    demand(said.players.size() <= max_hello_players && said.program.size() <= max_hello_text);
    if (said.version != wire_version) return;
    auto const written = encode_hello(said);
    demand(std::equal(written.begin(), written.end(), payload.begin(), payload.end()));
    auto mine = said;
    std::swap(mine.from, mine.to);
    check_hello(mine, said);
  } catch (bad_frame const&) {
  }
}

}  // namespace koi::test
