// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// free_ports [FURTHER]
//
// Prints five ports, one a line, on which nobody listens on this machine, and neither so many ports further on. They
// lie below the range from which systems take ports for outgoing connections: a player that connects to another cannot
// take the port of a third that has not started yet.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

namespace {

bool is_free(std::uint16_t port) {
  int const s = socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  bool const bound = bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(s);
  return bound;
}

}  // namespace

int main(int argc, char** argv) {
  int const further = argc > 1 ? std::atoi(argv[1]) : 0;
  std::random_device random;
  std::uniform_int_distribution<int> draw(20'000, 32'000 - further);
  std::set<std::uint16_t> found;
  for (int tries = 0; tries < 10'000 && found.size() < 5; ++tries) {
    auto const port = static_cast<std::uint16_t>(draw(random));
    auto const other = static_cast<std::uint16_t>(port + further), before = static_cast<std::uint16_t>(port - further);
    if (is_free(port) && is_free(other) && !found.contains(other) && !found.contains(before)) found.insert(port);
  }
  if (found.size() < 5) {
    std::fputs("no five free ports on the loopback address\n", stderr);
    return 1;
  }
  for (auto const port : found) std::printf("%d\n", port);
  return 0;
}
