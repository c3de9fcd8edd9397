// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/triage.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace assay::reports {
namespace {

using nlohmann::json;
using triage::Link;

bool holds_schema(const json& report) {
    const json text =
        json::parse(std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/reports/triage.schema.json"));
    valijson::Schema schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
    const valijson::adapters::NlohmannJsonAdapter target(report);
    return valijson::Validator().validate(schema, target, nullptr);
}

triage::NodeReport node(std::string name) {
    return {.name = std::move(name),
            .accelerators = {{"nvidia", 8}},
            .findings = {},
            .holders = {{"pod ml/train", "gpu.nvidia.com gpu-3"}},
            .warnings = {"Node gpu-0: Rebooted: it did"},
            .versions = {{"kubelet", "v1.37.1"}}};
}

triage::Report broken_pool() {
    triage::Report report;
    report.scope = "pool a=b";
    report.nodes = {node("gpu-0"), node("gpu-1"), node("gpu-2")};
    report.nodes[1].accelerators["nvidia"] = 0;
    report.nodes[1].findings = {{Link::pod, "driver pod crashes", "kubectl -n nvidia logs p"},
                                {Link::skew, "its kernel is old", "kubectl get node gpu-1"}};
    report.others = 4;
    report.unseen = {{.what = "events", .why = "forbidden", .then = "no words", .link = false}};
    report.exit_code = 1;
    return report;
}

TEST(TriageText, GivesOneCauseAndOneCommandForEachNode) {
    EXPECT_EQ(triage_text(broken_pool()),
              "gpu-1  pod: driver pod crashes\n"
              "    next: kubectl -n nvidia logs p    (1 more behind it: --json)\n"
              "nothing found on gpu-0, gpu-2\n"
              "not seen: events: forbidden; no words\n"
              "pool a=b: 1 of 3 accelerator node(s) broken; devices offered: nvidia 16; 4 other "
              "node(s)\n");
}

TEST(TriageText, CountsWhereThereAreMany) {
    triage::Report report;
    for (int i = 0; i < 1000; ++i) {
        report.nodes.push_back(node("gpu-" + std::to_string(i)));
    }
    EXPECT_NE(triage_text(report).find("gpu-7, 992 more\n"), std::string::npos);
}

TEST(TriageText, SaysThatNothingIsThere) {
    triage::Report report;
    report.none = "none of 3 node(s) has an accelerator";
    report.looked_for = {"ResourceSlices (0)"};
    report.exit_code = 4;
    EXPECT_EQ(triage_text(report),
              "none of 3 node(s) has an accelerator\nlooked for: ResourceSlices (0)\n");
}

TEST(TriageText, LetsNoEscapeThrough) {
    triage::Report report = broken_pool();
    report.nodes[1].findings[0].cause = "its last line: \x1b[31mred\nand more\x07";
    report.nodes[1].name = "gpu\x1b]0;x\x07";
    for (const std::string& text : {triage_text(report), triage_json(report)}) {
        EXPECT_EQ(text.find('\x1b'), std::string::npos);
        EXPECT_EQ(text.find('\x07'), std::string::npos);
    }
}

TEST(TriageJson, HoldsItsSchema) {
    const json report = json::parse(triage_json(broken_pool()));
    EXPECT_TRUE(holds_schema(report));
    EXPECT_EQ(report["nodes"][1]["findings"][0]["link"], "pod");
    EXPECT_EQ(report["nodes"][0]["holders"][0]["who"], "pod ml/train");
    json wrong = report;
    wrong["nodes"][1]["findings"][0]["link"] = "elsewhere";
    EXPECT_FALSE(holds_schema(wrong));
    EXPECT_TRUE(holds_schema(json::parse(triage_json({}))));
}

}  // namespace
}  // namespace assay::reports
