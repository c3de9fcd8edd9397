// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/rerun.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "reports/json.h"
#include "tests/unit/kube/scratch_folder.h"

namespace assay::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RequirementResult requirement(const std::string& id, Outcome outcome) {
    RequirementResult result;
    result.id = id;
    result.category = "security";
    result.outcome = outcome;
    return result;
}

class Rerun : public testing::Test {
protected:
    Rerun() {
        earlier_.run_id = "k7w4c2hp";
        earlier_.profile_id = "own";
        earlier_.profile_sha256 = std::string(64, 'a');
        earlier_.cluster.cluster_uid = "uid-1";
        earlier_.requirements = {requirement("robust_controller", Outcome::passed),
                                 requirement("gang_scheduling", Outcome::inconclusive)};
        plan_.profile.id = "own";
        plan_.profile.sha256 = earlier_.profile_sha256;
    }

    // With the report as it is by now; "" if it was taken.
    std::string refusal(const std::string& report) {
        Options options;
        options.rerun_unsettled = report;
        const auto chosen = choose_unsettled(options, plan_);
        return chosen ? "" : chosen.error();
    }
    std::string choose() {
        std::ofstream(folder_.path() / "report.json") << reports::report_json(earlier_);
        return refusal(folder_.path().string());
    }

    kube::ScratchFolder folder_;
    RunResult earlier_;
    RunPlan plan_;
};

TEST_F(Rerun, SelectsWhatIsInconclusiveThere) {
    RequirementResult not_selected = requirement("accelerator_metrics", Outcome::inconclusive);
    not_selected.selected = false;
    earlier_.requirements.push_back(not_selected);
    earlier_.requirements.push_back(requirement("pod_autoscaling", Outcome::not_applicable));
    EXPECT_EQ(choose(), "");
    EXPECT_THAT(plan_.select, ElementsAre("gang_scheduling"));
    ASSERT_TRUE(plan_.rerun_of);
    EXPECT_EQ(plan_.rerun_of->run_id, "k7w4c2hp");
    EXPECT_EQ(plan_.rerun_of->report_sha256.size(), 64U);
    EXPECT_FALSE(all_is_settled(plan_));
    EXPECT_EQ(refusal((folder_.path() / "report.json").string()), "");
}

TEST_F(Rerun, RefusesAnotherProfileAndSaysWhichToGive) {
    plan_.profile.sha256 = std::string(64, 'b');
    const std::string why = choose();
    EXPECT_THAT(why, HasSubstr("was of profile own with sha256 aaaa"));
    EXPECT_THAT(why, HasSubstr("give the same with --profile"));
    EXPECT_FALSE(plan_.rerun_of);
}

TEST_F(Rerun, RefusesAReportWhereARequirementIsTwice) {
    earlier_.requirements.push_back(requirement("gang_scheduling", Outcome::failed));
    EXPECT_THAT(choose(), HasSubstr("is not a report of assay"));
}

TEST_F(Rerun, RefusesWhatIsNoReport) {
    const std::string advice = "give the folder that `assay run` wrote, or its report.json";
    EXPECT_THAT(refusal((folder_.path() / "missing").string()), HasSubstr(advice));
    for (const char* text :
         {"", "[]", "{}", R"({"kind":"AIConformancePlan"})", R"({"kind":"AIConformanceReport"})"}) {
        std::ofstream(folder_.path() / "report.json") << text;
        EXPECT_THAT(refusal(folder_.path().string()), HasSubstr(advice)) << text;
    }
    std::string report = reports::report_json(earlier_);
    report.replace(report.find("\"passed\","), 9, "\"skipped\",");
    std::ofstream(folder_.path() / "report.json") << report;
    EXPECT_THAT(refusal(folder_.path().string()), HasSubstr(advice));
}

TEST_F(Rerun, OfAnotherClusterIsRefused) {
    EXPECT_EQ(choose(), "");
    EXPECT_EQ(another_cluster(plan_, "uid-1"), "");
    EXPECT_THAT(another_cluster(plan_, "uid-2"), HasSubstr("was of another cluster"));
}

TEST_F(Rerun, WhatHadFailedIsNotMadeGoodByTheRest) {
    EXPECT_EQ(choose(), "");
    EXPECT_EQ(verdict_of_both(plan_, 0), 0);
    EXPECT_EQ(verdict_of_both(plan_, 4), 4);
    earlier_.requirements.push_back(requirement("secure_accelerator_access", Outcome::failed));
    EXPECT_EQ(choose(), "");
    EXPECT_THAT(plan_.select, ElementsAre("gang_scheduling"));
    EXPECT_EQ(verdict_of_both(plan_, 0), 1);
    EXPECT_EQ(verdict_of_both(plan_, 4), 1);
    EXPECT_EQ(verdict_of_both(plan_, 2), 2);
    EXPECT_EQ(failed_in(plan_.rerun_of.value()),
              "failed in run k7w4c2hp, and not asked again: secure_accelerator_access");
}

TEST_F(Rerun, WhatDoesNotCountDoesNotCountHereEither) {
    earlier_.requirements.push_back(requirement("dra_support", Outcome::failed));
    earlier_.requirements.back().counted = false;
    EXPECT_EQ(choose(), "");
    EXPECT_EQ(verdict_of_both(plan_, 0), 0);
}

TEST_F(Rerun, OfARunThatSettledEverythingHasNothingToAsk) {
    earlier_.requirements.pop_back();
    EXPECT_EQ(choose(), "");
    EXPECT_TRUE(all_is_settled(plan_));
}

}  // namespace
}  // namespace assay::cli
