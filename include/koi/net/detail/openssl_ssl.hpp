// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/detail/openssl_x509.hpp>

#include <openssl/ssl.h>

#include <memory>

namespace koi::detail {

struct ssl_deleter {
  void operator()(SSL* p) const noexcept { SSL_free(p); }
  void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;

}  // namespace koi::detail
