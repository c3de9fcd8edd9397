// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "sample_runs.h"

namespace assay::reports {
namespace {

using nlohmann::json;

std::unique_ptr<valijson::Schema> read_schema() {
    const json text =
        json::parse(std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/reports/report.schema.json"));
    auto schema = std::make_unique<valijson::Schema>();
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), *schema);
    return schema;
}

// Why the report breaks the schema; empty if it does not.
std::string broken_by(const json& report) {
    static const std::unique_ptr<valijson::Schema> schema = read_schema();
    valijson::ValidationResults results;
    const valijson::adapters::NlohmannJsonAdapter target(report);
    if (valijson::Validator().validate(*schema, target, &results)) {
        return {};
    }
    std::string why = "broken";
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
        why += "\n";
        for (const std::string& part : error.context) {
            why += part;
        }
        why += ": " + error.description;
    }
    return why;
}

json report_of(const RunResult& run) {
    return json::parse(report_json(run));
}

TEST(ReportJson, HoldsItsSchema) {
    EXPECT_EQ(broken_by(report_of(clean_run())), "");
    EXPECT_EQ(broken_by(report_of(leaking_run())), "");
}

TEST(ReportJson, HoldsItsSchemaWhateverTheClusterSays) {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        EXPECT_EQ(broken_by(report_of(random_run(seed))), "") << "seed " << seed;
    }
}

TEST(ReportSchema, RefusesWhatAReportMustNotSay) {
    const json good = report_of(leaking_run());
    const std::pair<const char*, json> changes[] = {
        {"/schemaVersion", "2.0.0"},
        {"/run/result", "PASSED"},
        {"/run/exitCode", 7},
        {"/run/duration_ms", -1},
        {"/run/duration_ms", 1.5},
        {"/run/surprise", true},
        {"/requirements/0/outcome", "skipped"},
        {"/requirements/0/assertions/0/findings/0/outcome", "ok"},
        {"/requirements/0/assertions/0/id", "Pod-x7"},
        {"/requirements/0/evidence/0/path", "../x"},
        {"/requirements/0/evidence/0/sha256", "AB"},
        {"/requirements/1/outcome", "passed"},  // it was not selected
        {"/headline", ""},
    };
    for (const auto& [where, what] : changes) {
        json bad = good;
        bad[json::json_pointer(where)] = what;
        EXPECT_NE(broken_by(bad), "") << where << " = " << what;
    }
    json bad = good;
    bad["requirements"][0].erase("outcome");
    EXPECT_NE(broken_by(bad), "");
}

TEST(ReportJson, BeginsWithVersionKindAndHeadline) {
    const std::string text = report_json(leaking_run());
    EXPECT_EQ(
        text.rfind("{\n  \"schemaVersion\": \"1.0.0\",\n  \"kind\": \"AIConformanceReport\",\n"
                   "  \"headline\": \"1 of 2 MUSTs examined: 0 passed, 1 failed;",
                   0),
        0U);
    EXPECT_EQ(text, report_json(leaking_run()));
}

TEST(ReportJson, CarriesSimulatedFromFindingToRun) {
    RunResult run = clean_run();
    run.simulated = true;
    run.requirements[0].assertions[0].findings[0].simulated = true;
    const json report = report_of(run);
    EXPECT_EQ(report["run"]["simulated"], true);
    EXPECT_EQ(report["requirements"][0]["simulated"], true);
    EXPECT_EQ(report["requirements"][1]["simulated"], false);
    EXPECT_EQ(report["requirements"][0]["assertions"][0]["findings"][0]["simulated"], true);
    EXPECT_EQ(report["headline"].get<std::string>().rfind("SIMULATED: ", 0), 0U);
}

TEST(ReportJson, SaysWhatCountsAndWhatWasNotAsked) {
    const json report = report_of(leaking_run());
    const json& secure = report["requirements"][0];
    EXPECT_EQ(secure["outcome"], "failed");
    EXPECT_EQ(secure["beyondOutcome"], "failed");
    EXPECT_EQ(secure["assertions"][1]["counted"], true);
    EXPECT_EQ(secure["assertions"][2]["counted"], false);
    EXPECT_EQ(secure["assertions"][3]["outcome"], "not_applicable");
    EXPECT_EQ(report["requirements"][1]["selected"], false);
    EXPECT_FALSE(report["requirements"][1].contains("outcome"));
    EXPECT_EQ(report["run"]["exitCode"], 1);
    EXPECT_EQ(report["run"]["result"], "failed");
    EXPECT_EQ(report["summary"]["must"]["notSelected"], 1);
}

TEST(ReportJson, SaysHowLongTheClusterWasWaitedForAndWhatForInTheEnd) {
    RunResult run = clean_run();
    EXPECT_FALSE(report_of(run)["run"].contains("waitSettled"));
    run.settling = Settling{.settled = false,
                            .limit_ms = 60'000,
                            .duration_ms = 60'001,
                            .unsettled = 2,
                            .waiting_for = {"node a is not Ready", "node b is not Ready"}};
    const json report = report_of(run);
    EXPECT_EQ(broken_by(report), "");
    EXPECT_EQ(report["run"]["exitCode"], 4);
    EXPECT_EQ(report["run"]["waitSettled"],
              json::parse(R"({"settled": false, "limit_ms": 60000, "duration_ms": 60001,
                              "unsettled": 2,
                              "waitingFor": ["node a is not Ready", "node b is not Ready"]})"));
}

TEST(ReportJson, NamesTheRunWhoseUnsettledRequirementsItAskedAnew) {
    RunResult run = clean_run();
    EXPECT_FALSE(report_of(run)["run"].contains("rerunOf"));
    run.rerun_of =
        EarlierRun{.run_id = "r2d2", .report_sha256 = std::string(64, 'a'), .failed = {"a"}};
    const json report = report_of(run);
    EXPECT_EQ(broken_by(report), "");
    EXPECT_EQ(report["run"]["rerunOf"]["runId"], "r2d2");
    EXPECT_EQ(report["run"]["rerunOf"]["reportSha256"], std::string(64, 'a'));
    EXPECT_EQ(report["run"]["rerunOf"]["failed"], json({"a"}));
}

TEST(ReportJson, NamesEvidenceByDigest) {
    const json report = report_of(clean_run());
    const json& evidence = report["requirements"][0]["evidence"][0];
    EXPECT_EQ(evidence["size_bytes"], 3);
    EXPECT_EQ(evidence["sha256"],
              "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356");
}

}  // namespace
}  // namespace assay::reports
