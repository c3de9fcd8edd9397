// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The rules by which the certification programme takes a submission in, as its validator applies
// them (cncf/k8s-ai-conformance, scripts/validate.go, October 2026), without its network checks:
// what those would ask is listed instead. Reads the files that are cited; no link is followed.
// Blocking, any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reports/checklist.h"
#include "reports/submission_place.h"

namespace assay::reports {

enum class Severity {
    refusal,    // the validator refuses the submission for it
    objection,  // it breaks the programme's instructions, or reviewers have sent others back for it
    warning,    // shown to the reviewer, who decides
};
std::string_view to_string(Severity severity);

struct Remark {
    Severity severity = Severity::refusal;
    std::string rule;      // static id: "status_not_implemented"
    std::string where;     // requirement, metadata field, file; "" of the whole
    std::string sentence;  // what is wrong and what to do
};

struct Intake {
    std::vector<Remark> remarks;
    std::vector<std::string> urls;  // that the validator would have to reach
    bool vendor_checked = false;    // against the list of members
};

// Names of members; nullptr where no list is at hand.
using Members = std::set<std::string, std::less<>>;

Intake check_intake(const Checklist& official, const Checklist& product, const Place& place,
                    const Members* members);

// MUSTs that may be N/A, with a reason in their notes.
bool may_be_not_applicable(std::string_view requirement);

// The test of the programme's own suite that an artifact without a fragment is asked for; "" where
// it has none for the requirement.
std::string_view upstream_test_of(std::string_view requirement);

}  // namespace assay::reports
