// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core.hpp>
#include <koi/net/frame.hpp>
#include <koi/net/hello.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a client, or the owner of a model, and one server say to each other. examples/service/README.md has it byte by
/// byte; numbers are little-endian.
namespace koi::serve {

inline constexpr std::uint16_t client_wire_version = 2;

enum class message : std::uint16_t {
  list = 1,     ///< client: which models are there?
  predict,      ///< client: its half of a request
  upload,       ///< owner: its half of a model
  remove,       ///< owner: a model is to go
  drop,         ///< client: forget my half of a request
  models = 16,  ///< server: the models
  held,         ///< server: your half waits for the other server's
  result,       ///< server: its piece of the answer
  done,         ///< server: the model is loaded, or gone
  refused,      ///< server: no, and why
};

enum class refusal : std::uint16_t {
  bad_request = 1,  ///< no message that this server understands
  unknown_model,
  bad_shape,
  not_allowed,  ///< this server's policy
  busy,         ///< a limit is reached: come back
  unavailable,  ///< another player is away, or this server is leaving: come back
  failed,       ///< a player was lost while the request was under way
  differs,      ///< the other server has no such half, or another one
};
[[nodiscard]] constexpr std::string_view to_string(refusal why) noexcept {
  constexpr std::array<std::string_view, 9> names{"",     "bad request", "unknown model", "bad shape", "not allowed",
                                                  "busy", "unavailable", "failed",        "differs"};
  auto const i = static_cast<std::size_t>(why);
  return i < names.size() ? names[i] : "refused";
}

/// The servers' word that ends a request.
class refused_error : public error {
 public:
  refused_error(std::string_view server, refusal why, std::string_view text)
      : error(fmt::format("{}: {}: {}", server, to_string(why), text)), why_(why) {}
  [[nodiscard]] refusal why() const noexcept { return why_; }

 private:
  refusal why_;
};

/// A client's name for a request: random, the same at both servers.
using request_id = std::array<std::byte, 16>;

/// Which model; version 0 stands for the newest one.
struct model_id {
  std::string name;
  std::uint32_t version = 0;

  friend auto operator<=>(model_id const&, model_id const&) = default;
};
[[nodiscard]] inline std::string to_string(model_id const& m) {
  return m.version == 0 ? m.name : fmt::format("{}:{}", m.name, m.version);
}
inline constexpr std::size_t longest_model_name = 64;
/// Whether it can be a name: it stands in file names, logs and messages.
[[nodiscard]] inline bool is_model_name(std::string_view name) noexcept {
  auto const plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= longest_model_name && std::all_of(name.begin(), name.end(), plain);
}

/// What a client learns.
enum class reveals : std::uint8_t { scores = 0, label = 1 };

inline constexpr std::size_t message_header_size = 16;
inline constexpr std::size_t longest_text = 512;
inline constexpr std::size_t max_rank = 8;

struct message_header {
  message kind{};
  std::uint64_t length = 0;  ///< bytes that follow
};

/// A message as it goes on the wire; `finish` fills in the length.
class message_writer {
 public:
  explicit message_writer(message kind) {
    bytes(bytes_of("koiq", 4));
    word(client_wire_version);
    word(static_cast<std::uint16_t>(kind));
    word(std::uint64_t{0});
  }
  template <class T>
  requires std::is_trivially_copyable_v<T> message_writer& word(T value) { return bytes(bytes_of(&value, 1)); }
  message_writer& bytes(const_byte_span in) {
    out_.insert(out_.end(), in.begin(), in.end());
    return *this;
  }
  message_writer& text(std::string_view value) {
    value = value.substr(0, longest_text);
    word(static_cast<std::uint16_t>(value.size()));
    return bytes(bytes_of(value.data(), value.size()));
  }
  message_writer& model(model_id const& m) { return text(m.name).word(m.version); }
  message_writer& shape(shape_type const& s) {
    word(static_cast<std::uint8_t>(s.size()));
    for (auto const extent : s) word(static_cast<std::uint64_t>(extent));
    return *this;
  }
  [[nodiscard]] secret_bytes finish() {
    std::uint64_t const length = out_.size() - message_header_size;
    std::memcpy(out_.data() + 8, &length, sizeof length);
    return std::move(out_);
  }

 private:
  secret_bytes out_;
};

/// Reads what a peer wrote, and looks at every length before it uses it. Throws bad_frame.
class message_reader {
 public:
  message_reader(const_byte_span in, std::string peer) : in_(in), peer_(std::move(peer)) {}

  template <class T>
  [[nodiscard]] T word() {
    return load<T>(bytes(sizeof(T)));
  }
  [[nodiscard]] const_byte_span bytes(std::size_t n) {
    if (in_.size() < n) fail("is cut");
    auto const out = in_.first(n);
    in_ = in_.subspan(n);
    return out;
  }
  [[nodiscard]] const_byte_span rest() { return bytes(in_.size()); }
  [[nodiscard]] std::string text() {
    std::size_t const n = word<std::uint16_t>();
    if (n > longest_text) fail("has a text over its cap");
    auto const from = bytes(n);
    return printable({reinterpret_cast<char const*>(from.data()), from.size()}, longest_text);
  }
  [[nodiscard]] request_id id() {
    request_id out;
    auto const from = bytes(out.size());
    std::copy(from.begin(), from.end(), out.begin());
    return out;
  }
  [[nodiscard]] model_id model() {
    model_id m;
    m.name = text();
    m.version = word<std::uint32_t>();
    if (!is_model_name(m.name)) fail("names a model as none can be called");
    return m;
  }
  [[nodiscard]] shape_type shape() {
    std::size_t const rank = word<std::uint8_t>();
    if (rank > max_rank) fail("has a shape of too many axes");
    shape_type s;
    std::size_t count = 1;
    for (std::size_t i = 0; i < rank; ++i) {
      auto const extent = word<std::uint64_t>();
      if (extent > (std::size_t{1} << 40) || (extent != 0 && count > (std::size_t{1} << 40) / extent))
        fail("has a shape of too many elements");
      count *= std::max<std::size_t>(extent, 1);
      s.push_back(extent);
    }
    return s;
  }
  void finish() const {
    if (!in_.empty()) fail("is too long");
  }
  [[noreturn]] void fail(std::string_view what) const {
    throw bad_frame(peer_, fmt::format("a message of {} {}", peer_, what));
  }

 private:
  const_byte_span in_;
  std::string peer_;
};

/// Throws  bad_frame for what is no header of this version
[[nodiscard]] inline message_header decode_message_header(const_byte_span in, std::string const& peer) {
  if (in.size() < message_header_size || std::memcmp(in.data(), "koiq", 4) != 0)
    throw bad_frame(peer, fmt::format("{} sent bytes that are no message of a koi client or server", peer));
  if (auto const version = load<std::uint16_t>(in, 4); version != client_wire_version)
    throw bad_frame(peer, fmt::format("{} speaks version {} of the clients' messages; this program speaks version {}",
                                      peer, version, client_wire_version));
  return {static_cast<message>(load<std::uint16_t>(in, 6)), load<std::uint64_t>(in, 8)};
}

/// A model as a server describes it.
struct model_description {
  model_id model;
  bool ready = false;
  std::string note;   ///< why it is not ready
  shape_type input;   ///< of one sample
  shape_type output;  ///< of one sample

  friend bool operator==(model_description const&, model_description const&) = default;
};

/// A server's answer to `list`.
struct server_description {
  std::uint8_t index = 0;  ///< 0 takes seeds, 1 takes words
  std::uint8_t up = 0;     ///< whether all players are there
  std::uint16_t ring_bits = 0;
  std::uint16_t frac_bits = 0;
  std::uint32_t max_samples = 0;      ///< of one request
  std::uint16_t wire = wire_version;  ///< of what the players say to each other
  std::uint64_t config = 0;           ///< digest of the settings that all players have in common
  std::chrono::nanoseconds clock{};   ///< of the server, since 1970, as it sent this
  std::string protocol;
  std::string note;  ///< who is away
  std::vector<model_description> models;
};

[[nodiscard]] inline secret_bytes encode(server_description const& d) {
  message_writer out(message::models);
  out.word(d.index).word(d.up).word(d.ring_bits).word(d.frac_bits).word(d.max_samples);
  out.word(d.wire).word(d.config).word(static_cast<std::uint64_t>(d.clock.count()));
  out.text(d.protocol).text(d.note).word(static_cast<std::uint32_t>(d.models.size()));
  for (auto const& m : d.models)
    out.model(m.model).word(static_cast<std::uint8_t>(m.ready)).text(m.note).shape(m.input).shape(m.output);
  return out.finish();
}
[[nodiscard]] inline server_description decode_description(const_byte_span body, std::string const& peer) {
  message_reader in(body, peer);
  server_description d;
  d.index = in.word<std::uint8_t>();
  d.up = in.word<std::uint8_t>();
  d.ring_bits = in.word<std::uint16_t>();
  d.frac_bits = in.word<std::uint16_t>();
  d.max_samples = in.word<std::uint32_t>();
  d.wire = in.word<std::uint16_t>();
  d.config = in.word<std::uint64_t>();
  auto const clock = in.word<std::uint64_t>();
  if (clock >> 62 != 0) in.fail("tells no time");  // so that differences of clocks have room
  d.clock = std::chrono::nanoseconds(clock);
  d.protocol = in.text();
  d.note = in.text();
  auto const count = in.word<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {  // each takes bytes of the message, so the cap of that holds
    auto& m = d.models.emplace_back();
    m.model = in.model();
    m.ready = in.word<std::uint8_t>() != 0;
    m.note = in.text();
    m.input = in.shape();
    m.output = in.shape();
  }
  in.finish();
  return d;
}

[[nodiscard]] inline secret_bytes encode_refusal(request_id const& id, refusal why, std::string_view text) {
  message_writer out(message::refused);
  out.bytes(id).word(static_cast<std::uint16_t>(why)).text(text);
  return out.finish();
}

}  // namespace koi::serve
