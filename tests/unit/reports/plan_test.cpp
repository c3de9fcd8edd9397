// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/plan.h"

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

bool holds_schema(const json& plan) {
    const json text =
        json::parse(std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/reports/plan.schema.json"));
    valijson::Schema schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
    const valijson::adapters::NlohmannJsonAdapter target(plan);
    return valijson::Validator().validate(schema, target, nullptr);
}

PlannedRequirement requirement(std::string id, int accelerators, int pods) {
    PlannedRequirement one;
    one.id = std::move(id);
    one.category = "security";
    one.title = "A title";
    one.kar = "KAR-0049";
    one.accelerators = accelerators;
    one.accelerators_on_node = accelerators + 1;
    one.nodes = 1;
    one.space = "assay-RUN-x";
    one.objects = {{"Namespace", 1, true}, {"Pod", pods, false}};
    one.attempts = {{"env_all_reaches_none", "asking reaches none", {"sets A=all"}}};
    one.duration_ms = 4000;
    one.cleanup_duration_ms = 7000;
    return one;
}

Plan sample() {
    Plan plan;
    plan.tool_version = "0.1.0";
    plan.profile_id = "k8s-ai-1.37";
    plan.cluster.context = "here";
    plan.cluster.version = "v1.37.1";
    plan.candidate_nodes = {"node-a"};
    plan.images = {{"core", "r/core:1", "sha256:00"}};
    plan.rights = {{.verb = "list",
                    .resource = "nodes",
                    .name = {},
                    .where = "cluster",
                    .why = "find the nodes",
                    .unused_when = {}},
                   {.verb = "get",
                    .resource = "namespaces",
                    .name = "kube-system",
                    .where = "cluster",
                    .why = "tell clusters apart",
                    .unused_when = "it is Tuesday"}};
    plan.requirements = {requirement("first", 1, 8), requirement("second", 3, 2)};
    PlannedRequirement unsettled;
    unsettled.id = "third";
    unsettled.askable = false;
    unsettled.missing = {"no check in this version of assay"};
    plan.requirements.push_back(unsettled);
    return plan;
}

TEST(PlanTotals, AreTheMostAtATimeAndTheSumOfTheRest) {
    Plan plan = sample();
    const PlannedRequirement all = in_all(plan);
    EXPECT_EQ(all.accelerators, 3);
    EXPECT_EQ(all.accelerators_on_node, 4);
    EXPECT_EQ(all.duration_ms, 8000);
    EXPECT_EQ(all.cleanup_duration_ms, 14000);
    ASSERT_EQ(all.objects.size(), 2U);
    EXPECT_EQ(all.objects[0].count, 2);
    EXPECT_EQ(all.objects[1].count, 10);
    EXPECT_EQ(all.attempts.size(), 2U);
    plan.requirements[1].askable = false;
    EXPECT_EQ(in_all(plan).accelerators, 1);
}

TEST(PlanExitCode, IsFourOnlyForARightThatIsNeeded) {
    Plan plan = sample();
    EXPECT_EQ(exit_code_of(plan), 0);
    plan.rights[0].allowed = false;
    EXPECT_EQ(exit_code_of(plan), 4);
    plan.rights[0].required = false;
    EXPECT_EQ(exit_code_of(plan), 0);
}

TEST(PlanJson, HoldsItsSchema) {
    const json plan = json::parse(plan_json(sample()));
    EXPECT_TRUE(holds_schema(plan));
    EXPECT_TRUE(holds_schema(json::parse(plan_json({}))) == false);  // no profile
    EXPECT_EQ(plan["total"]["objects"][1]["count"], 10);
    EXPECT_EQ(plan["requirements"][0]["objects"][1]["namespace"], "assay-RUN-x");
    EXPECT_EQ(plan["rights"][1]["name"], "kube-system");
    EXPECT_EQ(plan["rights"][1]["unusedWhen"], "it is Tuesday");
}

TEST(PlanSchema, RefusesWhatAPlanMustNotSay) {
    const json good = json::parse(plan_json(sample()));
    const std::pair<const char*, json> changes[] = {
        {"/schemaVersion", "2.0.0"},
        {"/surprise", true},
        {"/exitCode", 1},
        {"/total/accelerators", -1},
        {"/requirements/0/level", "may"},
        {"/requirements/0/id", "First"},
        {"/requirements/0/objects/0/surprise", 1},
        {"/requirements/0/forgingAttempts/0/does", json::array({1})},
        {"/rights/0/allowed", "yes"},
        {"/images/0/reference", ""},
    };
    for (const auto& [where, value] : changes) {
        json bad = good;
        bad[json::json_pointer(where)] = value;
        EXPECT_FALSE(holds_schema(bad)) << where;
    }
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(PlanText, SaysWhatItCostsWhatItTriesAndWhatIsMissing) {
    Plan plan = sample();
    plan.rights[0].allowed = false;
    const std::string text = plan_text(plan);
    for (const char* part :
         {"2 of 3 selected requirement(s) can be asked", "first (must, KAR-0049)",
          "accelerators: 1 (2 on one node for every question); nodes: 1; 4 s and 7 s of clean-up",
          "creates at most 8 Pod in namespace assay-RUN-x; cluster-scoped: 1 Namespace",
          "env_all_reaches_none: asking reaches none", "sets A=all",
          "no check in this version of assay, so inconclusive: third", "r/core:1 sha256:00",
          "get                              namespaces kube-system (cluster)",
          "cannot list nodes (cluster), to find the nodes"}) {
        EXPECT_TRUE(has(text, part)) << part << "\n" << text;
    }
    EXPECT_TRUE(has(plan_text(sample()), "this account has all of them"));
}

TEST(PlanText, OfAHostileClusterIsFitToPrint) {
    Plan plan = sample();
    plan.cluster.context = "\x1b[31mred";
    plan.candidate_nodes = {"a\x1b]0;title\x07"};
    plan.warnings = {"\x1b[2J"};
    EXPECT_EQ(plan_text(plan).find('\x1b'), std::string::npos);
    EXPECT_TRUE(holds_schema(json::parse(plan_json(plan))));
}

}  // namespace
}  // namespace assay::reports
