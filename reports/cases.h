// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The verdicts of a requirement as CI systems count them, one case per assertion: junit.xml shows
// them, the signed statement names them. Pure, any thread, never fails; durations in milliseconds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"

namespace assay::reports {

enum class Status { passed, failure, error, skipped };

struct Case {
    std::string name;
    Status status = Status::passed;
    Outcome outcome = Outcome::inconclusive;
    std::string message;
    std::string text;
    std::int64_t duration_ms = 0;
};

// In the order of the assertions. A requirement that they do not tell whole has a case of its own.
std::vector<Case> cases_of(const RunResult& run, const RequirementResult& requirement);

}  // namespace assay::reports
