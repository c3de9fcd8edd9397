// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "checklists.h"

#include <gtest/gtest.h>

#include <fstream>

#include "kube/manifest.h"

namespace assay::reports {

namespace fs = std::filesystem;

YamlReader yaml_reader() {
    return [](std::string_view yaml) -> std::expected<nlohmann::json, std::string> {
        auto documents = kube::documents_of_yaml(yaml);
        if (!documents) {
            return std::unexpected(documents.error().message);
        }
        return documents->empty() ? nlohmann::json() : std::move(documents->front());
    };
}

std::string blank_checklist() {
    return R"(# A checklist of the tests - v1.37
# Its comments stay.

metadata:
  kubernetesVersion: v1.37
  platformName: "[Platform Name]"
  platformVersion: "[Platform Version]"
  vendorName: "[Vendor Name]"
  websiteUrl: "[Website URL]"
  repoUrl: "[Repository URL]"
  documentationUrl: "[Documentation URL]"
  productLogoUrl: "[Logo URL]"
  description: "[Description]"
  contactEmailAddress: "[Contact Email Address]"

spec:
  security:
    - id: secure_accelerator_access
      description: "Accelerators are reached by whom they were allocated to: no one else."
      level: MUST
      status: ""
      evidence: []
      notes: ""
  schedulingOrchestration:
    - id: gang_scheduling
      description: "All of a gang or none of it."
      level: MUST
      status: ""
      evidence: []
      notes: ""
    - id: cluster_autoscaling
      description: "Nodes come when they are asked for."
      level: MUST
      status: ""
      evidence: []
      notes: ""
  accelerators:
    - id: gpu_sharing
      description: "An accelerator may be shared."
      level: SHOULD
      status: ""
      evidence: []
      notes: ""
)";
}

std::string filled_checklist() {
    return R"(metadata:
  kubernetesVersion: v1.37
  platformName: Turbo Encabulator
  platformVersion: v1.7.4
  vendorName: Yoyodyne
  website_url: https://yoyo.example/turbo
  documentationUrl: https://yoyo.example/turbo/docs
  productLogoUrl: https://yoyo.example/turbo.svg
  description: "It encabulates."
  contactEmailAddress: turbo@yoyo.example
  k8sConformanceUrl: https://github.com/cncf/k8s-conformance/tree/master/v1.37/turbo

spec:
  security:
    - id: secure_accelerator_access
      description: "Accelerators are reached by whom they were allocated to: no one else."
      level: MUST
      status: "Implemented"
      evidence:
        - "junit.xml#secure_accelerator_access"
        - "file://v1.37/turbo/e2e.log#secure_accelerator_access"
      notes: ""
  schedulingOrchestration:
    - id: gang_scheduling
      description: "All of a gang or none of it."
      level: MUST
      status: "Implemented"
      evidence:
        - "results.json#gang_scheduling"
      notes: ""
    - id: cluster_autoscaling
      description: "Nodes come when they are asked for."
      level: MUST
      status: "N/A"
      evidence: []
      notes: "The platform has no autoscaler."
  accelerators:
    - id: gpu_sharing
      description: "An accelerator may be shared."
      level: SHOULD
      status: ""
      evidence: []
      notes: ""
)";
}

std::string with(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    if (at == std::string::npos) {
        ADD_FAILURE() << "the sample has no " << what;
        return text;
    }
    return text.replace(at, what.size(), by);
}

SubmissionFolder::SubmissionFolder()
    : root_(fs::path(testing::TempDir()) /
            (std::string(testing::UnitTest::GetInstance()->current_test_info()->test_suite_name()) +
             "." + testing::UnitTest::GetInstance()->current_test_info()->name())),
      folder_(root_ / "v1.37" / "turbo") {
    fs::remove_all(root_);
    fs::create_directories(folder_);
}

SubmissionFolder::~SubmissionFolder() {
    fs::remove_all(root_);
}

void SubmissionFolder::write(const std::string& path, const std::string& content) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path, std::ios::binary) << content;
}

void SubmissionFolder::write_artifacts() const {
    write("junit.xml", R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="s"><testcase name="secure_accelerator_access"/>
<testcase name="gang_scheduling"/></testsuite></testsuites>)");
    write("results.json", R"({"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"gang_scheduling"}
{"Action":"output","Package":"p","Test":"gang_scheduling","Output":"--- FAIL: not_a_result\n"}
{"Action":"pass","Package":"p","Test":"gang_scheduling","Elapsed":1.5}
{"Action":"pass","Package":"p","Elapsed":1.5}
)");
    write("e2e.log",
          "=== RUN   secure_accelerator_access\n--- PASS: secure_accelerator_access (1.50s)\n");
}

}  // namespace assay::reports
