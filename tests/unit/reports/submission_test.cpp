// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/submission.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "checklists.h"
#include "reports/advice.h"
#include "reports/cncf_files.h"
#include "submission_runs.h"

namespace assay::reports {
namespace {

Product product() {
    Product result;
    result.directory = "turbo";
    result.metadata = {
        {"platformName", "Turbo Encabulator"},
        {"platformVersion", "v1.7.4"},
        {"vendorName", "Yoyodyne"},
        {"websiteUrl", "https://yoyo.example/turbo"},
        {"repoUrl", "https://yoyo.example/repo"},
        {"documentationUrl", "https://yoyo.example/docs"},
        {"productLogoUrl", "https://yoyo.example/turbo.svg"},
        {"description", "It encabulates."},
        {"contactEmailAddress", "turbo@yoyo.example"},
        {"k8sConformanceUrl", "https://github.com/cncf/k8s-conformance/tree/master/v1.37/turbo"}};
    return result;
}

MergedRun merged(const ReportedRun& run) {
    return *merge_runs({run});
}

struct Packed {
    std::string yaml;
    Proposal proposal;
    std::vector<Remark> remarks;
    Checklist checklist;
};

// As `assay submission pack` does it.
Packed packed(const MergedRun& run, const Product& words, const SubmissionFolder& folder) {
    const Contents files = cncf_files(run);
    const auto official = parse_checklist(blank_checklist(), yaml_reader());
    Packed result;
    result.proposal = propose(run, *official, words, files);
    const auto filled = fill_checklist(blank_checklist(), result.proposal.filling, yaml_reader());
    EXPECT_TRUE(filled) << filled.error();
    result.yaml = filled->yaml;
    for (const auto& [name, content] : files) {
        folder.write(name, content);
    }
    result.checklist = *parse_checklist(result.yaml, yaml_reader());
    result.remarks =
        check_intake(*official, result.checklist, *place_of(folder.folder()), nullptr).remarks;
    return result;
}

TEST(SubmissionTest, WhatARunShowsIsTakenIn) {
    const SubmissionFolder folder;
    const Packed told = packed(merged(submission_run()), product(), folder);
    EXPECT_TRUE(told.proposal.open.empty());
    ASSERT_EQ(told.remarks.size(), 1u) << remarks_text(told.remarks);
    EXPECT_EQ(told.remarks[0].rule, "must_not_applicable");  // for the reviewer to judge
    EXPECT_EQ(told.checklist.item("gang_scheduling")->evidence.front(),
              "junit.xml#gang_scheduling");
    EXPECT_EQ(told.checklist.item("cluster_autoscaling")->status, "N/A");
    EXPECT_EQ(told.checklist.item("gpu_sharing")->evidence.front(), "should.xml");
}

TEST(SubmissionTest, ASimulatedOneIsTakenInByTheRulesAndSaysWhatItIs) {
    const SubmissionFolder folder;
    ReportedRun run = submission_run();
    run.simulated = true;
    const Packed told = packed(merged(run), product(), folder);
    EXPECT_EQ(told.remarks.size(), 1u) << remarks_text(told.remarks);
    EXPECT_NE(told.yaml.find(simulated_mark), std::string::npos);
    EXPECT_NE(pull_request_body(merged(run), told.checklist, told.proposal, told.remarks)
                  .find(simulated_mark),
              std::string::npos);
}

TEST(SubmissionTest, NothingIsClaimedOfWhatFailedOrIsOpen) {
    for (const Outcome outcome :
         {Outcome::failed, Outcome::inconclusive, Outcome::not_applicable}) {
        const SubmissionFolder folder;
        ReportedRun run = submission_run();
        settle(run, "gang_scheduling", outcome);
        Product words = product();
        words.requirements["gang_scheduling"] = {.owner = "x",
                                                 .status = "Implemented",
                                                 .evidence = {"https://yoyo.example"},
                                                 .notes = "y"};
        const Packed told = packed(merged(run), words, folder);
        const ChecklistItem* item = told.checklist.item("gang_scheduling");
        EXPECT_EQ(item->status, "");
        EXPECT_TRUE(item->evidence.empty());
        EXPECT_EQ(item->notes, "");
        ASSERT_EQ(told.proposal.open.size(), 1u);
        EXPECT_EQ(told.proposal.conflicts.size(), 1u);
        EXPECT_EQ(std::ranges::count(told.remarks, "must_not_implemented", &Remark::rule), 1);
    }
}

TEST(SubmissionTest, WhatNoRunAskedIsTheVendorsToAttest) {
    const SubmissionFolder folder;
    ReportedRun run = submission_run();
    run.requirements[1].selected = false;
    EXPECT_EQ(packed(merged(run), product(), folder).proposal.open.size(), 1u);
    Product words = product();
    words.owner = "the base";
    words.requirements["gang_scheduling"] = {.owner = "",
                                             .status = "Implemented",
                                             .evidence = {"https://yoyo.example/gangs"},
                                             .notes = "N."};
    const Packed told = packed(merged(run), words, folder);
    EXPECT_TRUE(told.proposal.open.empty());
    EXPECT_EQ(told.checklist.item("gang_scheduling")->notes, "N. Provided by: the base.");
    words.requirements["gang_scheduling"].owner = "the top";
    EXPECT_EQ(packed(merged(run), words, folder).checklist.item("gang_scheduling")->notes,
              "N. Provided by: the top.");
}

TEST(SubmissionTest, ThePullRequestNamesWhatIsClaimedAndStaysInert) {
    const SubmissionFolder folder;
    ReportedRun run = submission_run();
    run.id = "<img src=x>";
    settle(run, "gang_scheduling", Outcome::failed);
    const Packed told = packed(merged(run), product(), folder);
    const std::string body =
        pull_request_body(merged(run), told.checklist, told.proposal, told.remarks);
    EXPECT_EQ(body.find("<img"), std::string::npos);
    EXPECT_NE(body.find("Still open:"), std::string::npos);
    EXPECT_NE(body.find("a MUST is to be Implemented"), std::string::npos) << body;
    EXPECT_NE(body.find("Turbo Encabulator"), std::string::npos);
}

}  // namespace
}  // namespace assay::reports
