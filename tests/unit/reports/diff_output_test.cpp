// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/diff_output.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "sample_diffs.h"

namespace assay::reports {
namespace {

using nlohmann::json;

bool holds_schema(const json& diff) {
    const json text =
        json::parse(std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/reports/diff.schema.json"));
    valijson::Schema schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
    const valijson::adapters::NlohmannJsonAdapter target(diff);
    return valijson::Validator().validate(schema, target, nullptr);
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

TEST(DiffJson, HoldsItsSchema) {
    for (const Diff& diff : sample_diffs()) {
        json told = json::parse(diff_json(diff));
        EXPECT_TRUE(holds_schema(told)) << told.dump(1);
        EXPECT_EQ(told["exitCode"], exit_code_of(diff));
        told["exitCode"] = 7;
        EXPECT_FALSE(holds_schema(told));
    }
}

TEST(DiffJunit, HasAFailureExactlyWhereTheExitCodeIsOne) {
    for (const Diff& diff : sample_diffs()) {
        pugi::xml_document document;
        ASSERT_TRUE(document.load_string(diff_junit(diff).c_str()));
        const auto root = document.child("testsuites");
        const int code = exit_code_of(diff);
        EXPECT_EQ(root.attribute("failures").as_int() > 0, code == 1) << headline(diff);
        EXPECT_EQ(root.attribute("errors").as_int() > 0 && root.attribute("failures").as_int() == 0,
                  code == 4)
            << headline(diff);
        EXPECT_EQ(root.attribute("tests").as_int(), 10);
    }
}

TEST(DiffText, BeginsWithTheVerdictAndNamesEachDifference) {
    const std::string text = diff_text(regressed());
    EXPECT_TRUE(text.starts_with("GATE CLOSED: 1 regressions")) << text;
    EXPECT_NE(text.find("regression  a/holds  passed -> failed  [closes the gate]"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("next: look at it"), std::string::npos) << text;
    EXPECT_NE(text.find("changed beside: Kubernetes v1.36.4 -> v1.37.1"), std::string::npos)
        << text;
}

TEST(DiffText, TellsGoodNewsByNameAlone) {
    Diff diff = regressed();
    diff.differences[0].change = Change::newly_passed;
    diff.differences[0].effect = Effect::none;
    diff.differences.resize(12, diff.differences[0]);
    const std::string text = diff_text(diff);
    EXPECT_NE(text.find("new_pass (12): a/holds a/holds"), std::string::npos) << text;
    EXPECT_EQ(count(text, "a/holds"), 8U) << text;
    EXPECT_EQ(text.find("look at it"), std::string::npos) << text;
}

// What a cluster calls things must not become a table's cell, a link, an image or a mention.
TEST(DiffMarkdown, TextFromTheClusterIsInert) {
    Diff diff = regressed();
    diff.differences[0].detail =
        "| <img src=x onerror=alert(1)> [a](http://b) @all `x` ![y](z)\n# h";
    const std::string text = diff_markdown(diff);
    EXPECT_EQ(text.find("<img"), std::string::npos) << text;
    EXPECT_EQ(text.find("](http"), std::string::npos) << text;
    EXPECT_EQ(text.find(" @all"), std::string::npos) << text;
    EXPECT_EQ(count(text, "\n# "), 0U) << text;
    const std::string row = text.substr(text.find("| regression"));
    EXPECT_EQ(count(row, " | "), 4U) << row;
}

TEST(DiffMarkdown, SaysThatItIsSimulated) {
    Diff diff = regressed();
    diff.base.simulated = diff.now.simulated = true;
    EXPECT_TRUE(diff_text(diff).starts_with("SIMULATED: ")) << diff_text(diff);
    EXPECT_NE(diff_markdown(diff).find("SIMULATED"), std::string::npos);
}

}  // namespace
}  // namespace assay::reports
