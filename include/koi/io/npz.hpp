// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/npy.hpp>
#include <koi/io/zip_writer.hpp>

#include <filesystem>

namespace koi::io {

/// Arrays with names, in the order in which they came.
class named_arrays {
 public:
  using value_type = std::pair<std::string, plain_tensor>;

  named_arrays() = default;

  /// Throws bad_option if a name comes twice.
  named_arrays(std::initializer_list<value_type> arrays) {
    for (auto const& [name, array] : arrays) add(name, array);
  }

  /// Throws bad_option if the name is there already.
  void add(std::string name, plain_tensor array) {
    if (find(name) != nullptr) throw bad_option(fmt::format("two arrays called {}", detail::shown(name)));
    arrays_.emplace_back(std::move(name), std::move(array));
  }

  /// The array of a name, or nothing.
  [[nodiscard]] plain_tensor const* find(std::string_view name) const noexcept {
    for (auto const& [each, array] : arrays_) {
      if (each == name) return &array;
    }
    return nullptr;
  }

  /// The array of a name. Throws bad_option if there is none.
  [[nodiscard]] plain_tensor const& at(std::string_view name) const {
    auto const* const array = find(name);
    if (array == nullptr) throw bad_option(fmt::format("no array called {}", detail::shown(name)));
    return *array;
  }

  [[nodiscard]] std::size_t size() const noexcept { return arrays_.size(); }
  [[nodiscard]] bool empty() const noexcept { return arrays_.empty(); }
  [[nodiscard]] auto begin() const noexcept { return arrays_.begin(); }
  [[nodiscard]] auto end() const noexcept { return arrays_.end(); }

 private:
  std::vector<value_type> arrays_;
};

/// What an npz file may ask for.
struct npz_limits {
  std::size_t max_bytes = std::size_t{1} << 30;  ///< of all members together, unpacked, and of their numbers as doubles
  std::size_t max_arrays = 10'000;
};

/// The arrays in the bytes of an npz file; `name` stands for the file in messages. Link ZLIB::ZLIB to use this header.
///
/// Throws  bad_option, naming file and member, for what zip_members, unzip and parse_npy refuse, for members that are
///         no arrays and beyond the limits; every length is checked before memory is taken
[[nodiscard]] inline named_arrays parse_npz(const_byte_span bytes, std::string_view name,
                                            npz_limits const& limits = {}) {
  constexpr std::string_view ending = ".npy";
  auto const members = zip_members(bytes, name, limits.max_arrays);
  std::size_t left = limits.max_bytes;
  for (auto const& member : members) {
    if (!member.name.ends_with(ending) || member.name.size() == ending.size()) {
      throw bad_option(fmt::format("{}: {} is not an array", name, detail::shown(member.name)));
    }
    if (member.size > left) {
      throw bad_option(fmt::format("{}: says it holds more than {} bytes unpacked", name, limits.max_bytes));
    }
    left -= member.size;
  }

  named_arrays result;
  left = limits.max_bytes;
  for (auto const& member : members) {
    auto const where = fmt::format("{}: {}", name, detail::shown(member.name));
    auto array = parse_npy(unzip(member, where), where, left);
    left -= array.size() * sizeof(double);
    result.add(member.name.substr(0, member.name.size() - ending.size()), std::move(array));
  }
  return result;
}

/// Reads a file of numpy.savez or numpy.savez_compressed: parse_npz on its bytes, of which there may be
/// `limits.max_bytes` too.
[[nodiscard]] inline named_arrays read_npz(std::filesystem::path const& path, npz_limits const& limits = {}) {
  return parse_npz(detail::read_file(path, limits.max_bytes), path.string(), limits);
}

namespace detail {
[[nodiscard]] inline std::vector<std::byte> npz_bytes(named_arrays const& arrays, zip_packing packing) {
  zip_writer archive;
  for (auto const& [name, array] : arrays) archive.add(name + ".npy", format_npy(array), packing);
  return archive.finish();
}
}  // namespace detail

/// Writes what numpy.load reads: doubles, whole or not at all.
///
/// Throws  bad_option if the file cannot be written, an array has a name that no file can have, or all of them pass 4
/// GB
inline void write_npz(std::filesystem::path const& path, named_arrays const& arrays,
                      zip_packing packing = zip_packing::stored) {
  detail::write_file(path, detail::npz_bytes(arrays, packing));
}

}  // namespace koi::io
