// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Certificates made for a test, and two connected ends of a TLS link.
#include <koi/net/tls.hpp>

#include <koi/crypto/detail/issue.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace koi::test {

/// A folder of its own that goes with the test.
struct scratch_folder {
  std::filesystem::path path = [] {
    auto pattern = (std::filesystem::temp_directory_path() / "koi_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for a test");
    return std::filesystem::path{pattern};
  }();
  scratch_folder() = default;
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

inline void write_private(std::filesystem::path const& path, const_byte_span bytes) {
  std::ofstream{path, std::ios::binary}.write(reinterpret_cast<char const*>(bytes.data()),
                                              static_cast<std::streamsize>(bytes.size()));
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// An authority that signs whatever a test asks for.
struct test_authority {
  using clock = std::chrono::system_clock;
  detail::private_key_ptr key = detail::make_private_key();
  detail::x509_ptr certificate;

  explicit test_authority(std::string const& name = "test-authority", std::chrono::hours from = std::chrono::hours{-24},
                          std::chrono::hours until = std::chrono::hours{24 * 365})
      : certificate(detail::make_certificate({name, clock::now() + from, clock::now() + until, nullptr}, key.get(),
                                             key.get())) {}

  /// Writes folder/player/...; dates are from now.
  key_files write(std::filesystem::path const& folder, std::string const& player,
                  std::chrono::hours from = std::chrono::hours{-1},
                  std::chrono::hours until = std::chrono::hours{24 * 100}, std::string const& password = "") const {
    std::filesystem::create_directories(folder / player);
    auto const files = key_files::in(folder, player);
    auto const own = detail::make_private_key();
    auto const cert = detail::make_certificate({player, clock::now() + from, clock::now() + until, certificate.get()},
                                               own.get(), key.get());
    write_private(files.authority, detail::to_pem(certificate.get()));
    write_private(files.certificate, detail::to_pem(cert.get()));
    write_private(files.key, detail::to_pem(own.get(), password));
    return files;
  }
};

/// Two TLS ends whose handshake is done: server1 called server0.
struct tls_ends {
  scratch_folder folder;
  test_authority authority;
  credentials one = credentials::load(authority.write(folder.path, "server0"));
  credentials two = credentials::load(authority.write(folder.path, "server1"));
  detail::io_ptr io_a = detail::make_io();
  detail::io_ptr io_b = detail::make_io();
  std::optional<detail::tls_stream> a;
  std::optional<detail::tls_stream> b;

  /// Small buffers by default, so that a few megabytes do not fit; 0 for the system's own.
  explicit tls_ends(int buffers = 64 << 10) {
    using detail::tcp;
    namespace asio = detail::asio;
    tcp::acceptor acceptor{io_a->context, {asio::ip::address_v4::loopback(), 0}};
    tcp::socket one_end{io_a->context}, other_end{io_b->context, tcp::v4()};
    auto const prepare = [buffers](auto& socket) {
      if (buffers == 0) return;
      socket.set_option(asio::socket_base::send_buffer_size(buffers));
      socket.set_option(asio::socket_base::receive_buffer_size(buffers));
    };
    prepare(acceptor);
    prepare(other_end);
    other_end.connect(acceptor.local_endpoint());
    acceptor.accept(one_end);
    a.emplace(std::move(one_end), one, detail::tls_end::called);
    b.emplace(std::move(other_end), two, detail::tls_end::calling);
    int open = 2;
    auto const done = [&open](bool good) {
      if (!good) throw std::runtime_error("no TLS for a test");
      --open;
    };
    a->async_handshake(done);
    b->async_handshake(done);
    while (open != 0) {
      io_a->run_one(std::chrono::steady_clock::now() + std::chrono::milliseconds{1});
      io_b->run_one(std::chrono::steady_clock::now() + std::chrono::milliseconds{1});
    }
  }
};

}  // namespace koi::test
