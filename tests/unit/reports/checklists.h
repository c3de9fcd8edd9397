// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Checklists in the shape of the certification programme's, with texts of our own, and what a
// submission's folder is made of in tests.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "reports/checklist.h"

namespace assay::reports {

// The YAML reader that the program gives to reports/.
YamlReader yaml_reader();

// Two MUSTs that the programme's suite has tests for, one MUST it has none for, a SHOULD. No
// k8sConformanceUrl, as in the blank checklist.
std::string blank_checklist();

// The same with everything filled in: a submission that is taken in together with
// submission_artifacts().
std::string filled_checklist();

// text with the first occurrence of what replaced by another; fails the test where there is none.
std::string with(std::string text, const std::string& what, const std::string& by);

// A folder v1.37/turbo below a new one of the test's own; removed with everything in it.
class SubmissionFolder {
public:
    SubmissionFolder();
    ~SubmissionFolder();
    SubmissionFolder(const SubmissionFolder&) = delete;
    SubmissionFolder& operator=(const SubmissionFolder&) = delete;

    void write(const std::string& path, const std::string& content) const;
    // junit.xml, results.json and e2e.log in which the three MUSTs' tests pass.
    void write_artifacts() const;
    const std::filesystem::path& folder() const { return folder_; }
    const std::filesystem::path& root() const { return root_; }

private:
    std::filesystem::path root_;
    std::filesystem::path folder_;
};

}  // namespace assay::reports
