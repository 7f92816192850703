// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/detail/private_file.hpp>

#include "tests/io/files.hpp"

using namespace koi_tests;
using koi::io::detail::pending_file;

TEST_CASE("pending_file: two for one place at once, each whole") {
  scratch_folder const folder("private_file");
  auto const path = folder.path() / "x";
  auto const files = [&] { return std::distance(std::filesystem::directory_iterator(folder.path()), {}); };
  {
    pending_file first(path, as_bytes("first"));
    pending_file second(path, as_bytes("the second"));
    pending_file const third(path, as_bytes("third"));
    CHECK(!std::filesystem::exists(path));
    second.commit();
    CHECK(content_of(path) == "the second");
    first.commit();
    CHECK(content_of(path) == "first");
    CHECK(files() == 2);
  }
  CHECK(content_of(path) == "first");
  CHECK(files() == 1);
  CHECK(std::filesystem::status(path).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("pending_file: nothing is left where it cannot be written or get its name") {
  scratch_folder const folder("private_file");
  says(complaint([&] { pending_file(folder.path() / "missing" / "x", as_bytes("x")); }), "cannot be opened");
  std::filesystem::create_directory(folder.path() / "x");
  says(complaint([&] { pending_file(folder.path() / "x", as_bytes("x")).commit(); }), "x: cannot be replaced");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
