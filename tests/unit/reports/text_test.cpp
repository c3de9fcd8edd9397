// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "reports/accelerators.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

TEST(SummaryText, OfACleanRunIsShort) {
    EXPECT_EQ(summary_text(clean_run(), "out"),
              "1 of 2 MUSTs examined: 1 passed, 0 failed; 0 inconclusive, 1 not selected\n"
              "PASSED        secure_accelerator_access (MUST, KAR-0049)  12.3 s, clean-up 2.0 s\n"
              "report: out\n");
}

TEST(SummaryText, SaysWhatFailedWhereAndWhatToDo) {
    EXPECT_EQ(summary_text(leaking_run()),
              "1 of 2 MUSTs examined: 0 passed, 1 failed; 0 inconclusive, 1 not selected\n"
              "FAILED        secure_accelerator_access (MUST, KAR-0049)  12.3 s, clean-up 2.0 s; "
              "beyond the requirement: FAILED\n"
              "  FAILED stranger_reaches_none: a sentence about stranger_reaches_none\n"
              "    FAILED pod stranger-b, container plain, node a-2\n"
              "        expected: no device node it can open\n"
              "        actual:   opened /dev/nvidia0 by env NVIDIA_VISIBLE_DEVICES=all\n"
              "  beyond, FAILED log_names_no_device: a sentence about log_names_no_device\n"
              "    FAILED pod owner-x7, container main, node a-1\n"
              "        expected: no device node it can open\n"
              "        actual:   its UUID\n"
              "  next step: set accept-nvidia-visible-devices-envvar-when-unprivileged = false\n");
}

AcceleratorRow row(const std::string& node, int index, Outcome outcome) {
    return {.node = node,
            .index = index,
            .uuid = "GPU-" + node,
            .model = "NVIDIA H200",
            .outcome = outcome,
            .words = "why",
            .simulated = false,
            .samples = {{3, 1, 2}, {10, 20}}};
}

TEST(AcceleratorsText, HasTheBadOnesFirstAndMediansWithTheirUnits) {
    AcceleratorTable table{
        .measures = {{"hbm_copy", "gb_per_s"}, {"gemm_bf16", "tera_operations_per_s"}},
        .rows = {row("a", 0, Outcome::passed), row("b", 1, Outcome::failed)}};
    table.rows.push_back({.node = "c", .index = -1, .uuid = {}, .model = {}});
    EXPECT_EQ(accelerators_text(table),
              "  node  accelerator  model        outcome       hbm_copy GB/s  gemm_bf16 Top/s\n"
              "  b     1 GPU-b      NVIDIA H200  FAILED        2              15\n"
              "  c     -            -            INCONCLUSIVE  -              -\n"
              "  a     0 GPU-a      NVIDIA H200  PASSED        2              15\n");
    EXPECT_EQ(accelerators_text({}), "");
}

TEST(AcceleratorsText, ShowsSoManyRowsAndSaysHowManyMore) {
    AcceleratorTable table;
    for (int i = 0; i < 50; ++i) {
        table.rows.push_back(row("a", i, i == 49 ? Outcome::failed : Outcome::passed));
    }
    const std::string text = accelerators_text(table);
    EXPECT_EQ(std::ranges::count(text, '\n'), 42);
    EXPECT_NE(text.find("49 GPU-a"), std::string::npos) << "the bad one is shown";
    EXPECT_TRUE(text.ends_with("  and 10 more, all in report.json\n"));
}

TEST(AcceleratorsText, ShowsHostileNamesHarmlessly) {
    AcceleratorTable table;
    table.rows.push_back(row("a\x1b[2J\n", 0, Outcome::passed));
    const std::string text = accelerators_text(table);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST(SummaryText, SaysWhatIsLeftInTheCluster) {
    RunResult run = clean_run();
    run.leftovers.push_back({"Namespace", "assay-x", "403 Forbidden"});
    EXPECT_NE(
        summary_text(run).find("left in the cluster, 1 of them; `assay cleanup` tries again:\n"
                               "  Namespace assay-x: 403 Forbidden\n"),
        std::string::npos);
}

TEST(SummaryText, SaysWhyNothingWasAsked) {
    RunResult run = clean_run();
    run.interrupted = true;
    run.simulated = true;
    run.requirements[0].outcome = Outcome::inconclusive;
    run.requirements[0].assertions[0].outcome = Outcome::inconclusive;
    run.requirements[0].assertions[0].findings.clear();
    run.requirements[0].assertions[0].reason = "never reached";
    const std::string text = summary_text(run);
    EXPECT_EQ(text.rfind("SIMULATED: 0 of 2 MUSTs examined: 0 passed, 0 failed; 1 inconclusive", 0),
              0U);
    EXPECT_NE(text.find("\ninterrupted: "), std::string::npos);
    EXPECT_NE(text.find("    not asked: never reached\n"), std::string::npos);
}

TEST(SummaryText, SaysHowLongTheClusterWasWaitedFor) {
    RunResult run = clean_run();
    run.settling = Settling{.settled = true, .limit_ms = 60'000, .duration_ms = 12'345};
    EXPECT_NE(summary_text(run).find("\nthe cluster was settled after 12.3 s\n"),
              std::string::npos);
    run.settling = Settling{.settled = false,
                            .limit_ms = 60'000,
                            .duration_ms = 60'000,
                            .unsettled = 1,
                            .waiting_for = {"node \x1b[31ma is not Ready"}};
    EXPECT_NE(summary_text(run).find("\nthe cluster was not settled after 60.0 s, so nothing was "
                                     "asked: node a is not Ready\n"),
              std::string::npos)
        << summary_text(run);
}

TEST(SummaryText, LetsNoTerminalSequenceThrough) {
    RunResult run = leaking_run();
    run.warnings.push_back(hostile_text());
    run.leftovers.push_back({hostile_text(), hostile_text(), hostile_text()});
    run.requirements[0].reason = hostile_text();
    for (AssertionResult& assertion : run.requirements[0].assertions) {
        assertion.sentence = assertion.reason = assertion.next_step = hostile_text();
        for (Finding& finding : assertion.findings) {
            finding.target = finding.expected = finding.actual = hostile_text();
        }
    }
    const std::string text = summary_text(run);
    EXPECT_EQ(text.find('\x1B'), std::string::npos);
    EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
    EXPECT_EQ(text.find('\0'), std::string::npos);
}

}  // namespace
}  // namespace assay::reports
