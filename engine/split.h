// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whether counts of requests fit the weights that were asked for: the exact binomial test, so that
// no tolerance is chosen by hand. A split that is more even than chance fits too: many gateways
// deal requests out in turn. Pure; any thread. Shares are from 0 to 1.
#pragma once

#include <cstdint>

namespace assay {

// How likely a right split is to be called wrong.
inline constexpr double split_alpha = 1e-6;

// The counts that fit: from lowest to highest of the requests, both included. Outside of them lie
// at most alpha/2 on either side.
struct SplitBounds {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;

    bool hold(std::int64_t count) const { return lowest <= count && count <= highest; }
};

// requests >= 0. A share of 0 or 1 leaves one count.
SplitBounds split_bounds(std::int64_t requests, double share, double alpha = split_alpha);

// How likely the test is to find that requests are split by `actual` in place of `share`.
double split_power(std::int64_t requests, double share, double actual, double alpha = split_alpha);

}  // namespace assay
