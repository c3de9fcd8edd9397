// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/pattern.h"

#include <algorithm>
#include <limits>

namespace assay::probe::collective {

namespace {

constexpr std::uint32_t exact_most = 1U << 24U;  // float has 24 bits
constexpr std::size_t slice = std::size_t{1024} * 1024;

// The finalizer of MurmurHash3 (in the public domain), so that neighbours look unlike.
std::uint32_t mixed(std::uint32_t bits) {
    bits ^= bits >> 16U;
    bits *= 0x85ebca6bU;
    bits ^= bits >> 13U;
    bits *= 0xc2b2ae35U;
    bits ^= bits >> 16U;
    return bits;
}

}  // namespace

std::uint32_t range(int ranks) {
    return exact_most / weight(0, ranks, ranks);
}

float base_value(std::uint64_t index, std::uint32_t seed, int ranks) {
    const std::uint64_t place = mixed(static_cast<std::uint32_t>(index));
    return static_cast<float>(1 + (place + seed) % range(ranks));
}

std::uint32_t weight(int first, int count, int ranks) {
    std::uint32_t sum = 0;
    for (int step = 0; step < count; ++step) {
        sum += static_cast<std::uint32_t>((first + step) % ranks + 1);
    }
    return sum;
}

void fill(std::span<float> data, std::uint64_t first_index, std::uint32_t seed, int ranks,
          std::uint32_t weight, const StillThere& still_there) {
    const auto times = static_cast<float>(weight);
    const std::uint32_t values = range(ranks);
    for (std::size_t at = 0; at < data.size(); ++at) {
        const std::uint64_t place = mixed(static_cast<std::uint32_t>(first_index + at));
        data[at] = static_cast<float>(1 + (place + seed) % values) * times;
        if (at % slice == slice - 1) {
            still_there();
        }
    }
}

Checked check(std::span<const float> data, std::uint64_t first_index, std::uint32_t seed, int ranks,
              std::uint32_t weight, const StillThere& still_there) {
    Checked checked;
    const auto times = static_cast<float>(weight);
    const std::uint32_t values = range(ranks);
    for (std::size_t at = 0; at < data.size(); ++at) {
        const std::uint64_t place = mixed(static_cast<std::uint32_t>(first_index + at));
        const float expected = static_cast<float>(1 + (place + seed) % values) * times;
        if (!(data[at] == expected)) {  // so that a NaN is wrong
            if (checked.wrong++ == 0) {
                checked.first = {
                    .index = first_index + at, .expected = expected, .actual = data[at]};
            }
        }
        if (at % slice == slice - 1) {
            still_there();
        }
    }
    return checked;
}

void poison(std::span<float> data) {
    std::ranges::fill(data, std::numeric_limits<float>::quiet_NaN());
}

}  // namespace assay::probe::collective
