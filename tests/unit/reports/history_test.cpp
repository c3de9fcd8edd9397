// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "reports/json.h"
#include "sample_diffs.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

namespace fs = std::filesystem;

TEST(Fisher, KnownValues) {
    EXPECT_NEAR(fisher_p(0, 20, 1, 1), 1.0 / 21, 1e-9);
    EXPECT_NEAR(fisher_p(0, 20, 1, 3), 3.0 / 23, 1e-9);
    // The tea tasting lady: 3 of 4 and 1 of 4.
    EXPECT_NEAR(fisher_p(3, 4, 1, 4), 34.0 / 70, 1e-9);
    EXPECT_EQ(fisher_p(0, 0, 1, 1), 1);
}

const Rules rules{.levels = {Level::must}, .allowed = {}, .today = "2026-11-22"};

// As many runs like the base, of which so many failed.
std::vector<ReportedRun> runs_like(const Diff& diff, int count, int failed) {
    std::vector<ReportedRun> runs(static_cast<std::size_t>(count), diff.base);
    for (int i = 0; i < count; ++i) {
        ReportedRun& run = runs[static_cast<std::size_t>(i)];
        run.id = "earlier-" + std::to_string(i);
        run.requirements[0].assertions[0].outcome = i < failed ? Outcome::failed : Outcome::passed;
    }
    return runs;
}

Diff flaky() {
    Diff diff = regressed();
    diff.differences[0].change = Change::flaky;
    diff.differences[0].effect = Effect::none;
    return diff;
}

TEST(History, TellsHowOftenItFailed) {
    Diff diff = regressed();
    weigh(diff, runs_like(diff, 20, 0), rules);
    EXPECT_EQ(diff.differences[0].history,
              "failed in 0 of 20 earlier runs, in 1 of 1 now; p = 0.048; risk high");
    weigh(diff, runs_like(diff, 20, 3), rules);
    EXPECT_NE(diff.differences[0].history.find("risk medium"), std::string::npos);
    weigh(diff, runs_like(diff, 20, 9), rules);
    EXPECT_NE(diff.differences[0].history.find("risk low"), std::string::npos);
    EXPECT_EQ(diff.differences[0].effect, Effect::closes);  // what fails again and again, fails
}

TEST(History, WhatDoesNotCompareIsNotCounted) {
    Diff diff = regressed();
    const auto told = [&](const std::function<void(ReportedRun&)>& change) {
        auto runs = runs_like(diff, 20, 0);
        std::ranges::for_each(runs, change);
        weigh(diff, runs, rules);
        return diff.differences[0].history;
    };
    const std::string none = "no earlier run that compares has an answer";
    EXPECT_NE(told([](ReportedRun&) {}), none);
    EXPECT_EQ(told([](ReportedRun& run) { run.complete = false; }), none);
    EXPECT_EQ(told([](ReportedRun& run) { run.simulated = true; }), none);
    EXPECT_EQ(told([](ReportedRun& run) { run.profile_id = "another"; }), none);
    EXPECT_EQ(told([](ReportedRun& run) { run.accelerators.resize(1); }), none);
    EXPECT_EQ(told([&](ReportedRun& run) { run.id = diff.now.id; }), none);
    EXPECT_EQ(told([](ReportedRun& run) {
                  run.requirements[0].assertions[0].outcome = Outcome::inconclusive;
              }),
              none);
    // The same run twice is one.
    EXPECT_NE(told([](ReportedRun& run) { run.id = "once"; }).find("of 1 earlier"),
              std::string::npos);
}

TEST(History, WhatNeverFlakedIsNoChance) {
    for (const auto& [runs, failed, closes] :
         {std::tuple{20, 0, true}, {40, 1, true}, {20, 1, false}, {19, 0, false}}) {
        Diff diff = flaky();
        weigh(diff, runs_like(diff, runs, failed), rules);
        EXPECT_EQ(diff.differences[0].effect == Effect::closes, closes) << failed << " of " << runs;
    }
    Diff allowed = flaky();
    allowed.differences[0].allowed = "until 2027-01-31: known";
    weigh(allowed, runs_like(allowed, 20, 0), rules);
    EXPECT_EQ(allowed.differences[0].effect, Effect::none);
    Diff below = flaky();
    below.differences[0].level = Level::should;
    weigh(below, runs_like(below, 20, 0), rules);
    EXPECT_EQ(below.differences[0].effect, Effect::none);
}

TEST(History, FindsReportsInFoldersOfTheirOwn) {
    const fs::path folder = fs::path(testing::TempDir()) / "history_reports";
    fs::remove_all(folder);
    EXPECT_FALSE(read_history(folder));
    for (const char* name : {"a", "b/c", "b/c/artifacts"}) {
        fs::create_directories(folder / name);
        RunResult run = clean_run();
        run.run_id = name;
        run.started_at =
            name == std::string("a") ? "2026-11-21T00:00:00.000Z" : "2026-11-22T00:00:00.000Z";
        std::ofstream(folder / name / "report.json") << report_json(run);
    }
    fs::create_directories(folder / "no-report");
    const auto runs = read_history(folder);
    ASSERT_TRUE(runs) << runs.error();
    ASSERT_EQ(runs->size(), 2U);  // what is below a report's folder is its evidence
    EXPECT_EQ((*runs)[0].id, "b/c");
    EXPECT_EQ((*runs)[1].id, "a");
    std::ofstream(folder / "no-report" / "report.json") << "{";
    const auto broken = read_history(folder);
    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().find("no-report"), std::string::npos) << broken.error();
    fs::remove_all(folder);
}

}  // namespace
}  // namespace assay::reports
