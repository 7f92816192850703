// Who earns more? Two people learn the larger salary, and nobody learns the other one.
#include <koi/koi.hpp>
#include <koi/session/in_process.hpp>

#include <fmt/core.h>

using protocol = koi::securenn<koi::ring64, 16>;  // or koi::pond<koi::ring64, 16>: nothing else changes

int main() {
  auto const players = koi::local_cluster({"alice", "bob"});
  koi::run<protocol>(players, [](auto& on) {
    auto const a = on.private_input("alice", {2}, [] { return xt::xarray<double>{52000.50, 1.25}; });
    auto const b = on.private_input("bob", {2}, [] { return xt::xarray<double>{48000.25, -3.5}; });

    on.output("alice", koi::maximum(a, b), [](auto const& larger) {
      fmt::print("larger salary: {:.2f}\n", larger(0));
    });
    on.output("bob", a * b, [](auto const& product) { fmt::print("1.25 * -3.5 = {:.3f}\n", product(1)); });
  });
}
