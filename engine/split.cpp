// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/split.h"

#include <cmath>
#include <numeric>
#include <vector>

namespace assay {

namespace {

// The probability of each count, 0 to n. By logarithms: 0.7^2000 is no double.
std::vector<double> probabilities(std::int64_t requests, double share) {
    const auto n = static_cast<std::size_t>(requests);
    std::vector<double> result(n + 1, 0.0);
    if (share <= 0.0 || share >= 1.0) {
        result[share <= 0.0 ? 0 : n] = 1.0;
        return result;
    }
    double log_of_choices = 0.0;  // ln(n choose k)
    for (std::size_t k = 0; k <= n; ++k) {
        const auto count = static_cast<double>(k);
        const double rest = static_cast<double>(n - k);
        result[k] = std::exp(log_of_choices + count * std::log(share) + rest * std::log1p(-share));
        log_of_choices += std::log(rest > 0.0 ? rest : 1.0) - std::log(count + 1.0);
    }
    return result;
}

}  // namespace

SplitBounds split_bounds(std::int64_t requests, double share, double alpha) {
    const std::vector<double> each = probabilities(requests, share);
    SplitBounds bounds{.lowest = 0, .highest = requests};
    double below = 0.0;
    for (std::size_t k = 0; k < each.size() && below + each[k] <= alpha / 2; ++k) {
        below += each[k];
        bounds.lowest = static_cast<std::int64_t>(k) + 1;
    }
    double above = 0.0;
    for (std::size_t k = each.size(); k > 0 && above + each[k - 1] <= alpha / 2; --k) {
        above += each[k - 1];
        bounds.highest = static_cast<std::int64_t>(k) - 2;
    }
    return bounds;
}

double split_power(std::int64_t requests, double share, double actual, double alpha) {
    const SplitBounds bounds = split_bounds(requests, share, alpha);
    const std::vector<double> each = probabilities(requests, actual);
    const double missed =
        std::accumulate(each.begin() + bounds.lowest, each.begin() + bounds.highest + 1, 0.0);
    return 1.0 - missed;
}

}  // namespace assay
