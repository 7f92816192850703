// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/group.hpp"

namespace koi_tests {

namespace {

/// Callers are told apart by their loopback address: see group::client.
struct address_door : koi::serve::plain_door {
  template <class Done>
  void greet(stream& from, Done done) const {
    boost::system::error_code ec;
    auto const last = from.remote_endpoint(ec).address().to_string();
    done(ec, last == "127.0.0.1" ? std::string{} : "client" + last.substr(last.rfind('.') + 1));
  }
};

class pond_server final : public running_server {
 public:
  pond_server(koi::serve::server_options options, std::function<koi::session<pond64>()> meet)
      : server_(std::move(options), std::move(meet)) {}
  std::uint16_t clients_port() const override { return server_.clients_port(); }
  koi::serve::metrics const& counts() const override { return server_.counts(); }
  bool is_up() const override { return server_.is_up(); }
  void stop() override { server_.stop(); }
  void wait() override { server_.wait(); }

 private:
  koi::serve::server<pond64, address_door> server_;
};

}  // namespace

std::unique_ptr<running_server> start_server(koi::serve::server_options options,
                                             std::function<koi::session<pond64>()> meet) {
  return std::make_unique<pond_server>(std::move(options), std::move(meet));
}

template <class P>
koi::tensor<typename P::ring> sample_model::words() const {
  auto model = network.build<P>();
  (void)model.shared_shapes();
  std::vector<koi::tensor<typename P::ring>> parts;
  std::size_t size = 0;
  for (auto const& w : model.shared_weights(network.weights())) {
    parts.push_back(koi::encode<typename P::fixed>(w, "a weight"));
    size += parts.back().size();
  }
  koi::tensor<typename P::ring> all({size});
  auto* at = all.data();
  for (auto const& p : parts) at = std::copy_n(p.data(), p.size(), at);
  return all;
}
template koi::tensor<koi::ring64> sample_model::words<pond64>() const;

}  // namespace koi_tests
