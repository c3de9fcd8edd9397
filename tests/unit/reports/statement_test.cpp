// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/statement.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>

#include "reports/junit.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

json statement_of(const RunResult& run, const Digests& subjects = {{"a", "00"}, {"b", "01"}}) {
    return json::parse(statement_json(run, subjects));
}

TEST(Statement, IsOneLineThatNamesItsSubjects) {
    const std::string text = statement_json(clean_run(), {{"b", "01"}, {"a", "00"}});
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_EQ(text.rfind(R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a",)"
                         R"("digest":{"sha256":"00"}},{"name":"b","digest":{"sha256":"01"}}],)"
                         R"("predicateType":"https://in-toto.io/attestation/test-result/v0.1",)"
                         R"("predicate":{"result":"WARNED",)",
                         0),
              0U)
        << text;
    EXPECT_EQ(statement_of(clean_run()).size(), 4U) << "verifiers refuse other members";
}

TEST(Statement, SaysWhatFailedAndWhatOnlyWarns) {
    const json predicate = statement_of(leaking_run())["predicate"];
    EXPECT_EQ(predicate["result"], "FAILED");
    EXPECT_EQ(predicate["passedTests"], Names{"secure_accelerator_access/owner_reaches_its_own"});
    EXPECT_EQ(predicate["warnedTests"], Names{"secure_accelerator_access/log_names_no_device"});
    EXPECT_EQ(predicate["failedTests"], Names{"secure_accelerator_access/stranger_reaches_none"});
    EXPECT_EQ(predicate["selected"], Names{"secure_accelerator_access"});
    EXPECT_EQ(predicate["must_total"], 2);
    EXPECT_EQ(predicate["simulated"], false);
}

TEST(Statement, PassesOnlyIfEveryMustPassedOnRealParts) {
    RunResult run = clean_run();
    run.requirements.pop_back();  // the one that was not selected
    EXPECT_EQ(statement_of(run)["predicate"]["result"], "PASSED");
    run.simulated = true;
    EXPECT_EQ(statement_of(run)["predicate"]["result"], "WARNED");
    EXPECT_EQ(statement_of(run)["predicate"]["simulated"], true);
}

TEST(Statement, NamesProfileToolAndProbe) {
    const json configuration = statement_of(clean_run())["predicate"]["configuration"];
    ASSERT_EQ(configuration.size(), 3U);
    EXPECT_EQ(configuration[0]["name"], "profile.yaml");
    EXPECT_EQ(configuration[0]["digest"]["sha256"].get<std::string>().size(), 64U);
    EXPECT_EQ(configuration[1]["uri"], "pkg:generic/assay@0.1.0");
    EXPECT_EQ(configuration[2]["digest"]["sha256"], std::string(64, 'b'));
}

std::multiset<std::string> names(const json& list) {
    return list.get<std::multiset<std::string>>();
}

TEST(Statement, AgreesWithJunitCaseByCase) {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        const RunResult run = random_run(seed);
        pugi::xml_document junit;
        ASSERT_TRUE(junit.load_string(junit_xml(run).c_str()));
        std::multiset<std::string> passed;
        std::multiset<std::string> failed;
        for (const auto& one : junit.select_nodes("//testcase[not(failure|error|skipped)]/@name")) {
            passed.insert(one.attribute().value());
        }
        for (const auto& one : junit.select_nodes("//testcase[failure]/@name")) {
            failed.insert(one.attribute().value());
        }
        const json predicate = statement_of(run)["predicate"];
        EXPECT_EQ(names(predicate["passedTests"]), passed) << seed;
        EXPECT_EQ(names(predicate["failedTests"]), failed) << seed;
    }
}

}  // namespace
}  // namespace assay::reports
