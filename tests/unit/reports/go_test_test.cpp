// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/go_test.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/folder.h"
#include "reports/report.h"
#include "reports/verify.h"

namespace assay::reports {
namespace {

constexpr const char* events =
    R"({"Time":"2026-10-01T21:36:36Z","Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestGangScheduling"}
{"Action":"run","Package":"p","Test":"TestGangScheduling/all_or_none"}
{"Action":"output","Package":"p","Test":"TestGangScheduling/all_or_none","Output":"    x.go:1: fits\n"}
{"Action":"pass","Package":"p","Test":"TestGangScheduling/all_or_none","Elapsed":1.5}
{"Action":"pass","Package":"p","Test":"TestGangScheduling","Elapsed":2.25}
{"Action":"run","Package":"p","Test":"TestAutoscaling"}
{"Action":"skip","Package":"p","Test":"TestAutoscaling","Elapsed":0}
{"Action":"run","Package":"p","Test":"TestAccess"}
{"Action":"output","Package":"p","Test":"TestAccess","Output":"leaks\n"}
{"Action":"fail","Package":"p","Test":"TestAccess","Elapsed":3}
{"Action":"run","Package":"p","Test":"TestLost"}
{"Action":"fail","Package":"p"}
)";

RunResult imported() {
    auto run = run_of_go_test(events);
    if (!run) {
        ADD_FAILURE() << run.error();
        return {};
    }
    run->run_id = "imported";
    run->started_at = run->finished_at = "2026-10-02T00:00:00.000Z";
    run->tool_version = "0.1.0";
    return *std::move(run);
}

TEST(GoTest, EachTestIsCarriedByItsOwnName) {
    const RunResult run = imported();
    ASSERT_EQ(run.requirements.size(), 4u);
    EXPECT_EQ(run.requirements[0].id, "TestGangScheduling");
    EXPECT_EQ(run.requirements[0].outcome, Outcome::passed);
    EXPECT_EQ(run.requirements[0].duration_ms, 2250);
    ASSERT_EQ(run.requirements[0].assertions.size(), 1u);
    EXPECT_EQ(run.requirements[0].assertions[0].id, "all_or_none");
    EXPECT_EQ(run.requirements[0].assertions[0].findings[0].actual, "    x.go:1: fits\n");
    EXPECT_EQ(run.requirements[1].outcome, Outcome::inconclusive);
    EXPECT_EQ(run.requirements[2].outcome, Outcome::failed);
    EXPECT_EQ(run.requirements[2].reason, "leaks\n");
    EXPECT_EQ(run.requirements[3].outcome, Outcome::inconclusive) << "it has no result";
    EXPECT_EQ(exit_code_of(run), 1);
}

TEST(GoTest, ClaimsNoMust) {
    RunResult run = imported();
    EXPECT_EQ(must_tally(run).total, 0);
    run.requirements.resize(1);
    EXPECT_EQ(exit_code_of(run), 0);
    EXPECT_EQ(in_toto_result(run), "warned");
}

TEST(GoTest, TheReportIsWholeAndKeepsTheBytes) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "go-test-report";
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(write_report(imported(), folder));
    const auto verified = verify_report(folder, {});
    EXPECT_TRUE(verified) << verified.error();
    EXPECT_EQ(*read_plain_file(folder / "artifacts/go_test/results.json"), events);
    std::filesystem::remove_all(folder);
}

TEST(GoTest, RefusesWhatGoDoesNotWrite) {
    for (const char* text :
         {"", "{\n}", "{\"Action\":\"pass\",\"Test\":\"secure_accelerator_access\"}",
          "{\"Action\":\"pass\",\"Test\":\"Test A\"}", "{\"Action\":\"fail\",\"Package\":\"p\"}"}) {
        const auto refused = run_of_go_test(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_FALSE(refused.error().empty());
    }
}

}  // namespace
}  // namespace assay::reports
