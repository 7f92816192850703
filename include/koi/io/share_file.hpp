// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/sha256.hpp>
#include <koi/io/detail/private_file.hpp>
#include <koi/io/detail/share_header.hpp>
#include <koi/session/session.hpp>
#include <koi/tensor/uniform.hpp>

#include <chrono>

namespace koi::io {

namespace detail {

inline constexpr std::size_t checksum_bytes = 32;

[[nodiscard]] inline std::filesystem::path share_file(std::filesystem::path const& folder, std::string_view model,
                                                      std::string_view player) {
  check_model_name(model);
  return folder / fmt::format("{}.{}.share", model, player);
}

/// The two servers' word for which save they have.
struct save_stamp {
  std::array<std::byte, 16> id{};
  std::uint64_t saved = 0;
};

/// The same stamp at both servers.
[[nodiscard]] inline save_stamp new_stamp(operation& op) {
  auto& self = op.self();
  save_stamp stamp;
  op.stream(self.other_server(), "id").fill(stamp.id);
  if (self.index() == 1) {
    op.receive(self.other_server(), writable_bytes_of(&stamp.saved, 1), phase::set_up);
    return stamp;
  }
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  stamp.saved = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  op.send(self.other_server(), bytes_of(&stamp.saved, 1), phase::set_up);
  return stamp;
}

template <Protocol P>
[[nodiscard]] std::size_t bytes_of_shares(std::vector<shape_type> const& shapes) {
  std::size_t bytes = 0;
  for (auto const& shape : shapes) bytes += element_count(shape) * sizeof(typename P::ring::value_type);
  return bytes;
}

}  // namespace detail

/// Writes each server's shares of some values to `folder / "<model>.<player>.share"` at that server, readable by
/// its owner only, so that a model outlives its session. Other players write nothing. If one server cannot write, no
/// file is replaced. If one fails after both have written, before the new file has its name, the servers have files of
/// two saves: load_shares finds that by their ids and refuses them.
///
/// A file is as secret as the session was: both together are the values. The shares are drawn anew for each save, so
/// the files of two saves say nothing together. A header in plain text (share_file_header) comes first, a SHA-256 of
/// all before it last: against accidents, not against someone who may write to the folder.
///
///   koi share file, version 1
///   model lenet
///   id 5f1c...
///   saved 1790000000
///   party 0
///   sharing additive
///   ring 64
///   fraction 16
///   tensor 28 28 1        (a line for each)
///                         (an empty line, then words as they lie in memory, little-endian)
///
/// Cost    none, but 9 bytes from server 0 to server 1, and 1 byte back
/// Leaks   nothing; shapes, name and time stand in the files
/// Throws  bad_option where the file cannot be written; channel_error
template <Protocol P>
void save_shares(session<P>& on, std::filesystem::path const& folder, std::string_view model,
                 std::vector<private_tensor<P>> const& values) {
  using R = typename P::ring;
  auto& self = on.self();
  auto const path = detail::share_file(folder, model, self.name());
  operation op(self, "save shares");
  if (!op.computes()) return;
  auto const stamp = detail::new_stamp(op);
  share_file_header header{
      std::string(model), detail::id_text(stamp.id), stamp.saved, self.index(), R::bits, P::frac_bits, {}};
  for (auto const& value : values) header.shapes.push_back(value.shape());
  auto const text = detail::to_text(header);
  if (text.size() > detail::longest_share_header)
    throw bad_option(fmt::format("{}: {} tensors are too many for its header", path.string(), values.size()));

  secret_bytes file;
  file.reserve(text.size() + detail::bytes_of_shares<P>(header.shapes) + detail::checksum_bytes);
  auto const append = [&](const_byte_span bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); };
  append(bytes_of(text.data(), text.size()));
  auto refresh = op.stream(self.other_server(), "refresh");
  for (auto const& value : values) {
    auto const random = uniform<R>(refresh, value.shape());
    auto const& piece = value.share().piece();
    append((self.index() == 0 ? piece + random : piece - random).bytes());
  }
  append(sha256(file));

  detail::pending_file pending(path, file);
  std::byte const mine{1};
  std::byte theirs{};
  op.exchange({&mine, 1}, {&theirs, 1}, phase::set_up);  // the other server has written as well
  pending.commit();
}

namespace detail {

/// A server's pieces and the stamp of their save, from a file of which all but the other server's word is checked.
template <Protocol P>
std::pair<save_stamp, std::vector<tensor<typename P::ring>>> read_share_file(unsigned server,
                                                                             std::filesystem::path const& path,
                                                                             std::string_view model,
                                                                             std::vector<shape_type> const& shapes) {
  using R = typename P::ring;
  auto const fail = [&](std::string const& why) { throw bad_option(fmt::format("{}: {}", path.string(), why)); };
  auto const payload = bytes_of_shares<P>(shapes);
  auto const [bytes, size] = read_private_file(path, longest_share_header + payload + checksum_bytes);
  auto const name = path.string();
  share_header_reader reader({reinterpret_cast<char const*>(bytes.data()), bytes.size()}, name);
  auto const header = reader.read();

  if (header.model != model) fail(fmt::format("is the model {}, not '{}'", shown(header.model), model));
  if (header.party != server)
    fail(fmt::format("is the share of server {}, and that of server {} is due: the files are swapped", header.party,
                     server));
  if (header.ring_bits != R::bits || header.frac_bits != P::frac_bits)
    fail(fmt::format("holds numbers of {} bits, {} of them for fractions; this program computes with {} and {}",
                     header.ring_bits, header.frac_bits, R::bits, P::frac_bits));
  if (header.shapes != shapes)
    fail("holds tensors of other shapes than this model's weights: it is another model's, or another layout");
  if (bytes.size() != size || reader.left() != payload + checksum_bytes)
    fail(fmt::format("is cut or damaged: {} bytes, {} of them after its header, not {}", size,
                     reader.left() + (size - bytes.size()), payload + checksum_bytes));
  auto const body = const_byte_span(bytes).first(bytes.size() - checksum_bytes);
  auto const sum = sha256(body);
  if (!std::equal(sum.begin(), sum.end(), bytes.end() - static_cast<std::ptrdiff_t>(checksum_bytes)))
    fail("is damaged: its checksum is wrong");
  auto const id = id_bytes(header.id);
  if (!id) fail("is damaged: its id");

  std::vector<tensor<R>> pieces;
  auto rest = body.last(payload);
  for (auto const& shape : shapes) {
    auto& piece = pieces.emplace_back(shape);
    auto const into = piece.writable_bytes();
    std::copy_n(rest.begin(), into.size(), into.begin());
    rest = rest.subspan(into.size());
  }
  return {save_stamp{*id, header.saved}, std::move(pieces)};
}

/// Throws  bad_option where the file at `path` is of another save than `other` has
inline void check_same_save(std::filesystem::path const& path, save_stamp const& mine, std::string_view other,
                            save_stamp const& theirs) {
  if (mine.id == theirs.id) return;
  throw bad_option(fmt::format(
      "{}: is of another save than {}'s: this one is of {} s after 1970, that one of {}; the older one is stale",
      path.string(), other, mine.saved, theirs.saved));
}

}  // namespace detail

/// Values that save_shares wrote, of these shapes, for lasting use as weights:
/// `net.set_shared_weights(load_shares(on, folder, "lenet", net.shared_shapes()))`. The protocol may be another one
/// than at the save, the ring and the fixed point not. The servers compare which save their files are of.
///
/// Cost    24 bytes between the servers, each way
/// Leaks   between the servers, id and time of the save
/// Throws  bad_option, saying which, for a file that is missing, usable by others, cut, damaged, of another model,
///         ring, fixed point or layout, the other server's, or of another save than the other server's. channel_error
template <Protocol P>
[[nodiscard]] std::vector<private_tensor<P>> load_shares(session<P>& on, std::filesystem::path const& folder,
                                                         std::string_view model,
                                                         std::vector<shape_type> const& shapes) {
  auto& self = on.self();
  auto const path = detail::share_file(folder, model, self.name());
  operation op(self, "load shares");
  std::vector<private_tensor<P>> values;
  if (!op.computes()) {
    for (auto const& shape : shapes) values.emplace_back(self, typename P::share_type(shape));
  } else {
    auto [mine, pieces] = detail::read_share_file<P>(self.index(), path, model, shapes);
    detail::save_stamp theirs;
    op.exchange(bytes_of(&mine, 1), writable_bytes_of(&theirs, 1), phase::set_up);
    detail::check_same_save(path, mine, self.players()[self.other_server()], theirs);
    for (auto& piece : pieces) values.emplace_back(self, typename P::share_type(std::move(piece)));
  }
  for (auto const& value : values) value.share().make_lasting();
  return values;
}

}  // namespace koi::io
