// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/rank_test.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace assay::reports {

namespace {

constexpr std::size_t most_exact = 60;

// Twice the mean ranks, so that ties are whole numbers too; those of the first set come first.
struct Ranks {
    std::vector<std::size_t> doubled;
    double ties = 0;  // the sum of t^3 - t over groups of t that are equal
};

Ranks ranks_of(const std::vector<double>& one, const std::vector<double>& other) {
    std::vector<double> all = one;
    all.insert(all.end(), other.begin(), other.end());
    std::vector<double> sorted = all;
    std::ranges::sort(sorted);
    Ranks ranks;
    for (const double value : all) {
        const auto [begin, end] = std::ranges::equal_range(sorted, value);
        ranks.doubled.push_back(
            static_cast<std::size_t>((begin - sorted.begin()) + (end - sorted.begin()) + 1));
        const auto equal = static_cast<double>(end - begin);
        ranks.ties += equal * equal - 1;  // t of them add t^3 - t
    }
    return ranks;
}

std::size_t sum_of(const Ranks& ranks, std::size_t count) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        sum += ranks.doubled[i];
    }
    return sum;
}

// Of all ways to choose so many of the ranks, how many have each sum, as a part of all.
std::vector<double> sums_of(const Ranks& ranks, std::size_t count) {
    std::size_t most = 0;
    for (const std::size_t rank : ranks.doubled) {
        most += rank;
    }
    std::vector<std::vector<double>> ways(count + 1, std::vector<double>(most + 1, 0.0));
    ways[0][0] = 1;
    for (const std::size_t rank : ranks.doubled) {
        for (std::size_t chosen = count; chosen >= 1; --chosen) {
            for (std::size_t sum = most; sum >= rank; --sum) {
                ways[chosen][sum] += ways[chosen - 1][sum - rank];
            }
        }
    }
    double all = 0;
    for (const double one : ways[count]) {
        all += one;
    }
    for (double& one : ways[count]) {
        one /= all;
    }
    return ways[count];
}

double exact_p(const Ranks& ranks, std::size_t count) {
    const std::size_t seen = sum_of(ranks, count);
    const std::vector<double> parts = sums_of(ranks, count);
    double low = 0;
    double high = 0;
    for (std::size_t sum = 0; sum < parts.size(); ++sum) {
        low += sum <= seen ? parts[sum] : 0;
        high += sum >= seen ? parts[sum] : 0;
    }
    return std::min(1.0, 2 * std::min(low, high));
}

double approximate_p(const Ranks& ranks, std::size_t one, std::size_t other) {
    const auto n = static_cast<double>(one);
    const auto m = static_cast<double>(other);
    const double all = n + m;
    const double sum = static_cast<double>(sum_of(ranks, one)) / 2;
    const double variance = n * m / 12 * ((all + 1) - ranks.ties / (all * (all - 1)));
    if (variance <= 0) {
        return 1;
    }
    const double off = std::max(0.0, std::abs(sum - n * (all + 1) / 2) - 0.5);
    return std::erfc(off / std::sqrt(2 * variance));
}

}  // namespace

double median(std::vector<double> samples) {
    if (samples.empty()) {
        return 0;
    }
    std::ranges::sort(samples);
    const std::size_t half = samples.size() / 2;
    return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

double spread(const std::vector<double>& samples) {
    constexpr double to_deviation = 1.4826;
    const double middle = median(samples);
    std::vector<double> distances;
    distances.reserve(samples.size());
    for (const double one : samples) {
        distances.push_back(std::abs(one - middle));
    }
    return to_deviation * median(std::move(distances));
}

double mann_whitney_p(const std::vector<double>& one, const std::vector<double>& other) {
    if (one.empty() || other.empty()) {
        return 1;
    }
    const Ranks ranks = ranks_of(one, other);
    return std::max(one.size(), other.size()) <= most_exact
               ? exact_p(ranks, one.size())
               : approximate_p(ranks, one.size(), other.size());
}

}  // namespace assay::reports
