// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/shape.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace koi {

/// Root of everything koi throws. A message holds names, shapes, sizes and limits; never a word
/// of a share, a seed or a clear value.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The caller is wrong, in every build type. Where it is about shapes and settings, which are public,
/// every player raises it at the same point, before anything of the operation is sent, and a program
/// that catches it can go on. Where it is about an owner's numbers it arises there alone and ends
/// the run.
class bad_argument : public error {
 public:
  using error::error;
};

/// Operands whose shapes cannot be combined.
class shape_mismatch final : public bad_argument {
 public:
  shape_mismatch(std::string_view operation, shape_type lhs, shape_type rhs)
      : shape_mismatch(fmt::format("{}: shapes {} and {} do not combine", operation, to_string(lhs), to_string(rhs)),
                       std::pair(lhs, rhs)) {}

  /// A value of another shape than was declared for it.
  [[nodiscard]] static shape_mismatch declared(std::string_view what, shape_type const& as, shape_type const& came) {
    return {fmt::format("{}: declared as {}, but {} came", what, to_string(as), to_string(came)), std::pair(as, came)};
  }

  [[nodiscard]] shape_type const& lhs() const noexcept { return lhs_; }
  [[nodiscard]] shape_type const& rhs() const noexcept { return rhs_; }

 private:
  shape_mismatch(std::string const& text, std::pair<shape_type, shape_type> shapes)
      : bad_argument(text), lhs_(std::move(shapes.first)), rhs_(std::move(shapes.second)) {}

  shape_type lhs_;
  shape_type rhs_;
};

/// A configuration, file or setting that cannot be used.
class bad_option final : public bad_argument {
 public:
  using bad_argument::bad_argument;
};

/// A real number that the fixed-point type cannot hold. The value itself is not in the message.
class out_of_range final : public bad_argument {
 public:
  using bad_argument::bad_argument;
};

/// The operating system gave no entropy; nothing runs without it.
class no_entropy final : public error {
 public:
  using error::error;
};

/// The peer or the wire failed. The session is dead.
class channel_error : public error {
 public:
  channel_error(std::string peer, std::string const& what, std::error_code code = {})
      : error(what), peer_(std::move(peer)), code_(code) {}

  channel_error(std::string peer, std::string const& what, std::error_code code, std::string lost)
      : error(what), peer_(std::move(peer)), lost_(std::move(lost)), code_(code) {}

  /// Name of the player at the other end.
  [[nodiscard]] std::string const& peer() const noexcept { return peer_; }
  /// Name of the player whose loss this is: the peer, or another one whom the peer lost before it stopped.
  [[nodiscard]] std::string const& lost() const noexcept { return lost_.empty() ? peer_ : lost_; }
  [[nodiscard]] std::error_code code() const noexcept { return code_; }

 private:
  std::string peer_;
  std::string lost_;
  std::error_code code_;
};

/// The peer went away, or this player closed the channel.
class channel_closed : public channel_error {
 public:
  using channel_error::channel_error;
};

/// The peer stopped because of an error of its own, and said so before it left.
class peer_aborted final : public channel_closed {
 public:
  using channel_closed::channel_closed;
};

/// Nothing came within the deadline.
class channel_timeout final : public channel_error {
 public:
  using channel_error::channel_error;
};

/// Bytes that are not the frame that was due: wrong magic, wrong length, over a cap, cut.
class bad_frame final : public channel_error {
 public:
  using channel_error::channel_error;
};

/// The peer runs another program, or the same one differently.
class program_mismatch final : public channel_error {
 public:
  using channel_error::channel_error;
};

/// The peer's hello names another version, protocol, number format, program or set of players.
class hello_mismatch final : public channel_error {
 public:
  using channel_error::channel_error;
};

}  // namespace koi
