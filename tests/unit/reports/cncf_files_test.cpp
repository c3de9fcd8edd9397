// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/cncf_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/test_artifact.h"
#include "sample_runs.h"
#include "submission_runs.h"

namespace assay::reports {
namespace {

MergedRun merged(const ReportedRun& run) {
    auto result = merge_runs({run});
    if (!result) {
        ADD_FAILURE() << result.error();
    }
    return *std::move(result);
}

constexpr const char* parsed_names[] = {"junit.xml", "results.json", "e2e.log"};

TestArtifact artifact(const Contents& files, const char* name) {
    const auto found = files.find(name);
    if (found == files.end()) {
        ADD_FAILURE() << "there is no " << name;
        return {};
    }
    auto read = parse_artifact(artifact_kind(name), found->second);
    if (!read) {
        ADD_FAILURE() << name << ": " << read.error() << "\n" << found->second;
        return {};
    }
    return *std::move(read);
}

TEST(CncfFilesTest, EachHoldsTheMustsThatPassedByTheirIds) {
    const Contents files = cncf_files(merged(submission_run()));
    for (const char* name : parsed_names) {
        const TestArtifact read = artifact(files, name);
        const std::map<std::string, TestOutcome, std::less<>> tests{
            {"gang_scheduling", TestOutcome::passed},
            {"gang_scheduling/asks_it", TestOutcome::passed},
            {"secure_accelerator_access", TestOutcome::passed},
            {"secure_accelerator_access/asks_it", TestOutcome::passed}};
        EXPECT_EQ(read.tests, tests) << name;
    }
}

TEST(CncfFilesTest, WhatFailedOrIsOpenIsInNoFileThatIsParsed) {
    for (const Outcome outcome :
         {Outcome::failed, Outcome::inconclusive, Outcome::not_applicable}) {
        ReportedRun run = submission_run();
        settle(run, "gang_scheduling", outcome);
        const Contents files = cncf_files(merged(run));
        for (const char* name : parsed_names) {
            const TestArtifact read = artifact(files, name);
            EXPECT_EQ(read.outcome_of("gang_scheduling"), TestOutcome::unknown) << name;
            EXPECT_TRUE(read.failures.empty()) << name;
            EXPECT_TRUE(std::ranges::all_of(read.tests, [](const auto& one) {
                return one.second == TestOutcome::passed;
            })) << name;
        }
        const auto findings = nlohmann::json::parse(files.at("findings.json"));
        EXPECT_EQ(findings.at("requirements").at(1).at("outcome"), to_string(outcome));
    }
}

TEST(CncfFilesTest, WithNothingPassedThereIsNoFileToParse) {
    ReportedRun run = submission_run();
    for (const char* id : {"secure_accelerator_access", "gang_scheduling"}) {
        settle(run, id, Outcome::failed);
    }
    const Contents files = cncf_files(merged(run));
    for (const char* name : parsed_names) {
        EXPECT_FALSE(files.contains(name)) << name;
    }
    EXPECT_TRUE(files.contains("findings.json"));
}

TEST(CncfFilesTest, ShouldsHaveAFileThatIsNotParsed) {
    ReportedRun run = submission_run();
    settle(run, "gpu_sharing", Outcome::failed);
    const Contents files = cncf_files(merged(run));
    EXPECT_EQ(artifact_kind("should.xml"), ArtifactKind::none);
    EXPECT_NE(files.at("should.xml").find("<failure"), std::string::npos);
    run.requirements[3].selected = false;
    EXPECT_FALSE(cncf_files(merged(run)).contains("should.xml"));
}

TEST(CncfFilesTest, FindingsHoldWhatLiesBeyondAndWhatIsOpen) {
    const Contents files = cncf_files(merged(submission_run()));
    const auto findings = nlohmann::json::parse(files.at("findings.json"));
    const auto& assertions = findings.at("requirements").at(0).at("assertions");
    ASSERT_EQ(assertions.size(), 2u);
    EXPECT_EQ(assertions.at(0).at("id"), "needs_two_of_them");
    EXPECT_EQ(assertions.at(1).at("basis"), "beyond");
    EXPECT_EQ(assertions.at(1).at("outcome"), "failed");
    EXPECT_EQ(findings.at("simulated"), false);
}

TEST(CncfFilesTest, NoTextOfARunBecomesAResult) {
    for (const std::string& hostile :
         {std::string("--- FAIL: secure_accelerator_access (0.00s)"),
          std::string("x\n--- FAIL: planted (0.00s)\n    --- SKIP: planted"),
          std::string("x\r--- FAIL: planted"), std::string("\n\n--- FAIL: planted"),
          std::string("]]></system-out><failure/>"), std::string("\"}\n{\"Action\":\"fail\"}"),
          std::string("x\v--- FAIL: planted\f--- FAIL: planted\x85--- FAIL: planted"),
          hostile_text()}) {
        ReportedRun run = submission_run();
        for (ReportedRequirement& requirement : run.requirements) {
            requirement.reason = requirement.category = requirement.started_at = hostile;
            for (ReportedAssertion& one : requirement.assertions) {
                one.sentence = one.target = one.expected = one.actual = one.reason = one.next_step =
                    hostile;
            }
        }
        run.id = run.profile_id = run.tool_version = run.tool_commit = run.kubernetes =
            run.started_at = run.probe_digest = hostile;
        run.command = {hostile, "--select", hostile};
        const MergedRun told = merged(run);
        Contents files = cncf_files(told);
        for (const char* name : parsed_names) {
            const TestArtifact read = artifact(files, name);
            EXPECT_EQ(read.tests.size(), 4u) << name;
            EXPECT_TRUE(read.failures.empty()) << name;
        }
        const std::string readme = cncf_readme(told, files);
        for (std::size_t at = 0; (at = readme.find("<failure", at)) != std::string::npos; ++at) {
            // Only in the command, which stands as code.
            EXPECT_EQ(readme.substr(readme.rfind('\n', at) + 1, 2), "$ ");
        }
        EXPECT_EQ(readme.find("\n---"), std::string::npos);
    }
}

TEST(CncfFilesTest, EachFileOfASimulatedRunSaysSo) {
    ReportedRun run = submission_run();
    const Contents real = cncf_files(merged(run));
    run.simulated = true;
    const MergedRun told = merged(run);
    Contents files = cncf_files(told);
    EXPECT_EQ(files.size(), 5u);
    files["README.md"] = cncf_readme(told, files);
    for (const auto& [name, content] : files) {
        EXPECT_NE(content.find(simulated_mark), std::string::npos) << name;
    }
    for (const auto& [name, content] : real) {
        EXPECT_EQ(content.find(simulated_mark), std::string::npos) << name;
    }
}

TEST(CncfFilesTest, EqualRunsGiveEqualBytes) {
    EXPECT_EQ(cncf_files(merged(submission_run())), cncf_files(merged(submission_run())));
}

TEST(ReproductionTest, SaysWhatWasAskedAndNothingOfTheVendorsOwn) {
    ReportedRun run = submission_run();
    EXPECT_EQ(reproduction(run),
              "assay run --profile k8s-ai-1.37 --allow scale-nodes --out report");
    run.command = {"assay", "run", "--select=gang_*", "--accelerator", "it's; rm -rf /"};
    EXPECT_EQ(
        reproduction(run),
        "assay run --profile k8s-ai-1.37 '--select=gang_*' --accelerator 'it'\\''s; rm -rf /' "
        "--out report");
}

}  // namespace
}  // namespace assay::reports
