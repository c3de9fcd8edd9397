// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/advice.h"

#include <gtest/gtest.h>

#include <functional>

#include "checklists.h"

namespace assay::reports {
namespace {

struct Mistake {
    const char* rule;
    Severity severity;
    std::string where;
    std::function<std::string(std::string)> plant = [](std::string text) { return text; };
    std::function<void(const SubmissionFolder&)> plant_file = [](const SubmissionFolder&) {};
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.rule << " of " << mistake.where;
}

std::function<std::string(std::string)> replace(const std::string& what, const std::string& by) {
    return [what, by](std::string text) { return with(std::move(text), what, by); };
}

std::vector<Remark> advice_on(const std::string& yaml, const SubmissionFolder& files) {
    files.write("PRODUCT.yaml", yaml);
    const auto official = parse_checklist(blank_checklist(), yaml_reader());
    const auto product = parse_checklist(yaml, yaml_reader());
    const auto place = place_of(files.folder());
    if (!official || !product || !place) {
        ADD_FAILURE() << "the sample cannot be read";
        return {};
    }
    return advise(*official, *product, *place);
}

class CommonMistake : public testing::TestWithParam<Mistake> {};

TEST_P(CommonMistake, IsFoundAndNothingElse) {
    const SubmissionFolder files;
    files.write_artifacts();
    GetParam().plant_file(files);
    const auto remarks = advice_on(GetParam().plant(filled_checklist()), files);
    ASSERT_EQ(remarks.size(), 1u) << remarks_text(remarks);
    EXPECT_EQ(remarks[0].rule, GetParam().rule);
    EXPECT_EQ(remarks[0].severity, GetParam().severity);
    EXPECT_EQ(remarks[0].where, GetParam().where);
}

constexpr Severity objection = Severity::objection;
constexpr Severity warning = Severity::warning;

INSTANTIATE_TEST_SUITE_P(
    Metadata, CommonMistake,
    testing::Values(Mistake{"version_differs", objection, "kubernetesVersion",
                            replace("kubernetesVersion: v1.37", "kubernetesVersion: v1.36")},
                    Mistake{"logo_not_vector", objection, "productLogoUrl",
                            replace("turbo.svg", "turbo.png?x=.svg")},
                    Mistake{"conformance_of_another_version", warning, "k8sConformanceUrl",
                            replace("master/v1.37", "master/v1.35")},
                    Mistake{"contact_no_address", objection, "contactEmailAddress",
                            replace("turbo@yoyo.example", "ask us")},
                    Mistake{"field_unknown", warning, "platform",
                            replace("platformVersion: v1.7.4",
                                    "platformVersion: v1.7.4\n  platform: x")}));

const std::string link = "results.json#gang_scheduling\"";

INSTANTIATE_TEST_SUITE_P(
    Requirements, CommonMistake,
    testing::Values(
        Mistake{"requirement_unknown", objection, "gangs",
                replace("    - id: cluster_autoscaling",
                        "    - id: gangs\n    - id: cluster_autoscaling")},
        Mistake{"requirement_twice", objection, "gpu_sharing",
                [](const std::string& text) {
                    return text + text.substr(text.find("    - id: gpu_sharing"));
                }},
        Mistake{"description_changed", objection, "gang_scheduling",
                replace("All of a gang", "All of it")},
        Mistake{"level_changed", objection, "gpu_sharing", replace("level: SHOULD", "level: MAY")},
        Mistake{"notes_say_otherwise", warning, "secure_accelerator_access",
                replace("notes: \"\"", "notes: \"This is not applicable.\"")},
        Mistake{"link_on_a_branch", warning, "gang_scheduling",
                replace(link, link + "\n        - https://github.com/a/b/blob/main/x.md")},
        Mistake{
            "link_on_a_branch", warning, "gang_scheduling",
            replace(link,
                    link +
                        "\n        - https://raw.githubusercontent.com/a/b/refs/heads/main/x.md")},
        Mistake{"link_to_what_may_vanish", objection, "gang_scheduling",
                replace(link, link + "\n        - https://docs.google.com/document/d/1")}));

INSTANTIATE_TEST_SUITE_P(
    Files, CommonMistake,
    testing::Values(
        Mistake{"artifact_not_cited", warning, "results.json",
                replace("results.json#gang", "e2e.log#gang")},
        Mistake{"artifact_has_skips",
                warning,
                "e2e.log",
                {[](std::string text) { return text; }},
                [](const SubmissionFolder& files) {
                    files.write("e2e.log",
                                "--- PASS: secure_accelerator_access\n--- SKIP: other\n");
                }},
        Mistake{"simulated", objection, "PRODUCT.yaml", replace("It encabulates.", "SIMULATED")},
        Mistake{"simulated",
                objection,
                "e2e.log",
                {[](std::string text) { return text; }},
                [](const SubmissionFolder& files) {
                    files.write("e2e.log", "# SIMULATED\n--- PASS: secure_accelerator_access\n");
                }}));

TEST(AdviceTest, NothingIsSaidOfWhatIsFine) {
    const SubmissionFolder files;
    files.write_artifacts();
    const std::string fine =
        with(filled_checklist(), link,
             link +
                 "\n        - https://github.com/a/b/blob/v1.2/x.md\n        - "
                 "https://github.com/a/b/tree/" +
                 std::string(40, 'a') + "/x\n        - https://yoyo.example/main");
    EXPECT_EQ(remarks_text(advice_on(fine, files)), "");
}

TEST(AdviceTest, AMustWithoutEvidenceIsNoted) {
    const SubmissionFolder files;
    files.write_artifacts();
    const auto remarks =
        advice_on(with(filled_checklist(), "- \"results.json#gang_scheduling\"", "- \" \""), files);
    ASSERT_EQ(remarks.size(), 2u) << remarks_text(remarks);  // results.json is not cited then
    EXPECT_EQ(remarks[0].rule, "must_without_evidence");
}

TEST(AdviceTest, TheGravestStandFirst) {
    EXPECT_EQ(
        remarks_text({{Severity::warning, "a", "", "x"}, {Severity::refusal, "b", "w", "y\nz"}}),
        "refusal b w: y z\nwarning a: x\n");
}

}  // namespace
}  // namespace assay::reports
