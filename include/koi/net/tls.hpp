// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/credentials.hpp>
#include <koi/net/detail/tls_stream.hpp>
#include <koi/net/identity.hpp>
#include <koi/net/tcp.hpp>

namespace koi {

/// A channel over TLS 1.3, whose handshake is done. Messages are padded to nothing: the network sees
/// their sizes and times.
using tls_channel = stream_channel<detail::tls_stream>;

static_assert(Channel<tls_channel> && NamesRefused<tls_channel> && Progresses<tls_channel> && Flushes<tls_channel>);

}  // namespace koi
