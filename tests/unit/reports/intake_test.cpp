// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/intake.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "checklists.h"

namespace assay::reports {
namespace {

struct Fault {
    const char* rule;
    Severity severity;
    std::string where;
    std::function<std::string(std::string)> plant;                 // in PRODUCT.yaml
    std::function<void(const SubmissionFolder&)> plant_file = {};  // beside it
};

void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.rule;
}

std::function<std::string(std::string)> replace(const std::string& what, const std::string& by) {
    return [what, by](std::string text) { return with(std::move(text), what, by); };
}

std::function<std::string(std::string)> nothing() {
    return [](std::string text) { return text; };
}

std::vector<Remark> remarks_on(const std::string& product, const SubmissionFolder& files,
                               const Members* members = nullptr) {
    const auto official = parse_checklist(blank_checklist(), yaml_reader());
    const auto told = parse_checklist(product, yaml_reader());
    const auto place = place_of(files.folder());
    if (!official || !told || !place) {
        ADD_FAILURE() << (told ? place.error() : told.error());
        return {};
    }
    return check_intake(*official, *told, *place, members).remarks;
}

class IntakeFault : public testing::TestWithParam<Fault> {};

// Exactly that, so that no rule hides behind another.
TEST_P(IntakeFault, IsFoundAndNothingElse) {
    const Fault& fault = GetParam();
    const SubmissionFolder files;
    files.write_artifacts();
    if (fault.plant_file) {
        fault.plant_file(files);
    }
    auto remarks = remarks_on(fault.plant(filled_checklist()), files);
    std::erase_if(remarks, [&](const Remark& one) {
        return one.rule == "must_not_applicable" && fault.rule != one.rule;  // of the sample itself
    });
    ASSERT_EQ(remarks.size(), 1u);
    EXPECT_EQ(remarks[0].rule, fault.rule);
    EXPECT_EQ(remarks[0].severity, fault.severity);
    EXPECT_EQ(remarks[0].where, fault.where);
    EXPECT_FALSE(remarks[0].sentence.empty());
}

constexpr Severity refusal = Severity::refusal;

INSTANTIATE_TEST_SUITE_P(
    Metadata, IntakeFault,
    testing::Values(
        Fault{"metadata_section_missing", refusal, "", replace("metadata:", "data:")},
        Fault{"metadata_missing", refusal, "contactEmailAddress",
              replace("contactEmailAddress", "contact")},
        Fault{"metadata_missing", refusal, "k8sConformanceUrl",
              replace("k8sConformanceUrl", "url")},
        Fault{"metadata_missing", refusal, "platformName", replace("Turbo Encabulator", "null")},
        Fault{"metadata_not_text", refusal, "platformVersion", replace("v1.7.4", "1.7")},
        Fault{"metadata_empty", refusal, "description", replace("It encabulates.", "")},
        Fault{"metadata_placeholder", refusal, "vendorName",
              replace("Yoyodyne", "\"[Vendor Name]\"")},
        Fault{"conformance_url_form", refusal, "k8sConformanceUrl",
              replace("tree/master", "blob/master")},
        Fault{"conformance_url_form", refusal, "k8sConformanceUrl",
              replace("v1.37/turbo\n", "v1.37\n")},
        Fault{"conformance_url_form", refusal, "k8sConformanceUrl",
              replace("v1.37/turbo\n", "v1.37/a/b\n")}));

INSTANTIATE_TEST_SUITE_P(
    Spec, IntakeFault,
    testing::Values(
        Fault{"spec_section_missing", refusal, "", replace("spec:", "specification:")},
        Fault{"category_missing", refusal, "accelerators",
              replace("  accelerators:", "  devices:")},
        Fault{"requirement_missing", refusal, "gang_scheduling",
              replace("id: gang_scheduling", "id: gangs")},
        Fault{"status_unknown", refusal, "gpu_sharing",
              [](const std::string& text) {
                  return with(
                      text,
                      "\"An accelerator may be shared.\"\n      level: SHOULD\n      status: \"\"",
                      "\"An accelerator may be shared.\"\n      level: SHOULD\n      status: "
                      "\"Done\"");
              }},
        Fault{"must_not_implemented", refusal, "gang_scheduling",
              [](const std::string& text) {
                  const std::size_t at = text.find("gang_scheduling");
                  return text.substr(0, at) +
                         with(text.substr(at), "\"Implemented\"", "\"Partially Implemented\"");
              }},
        Fault{"must_not_implemented", refusal, "gang_scheduling",
              [](const std::string& text) {
                  const std::size_t at = text.find("gang_scheduling");
                  return text.substr(0, at) +
                         with(with(text.substr(at), "\"Implemented\"", "\"N/A\""), "notes: \"\"",
                              "notes: \"none of it here\"");
              }},
        Fault{"not_applicable_without_notes", refusal, "cluster_autoscaling",
              replace("The platform has no autoscaler.", "  ")},
        Fault{"must_not_applicable", Severity::warning, "cluster_autoscaling", nothing()},
        Fault{"no_test_artifact", Severity::warning, "gang_scheduling",
              replace("results.json#gang_scheduling", "https://yoyo.example/gangs")}));

INSTANTIATE_TEST_SUITE_P(
    Evidence, IntakeFault,
    testing::Values(
        Fault{"evidence_path", refusal, "secure_accelerator_access",
              replace("junit.xml#", "../junit.xml#")},
        Fault{"evidence_path", refusal, "secure_accelerator_access",
              replace("junit.xml#", "file://v1.37/other/junit.xml#")},
        Fault{"evidence_path", refusal, "secure_accelerator_access", replace("junit.xml#", "#")},
        Fault{"evidence_missing", refusal, "gang_scheduling",
              replace("- \"results.json#gang_scheduling\"",
                      "- \"results.json#gang_scheduling\"\n        - \"see gangs.md\"")},
        Fault{"artifact_unreadable", refusal, "gang_scheduling", nothing(),
              [](const SubmissionFolder& files) {
                  files.write("results.json", "{\n\"kind\": \"Report\"\n}");
              }},
        Fault{"artifact_unreadable", refusal, "secure_accelerator_access", nothing(),
              [](const SubmissionFolder& files) {
                  files.write("e2e.log", "Ran 11 of 7144 Specs\nPASS\n");
              }},
        Fault{"artifact_has_failures", refusal, "results.json", nothing(),
              [](const SubmissionFolder& files) {
                  files.write("results.json",
                              "{\"Action\":\"pass\",\"Test\":\"gang_scheduling\"}\n{\"Action\":"
                              "\"fail\",\"Test\":\"B\"}");
              }},
        Fault{"test_not_found", refusal, "gang_scheduling", replace("#gang_scheduling", "#gangs")},
        // Without a fragment the programme's own test is looked for.
        Fault{"test_not_found", refusal, "gang_scheduling", replace("#gang_scheduling", "")},
        Fault{"test_skipped", refusal, "gang_scheduling", nothing(),
              [](const SubmissionFolder& files) {
                  files.write("results.json", "{\"Action\":\"skip\",\"Test\":\"gang_scheduling\"}");
              }}));

TEST(IntakeTest, TakesInWhatIsFilledInAsAsked) {
    const SubmissionFolder files;
    files.write_artifacts();
    const auto remarks = remarks_on(filled_checklist(), files);
    ASSERT_EQ(remarks.size(), 1u);  // that a MUST is N/A is for the reviewer to judge
    EXPECT_EQ(remarks[0].severity, Severity::warning);
}

TEST(IntakeTest, SaysThatATestFailedBesideThatItsFileHoldsFailures) {
    const SubmissionFolder files;
    files.write_artifacts();
    files.write("results.json", "{\"Action\":\"fail\",\"Test\":\"gang_scheduling\"}");
    const auto remarks = remarks_on(filled_checklist(), files);
    const auto rules = [&](const char* rule) {
        return std::ranges::count(remarks, rule, &Remark::rule);
    };
    EXPECT_EQ(rules("artifact_has_failures"), 1);
    EXPECT_EQ(rules("test_failed"), 1);
}

TEST(IntakeTest, AsksForNoArtifactBefore137) {
    const SubmissionFolder files;
    files.write_artifacts();
    const auto official = parse_checklist(blank_checklist(), yaml_reader());
    const auto product = parse_checklist(
        with(filled_checklist(), "results.json#gang_scheduling", "https://yoyo.example"),
        yaml_reader());
    auto place = *place_of(files.folder());
    place.version = "1.36";
    EXPECT_EQ(std::ranges::count(check_intake(*official, *product, place, nullptr).remarks,
                                 "no_test_artifact", &Remark::rule),
              0);
}

TEST(IntakeTest, KnowsMembersByTheirVeryName) {
    const SubmissionFolder files;
    files.write_artifacts();
    const Members same{"Yoyodyne"};
    const Members another{"Yoyodyne Inc."};
    EXPECT_EQ(remarks_on(filled_checklist(), files, &same).size(), 1u);
    const auto remarks = remarks_on(filled_checklist(), files, &another);
    ASSERT_EQ(remarks.size(), 2u);
    EXPECT_EQ(remarks[0].rule, "vendor_not_a_member");
}

TEST(IntakeTest, ListsWhatItCannotReach) {
    const SubmissionFolder files;
    files.write_artifacts();
    const auto official = parse_checklist(blank_checklist(), yaml_reader());
    const auto product = parse_checklist(filled_checklist(), yaml_reader());
    const Intake intake = check_intake(*official, *product, *place_of(files.folder()), nullptr);
    EXPECT_FALSE(intake.vendor_checked);
    EXPECT_EQ(intake.urls.size(), 4u);
}

TEST(ChecklistTest, EvidenceThatIsNoListIsRefusedAsAWhole) {
    const auto read =
        parse_checklist(with(filled_checklist(), "evidence: []", "evidence: \"x\""), yaml_reader());
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().find("cluster_autoscaling"), std::string::npos) << read.error();
}

TEST(PlaceTest, IsReadFromTheFolders) {
    const SubmissionFolder files;
    files.write("PRODUCT.yaml", "");
    const auto place = place_of(files.folder() / "PRODUCT.yaml");
    ASSERT_TRUE(place) << place.error();
    EXPECT_EQ(place->version, "1.37");
    EXPECT_EQ(place->name, "turbo");
    EXPECT_FALSE(place_of(files.root()));
}

TEST(EvidenceTest, NamesAFileBelowTheSubmission) {
    const Place place{"/r/v1.37/turbo", "1.37", "turbo"};
    for (const auto& [link, path] : {std::pair{" junit.xml#A b ", "junit.xml"},
                                     {"file://junit.xml", "junit.xml"},
                                     {"file:///junit.xml", "junit.xml"},
                                     {"file://v1.37/turbo/a/../junit.xml#x", "junit.xml"},
                                     {"./results/junit.xml", "results/junit.xml"},
                                     {"v1.37/turbo", "v1.37/turbo"}}) {
        const auto ref = resolve_evidence(place, link);
        ASSERT_TRUE(ref) << link << ": " << ref.error();
        EXPECT_EQ(ref->path, path) << link;
    }
    EXPECT_EQ(resolve_evidence(place, "junit.xml#A/b")->fragment, "A/b");
    for (const char* link :
         {"", "#A", "file://", "..", "a/../..", "v1.36/turbo/junit.xml", "v1.37/turbo/.."}) {
        EXPECT_FALSE(resolve_evidence(place, link)) << link;
    }
}

}  // namespace
}  // namespace assay::reports
