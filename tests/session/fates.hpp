// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs a program at every player and tells what became of each.
#include <koi/session/session.hpp>

#include <koi/ops.hpp>
#include <koi/protocol.hpp>
#include <koi/session/in_process.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <thread>

namespace koi::test {

namespace {  // a header of two tests, each with its own

using pond64 = pond<ring64, 16>;
using securenn64 = securenn<ring64, 16>;

/// What became of a player: the type of its error, its text, the peer it names, and who was lost.
struct fate {
  std::string type = "none";
  std::string text;
  std::string peer;
  std::string lost;
};

[[maybe_unused]] fate fate_of(std::exception_ptr const& e) {
  if (!e) return {};
  try {
    std::rethrow_exception(e);
  } catch (peer_aborted const& x) {
    return {"peer_aborted", x.what(), x.peer(), x.lost()};
  } catch (channel_closed const& x) {
    return {"channel_closed", x.what(), x.peer(), x.lost()};
  } catch (channel_timeout const& x) {
    return {"channel_timeout", x.what(), x.peer(), x.lost()};
  } catch (program_mismatch const& x) {
    return {"program_mismatch", x.what(), x.peer(), x.lost()};
  } catch (shape_mismatch const& x) {
    return {"shape_mismatch", x.what(), {}, {}};
  } catch (out_of_range const& x) {
    return {"out_of_range", x.what(), {}, {}};
  } catch (bad_option const& x) {
    return {"bad_option", x.what(), {}, {}};
  } catch (bad_argument const& x) {
    return {"bad_argument", x.what(), {}, {}};
  } catch (std::exception const& x) {
    return {"exception", x.what(), {}, {}};
  }
}

/// Runs a program at every player of a session each, on threads; what became of each, by name.
template <Protocol P, class Program>
std::map<std::string, fate> players(Program program, std::vector<std::string> const& owners = {"owner", "client"},
                                    std::size_t stock = std::size_t{1} << 30) {
  auto const names = with_servers<P>(owners);
  detail::in_process_parts parts;
  parts.limits = {std::chrono::seconds(60), std::chrono::seconds(60), stock};
  auto parties = detail::in_process_parties(names, find_roster<P>(names), parts);
  std::vector<std::exception_ptr> errors(names.size());
  detail::run_threads(parties, [&](party& self) {
    auto const id = self.id();
    session<P> on(std::move(self));
    try {
      program(on);
    } catch (...) {
      errors[id] = std::current_exception();
    }
  });
  std::map<std::string, fate> out;
  for (std::size_t i = 0; i < names.size(); ++i) out[names[i]] = fate_of(errors[i]);
  return out;
}

[[maybe_unused]] void check_all_well(std::map<std::string, fate> const& fates) {
  for (auto const& [name, f] : fates) {
    CAPTURE(name);
    CAPTURE(f.text);
    CHECK(f.type == "none");
  }
}

[[maybe_unused]] bool contains(std::string const& text, std::string_view part) {
  bool const found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("'" << part << "' is not in: " << text);
  return found;
}

/// Who did what, over all threads.
class log_book {
 public:
  void add(std::string const& what, std::string const& who) {
    std::scoped_lock lock(guard_);
    ++entries_[what + " at " + who];
  }
  std::map<std::string, int> entries() const { return entries_; }

 private:
  std::mutex guard_;
  std::map<std::string, int> entries_;
};

[[maybe_unused]] bool near(plain_tensor const& a, plain_tensor const& b, double tolerance = 1e-3) {
  if (a.shape() != b.shape()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a.data()[i] - b.data()[i]) <= tolerance)) return false;
  return true;
}

}  // namespace

}  // namespace koi::test
