// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// A company's model meets a patient's data; the patient alone reads the scores.
#include <koi/koi.hpp>
#include <koi/session/in_process.hpp>

using protocol = koi::securenn<koi::ring64, 16>;  // or koi::pond<koi::ring64, 16>: the rest stays
using doubles = xt::xarray<double>;

int main() {
  auto const players = koi::local_cluster({"company", "patient"});  // run adds the servers
  koi::run<protocol>(players, [](auto& on) {                        // what every player runs
    using namespace koi::nn;
    sequential<protocol> model{input{3}, dense{2}, relu{}, dense{2}};
    on.load_weights(model, "company", [] {
      return std::vector{doubles{{0.5, -1.0}, {2.0, 0.25}, {-1.5, 1.0}}, doubles{0.1, 0.2},
                         doubles{{1.0, -1.0}, {2.0, 0.5}}, doubles{0.5, 0.0}};
    });
    auto const x = on.private_input("patient", {1, 3}, [] { return doubles{{1.0, 2.0, 3.0}}; });
    on.output("patient", model(x), [](auto const& scores) {
      fmt::print("scores: {:.2f} {:.2f}\n", scores(0, 0), scores(0, 1));  // 6.00 1.25
    });
  });
}
