// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reports/diff_parts.h"
#include "reports/rank_test.h"

namespace assay::reports {

namespace {

// With fewer no difference is ever significant: the least p of 4 and 4 is 0.029, of 3 and 3 it is
// 0.1; of 5 and 5 it is 0.008. Many measures are compared at once, so what is but just significant
// of few must not do.
constexpr std::size_t fewest = 5;
constexpr double significant = 0.05;

// The least part of the median that is worth a word: what a measure varies by from run to run on
// one machine. Starting values, to be measured per model (docs/gate.md).
struct Bound {
    std::string_view begins;
    double least;
};
constexpr Bound bounds[] = {{"gemm", 0.03}, {"hbm", 0.03}, {"all_reduce", 0.05}};
constexpr double bound_of_others = 0.05;

double least_effect(const std::string& measure) {
    for (const Bound& bound : bounds) {
        if (measure.starts_with(bound.begins)) {
            return bound.least;
        }
    }
    return bound_of_others;
}

// A time is better where it is less, everything else where it is more.
bool less_is_better(const std::string& unit) {
    return unit == "s" || unit == "ms" || unit == "us" || unit == "ns";
}

// A value per accelerator where there are enough of them, which each are one draw; else every
// sample.
std::vector<double> draws_of(const ReportedMeasure& measure, bool by_accelerator) {
    std::vector<double> draws;
    for (const std::vector<double>& samples : measure.samples) {
        if (by_accelerator) {
            draws.push_back(median(samples));
        } else {
            draws.insert(draws.end(), samples.begin(), samples.end());
        }
    }
    return draws;
}

struct Verdict {
    bool worse = false;
    bool better = false;
    std::string words;
};

Verdict judge(const ReportedMeasure& base, const ReportedMeasure& now) {
    const bool by_accelerator = std::min(base.samples.size(), now.samples.size()) >= fewest;
    const std::vector<double> before = draws_of(base, by_accelerator);
    const std::vector<double> after = draws_of(now, by_accelerator);
    const double then = median(before);
    if (std::min(before.size(), after.size()) < fewest || then <= 0) {
        return {};
    }
    const double change = median(after) / then - 1;
    const double bound = std::max(least_effect(base.name), 3 * spread(before) / then);
    const double p = mann_whitney_p(before, after);
    Verdict verdict;
    if (p < significant && std::abs(change) > bound) {
        const bool up_is_worse = less_is_better(base.unit);
        verdict.worse = (change > 0) == up_is_worse;
        verdict.better = !verdict.worse;
    }
    verdict.words = fmt::format(
        "{}: median {:.4g} -> {:.4g} {} ({:+.1f} %); p = {:.2g} of {} and {} {}; more than {:.1f} "
        "% counts",
        base.model.empty() ? "model unknown" : base.model, then, median(after), base.unit,
        change * 100, p, before.size(), after.size(), by_accelerator ? "accelerators" : "samples",
        bound * 100);
    return verdict;
}

const ReportedMeasure* like(const ReportedRequirement& requirement, const ReportedMeasure& one) {
    const auto found =
        std::ranges::find_if(requirement.measures, [&](const ReportedMeasure& other) {
            return other.name == one.name && other.unit == one.unit && other.model == one.model;
        });
    return found == requirement.measures.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Difference> performance_differences(const ReportedRequirement& base,
                                                const ReportedRequirement& now) {
    std::vector<Difference> differences;
    for (const ReportedMeasure& measure : base.measures) {
        const ReportedMeasure* present = like(now, measure);
        const Verdict verdict = present == nullptr ? Verdict{} : judge(measure, *present);
        if (verdict.worse || verdict.better) {
            Difference one;
            one.requirement = now.id;
            one.assertion = measure.name;
            one.level = now.level;
            one.change = verdict.worse ? Change::slower : Change::faster;
            one.base = one.now = "measured";
            one.detail = verdict.words;
            one.next_step = verdict.worse
                                ? "see in what changed beside (driver, Kubernetes, kernel) what "
                                  "may be the cause, then measure one node alone"
                                : "";
            differences.push_back(std::move(one));
        }
    }
    return differences;
}

}  // namespace assay::reports
