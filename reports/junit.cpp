// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/junit.h"

#include <vector>

#include "reports/junit_document.h"

namespace assay::reports {

namespace {

const char* word(bool value) {
    return value ? "true" : "false";
}

Suite suite_of(const RunResult& run, const RequirementResult& requirement) {
    return {.name = requirement.category + "/" + requirement.id,
            .id = requirement.id,
            .package = "assay." + requirement.category,
            .classname = "assay." + requirement.category + "." + requirement.id,
            .started_at = requirement.started_at,
            .duration_ms = requirement.duration_ms,
            .properties = {{"headline", headline(run)},
                           {"run.id", run.run_id},
                           {"run.simulated", word(run.simulated)},
                           {"profile", run.profile_id},
                           {"requirement.id", requirement.id},
                           {"requirement.level", std::string(to_string(requirement.level))},
                           {"requirement.counted", word(requirement.counted)},
                           {"requirement.outcome",
                            std::string(to_string(settled_outcome(run, requirement)))},
                           {"requirement.kar", requirement.kar}},
            .cases = cases_of(run, requirement)};
}

}  // namespace

std::string junit_xml(const RunResult& run) {
    std::vector<Suite> suites;
    for (const RequirementResult& requirement : run.requirements) {
        if (requirement.selected) {
            suites.push_back(suite_of(run, requirement));
        }
    }
    return junit_document(headline(run), suites, run.duration_ms);
}

}  // namespace assay::reports
