// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/reported_run.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/json.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ReportedRunTest : public testing::Test {
protected:
    ReportedRunTest() { fs::create_directories(folder_); }
    ~ReportedRunTest() override { fs::remove_all(folder_); }
    ReportedRunTest(const ReportedRunTest&) = delete;
    ReportedRunTest& operator=(const ReportedRunTest&) = delete;

    std::expected<ReportedRun, std::string> read(const std::string& text) {
        std::ofstream(folder_ / "report.json") << text;
        return read_reported_run(folder_);
    }

    fs::path folder_ = fs::path(testing::TempDir()) /
                       testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(ReportedRunTest, TellsWhatWasMeasuredOfEachModelAndNothingOfWhatIsSimulated) {
    RunResult run = pool_run(2);
    auto& rows = run.requirements[0].accelerators.rows;
    rows[1].model = "NVIDIA L4";
    rows[2].simulated = true;
    const auto told = read(report_json(run));
    ASSERT_TRUE(told) << told.error();
    std::map<std::string, std::size_t> accelerators;
    for (const ReportedMeasure& one : told->requirements[0].measures) {
        accelerators[one.name + " of " + one.model] = one.samples.size();
        EXPECT_EQ(one.samples.front().size(), 5U);
    }
    // Of node 0 the fourth computes wrong and has no speed.
    const std::map<std::string, std::size_t> expected{
        {"gemm_bf16 of NVIDIA H200", 13}, {"gemm_bf16 of NVIDIA L4", 1},
        {"hbm_copy of NVIDIA H200", 14},  {"hbm_copy of NVIDIA L4", 1},
        {"link_h2d of NVIDIA H200", 14},  {"link_h2d of NVIDIA L4", 1}};
    EXPECT_EQ(accelerators, expected);
}

TEST_F(ReportedRunTest, TellsWhatTheRunFound) {
    const RunResult run = leaking_run();
    const auto told = read(report_json(run));
    ASSERT_TRUE(told) << told.error();
    EXPECT_EQ(told->id, run.run_id);
    EXPECT_EQ(told->profile_sha256, run.profile_sha256);
    EXPECT_EQ(told->kubernetes, run.cluster.version);
    ASSERT_EQ(told->requirements.size(), run.requirements.size());
    const auto& assertions = run.requirements[0].assertions;
    ASSERT_EQ(told->requirements[0].assertions.size(), assertions.size());
    for (std::size_t i = 0; i < assertions.size(); ++i) {
        EXPECT_EQ(told->requirements[0].assertions[i].outcome, assertions[i].outcome);
        EXPECT_EQ(told->requirements[0].assertions[i].basis, assertions[i].basis);
    }
    EXPECT_FALSE(told->requirements[1].selected);
}

TEST_F(ReportedRunTest, TellsOfTheTargetThatFailedAndNotOfTheFirstOne) {
    const auto told = read(report_json(leaking_run()));
    ASSERT_TRUE(told) << told.error();
    const RunResult run = leaking_run();
    const AssertionResult& failed = run.requirements[0].assertions[1];
    ASSERT_EQ(failed.outcome, Outcome::failed);
    const auto wrong = std::ranges::find(failed.findings, Outcome::failed, &Finding::outcome);
    EXPECT_EQ(told->requirements[0].assertions[1].target, wrong->target);
}

TEST_F(ReportedRunTest, WhatIsNoReportIsRefusedWithAWayOut) {
    json twice = json::parse(report_json(clean_run()));
    twice["requirements"].push_back(twice["requirements"][0]);
    json strange = json::parse(report_json(clean_run()));
    strange["requirements"][0]["assertions"][0]["outcome"] = "green";
    json other = json::parse(report_json(clean_run()));
    other["kind"] = "AIConformanceDiff";
    json without = json::parse(report_json(clean_run()));
    without.erase("cluster");
    for (const std::string& text : {twice.dump(), strange.dump(), other.dump(), without.dump(),
                                    std::string("[]"), std::string("{"), std::string()}) {
        const auto refused = read(text);
        ASSERT_FALSE(refused) << text.substr(0, 80);
        EXPECT_NE(refused.error().find("give the folder that `assay run` wrote"), std::string::npos)
            << refused.error();
    }
    EXPECT_FALSE(read_reported_run(folder_ / "nowhere"));
}

}  // namespace
}  // namespace assay::reports
