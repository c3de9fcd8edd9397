// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "reports/diff.h"
#include "reports/reported_run.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

ReportedMeasure measure(std::vector<std::vector<double>> samples, const char* unit = "tflops",
                        const char* model = "NVIDIA H200") {
    return {.name = "gemm_bf16", .unit = unit, .model = model, .samples = std::move(samples)};
}

ReportedRun measured(ReportedMeasure one) {
    ReportedRequirement requirement;
    requirement.id = "accelerator_compute";
    requirement.selected = true;
    requirement.measures = {std::move(one)};
    ReportedRun run;
    run.id = "k7w4c2hp";
    run.complete = true;
    run.profile_id = "node-pool";
    run.requirements = {requirement};
    return run;
}

const Rules rules{.levels = {Level::must}, .allowed = {}, .today = "2026-11-22"};

// The samples of one accelerator about a middle, 0.2 % apart.
std::vector<double> about(double middle, int count = 5) {
    std::vector<double> result;
    for (int i = 0; i < count; ++i) {
        result.push_back(middle * (1 + 0.002 * (i - count / 2)));
    }
    return result;
}

std::vector<Difference> slower_of(const ReportedMeasure& base, const ReportedMeasure& now,
                                  const Rules& by = rules) {
    auto all = compare(measured(base), measured(now), by).differences;
    std::erase_if(all, [](const Difference& one) {
        return one.change != Change::slower && one.change != Change::faster;
    });
    return all;
}

TEST(Performance, WhatIsMeasurablyWorseClosesTheGate) {
    const auto found = slower_of(measure({about(780)}), measure({about(700)}));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].change, Change::slower);
    EXPECT_EQ(found[0].effect, Effect::closes);
    EXPECT_EQ(found[0].assertion, "gemm_bf16");
    EXPECT_NE(found[0].detail.find("780 -> 700 tflops (-10.3 %); p = 0.0079 of 5 and 5 samples"),
              std::string::npos)
        << found[0].detail;
    Rules lenient = rules;
    lenient.slower = false;
    EXPECT_EQ(slower_of(measure({about(780)}), measure({about(700)}), lenient)[0].effect,
              Effect::none);
}

TEST(Performance, FourSamplesAreNeverEnough) {
    EXPECT_TRUE(slower_of(measure({about(780, 4)}), measure({about(100, 4)})).empty());
    EXPECT_TRUE(slower_of(measure({about(780, 5)}), measure({about(100, 4)})).empty());
}

TEST(Performance, WhatIsSignificantAndSmallIsNoWord) {
    EXPECT_TRUE(slower_of(measure({about(780)}), measure({about(765)})).empty());   // 1.9 %
    EXPECT_EQ(slower_of(measure({about(780)}), measure({about(750)})).size(), 1U);  // 3.8 %
}

TEST(Performance, WhatVariesMuchMustDifferMuch) {
    const std::vector<double> wide{700, 740, 780, 820, 860};  // spread 59: 23 % counts
    EXPECT_TRUE(slower_of(measure({wide}), measure({about(690)})).empty());
    EXPECT_EQ(slower_of(measure({wide}), measure({about(590)})).size(), 1U);
}

TEST(Performance, ATimeIsWorseWhereItIsMore) {
    EXPECT_EQ(slower_of(measure({about(10)}, "us"), measure({about(12)}, "us"))[0].change,
              Change::slower);
    const auto better = slower_of(measure({about(12)}, "us"), measure({about(10)}, "us"));
    EXPECT_EQ(better[0].change, Change::faster);
    EXPECT_EQ(better[0].effect, Effect::none);
}

TEST(Performance, OnlyTheSameModelIsCompared) {
    EXPECT_TRUE(
        slower_of(measure({about(780)}), measure({about(300)}, "tflops", "NVIDIA L4")).empty());
    EXPECT_TRUE(slower_of(measure({about(780)}), measure({about(300)}, "gb_per_s")).empty());
}

TEST(Performance, OfManyAcceleratorsEachIsOneDraw) {
    std::vector<std::vector<double>> before;
    std::vector<std::vector<double>> after;
    for (int i = 0; i < 8; ++i) {
        before.push_back(about(780 + i));
        after.push_back(about(i == 3 ? 390 : 780 + i));
    }
    // One of eight is slow: a finding of its node, and not of the upgrade.
    EXPECT_TRUE(slower_of(measure(before), measure(after)).empty());
    for (auto& one : after) {
        one = about(700);
    }
    const auto found = slower_of(measure(before), measure(after));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].detail.find("of 8 and 8 accelerators"), std::string::npos);
}

}  // namespace
}  // namespace assay::reports
