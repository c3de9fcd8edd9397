// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/cases.h"

#include <fmt/format.h>

#include <string_view>

#include "reports/escape.h"
#include "reports/findings.h"

namespace assay::reports {

namespace {

Status status_of(Outcome outcome, bool counted) {
    switch (outcome) {
        case Outcome::passed:
            return Status::passed;
        case Outcome::failed:
            return counted ? Status::failure : Status::skipped;
        case Outcome::inconclusive:
            return counted ? Status::error : Status::skipped;
        case Outcome::not_applicable:
            return Status::skipped;
    }
    return Status::error;
}

// What a skipped case was: "N/A: ", "beyond, FAILED: ", "should, INCONCLUSIVE: ".
std::string skipped_as(Outcome outcome, std::string_view why_not_counted) {
    if (outcome == Outcome::not_applicable) {
        return "N/A: ";
    }
    return fmt::format("{}, {}: ", why_not_counted, loud(outcome));
}

Case assertion_case(const RunResult& run, const RequirementResult& requirement,
                    const AssertionResult& assertion) {
    Case result;
    result.name = requirement.id + "/" + assertion.id;
    result.outcome = assertion.outcome;
    result.status = status_of(assertion.outcome, counts(run, requirement, assertion));
    result.duration_ms = assertion.duration_ms;
    result.message = worst_line(assertion);
    if (result.status == Status::skipped) {
        const std::string_view why =
            folds(run, assertion) ? to_string(requirement.level) : to_string(assertion.basis);
        result.message.insert(0, skipped_as(assertion.outcome, why));
    }
    result.text = printable_line(assertion.sentence) + "\n";
    result.text += findings_text(assertion, Told::all, "");
    if (assertion.outcome == Outcome::failed && !assertion.next_step.empty()) {
        result.text += "next step: " + printable_line(assertion.next_step) + "\n";
    }
    return result;
}

// What the assertions alone say of their requirement; false if that is not the whole outcome: there
// is no check, or it ended badly after its last assertion.
bool told_by_assertions(const RunResult& run, const RequirementResult& requirement) {
    std::vector<Outcome> outcomes;
    for (const AssertionResult& assertion : requirement.assertions) {
        if (folds(run, assertion)) {
            outcomes.push_back(assertion.outcome);
        }
    }
    return !outcomes.empty() && fold(outcomes) == settled_outcome(run, requirement);
}

Case requirement_case(const RunResult& run, const RequirementResult& requirement) {
    Case result;
    const Outcome outcome = settled_outcome(run, requirement);
    result.outcome = outcome;
    result.name = requirement.id;
    result.status = status_of(outcome, requirement.counted);
    result.duration_ms = requirement.duration_ms;
    result.message =
        requirement.reason.empty() ? "no reason was recorded" : printable_line(requirement.reason);
    if (result.status == Status::skipped) {
        result.message.insert(0, skipped_as(outcome, to_string(requirement.level)));
    }
    result.text = fmt::format("the requirement as a whole: {}\n", loud(outcome));
    return result;
}

}  // namespace

std::vector<Case> cases_of(const RunResult& run, const RequirementResult& requirement) {
    std::vector<Case> result;
    result.reserve(requirement.assertions.size() + 1);
    for (const AssertionResult& assertion : requirement.assertions) {
        result.push_back(assertion_case(run, requirement, assertion));
    }
    if (!told_by_assertions(run, requirement)) {
        result.push_back(requirement_case(run, requirement));
    }
    return result;
}

}  // namespace assay::reports
