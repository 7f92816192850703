// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "private_network.hpp"

networks::outcome networks::predict_with_securenn(network const& what, mnist::options const& how,
                                                  weights_of_owner const& weights, mnist::PredictionClient& client) {
  return predict<koi::securenn<koi::ring64, 16>>(what, how, weights, client);
}
