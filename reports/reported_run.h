// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A run as its report.json tells of it, as much as a comparison goes by. The report may be
// anybody's: sizes and depths are capped, no link is followed, and what is of a wrong type is an
// error. Blocking, any thread. Errors are one sentence that names the file and says what to give.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/result.h"

namespace assay::reports {

struct ReportedAssertion {
    std::string id;
    Basis basis = Basis::required;
    Outcome outcome = Outcome::inconclusive;
    std::string sentence;
    std::string next_step;
    std::string reason;  // of the assertion, or of the first finding that has its outcome
    std::string target;  // of that finding; "" where there is none
    std::string expected;
    std::string actual;
};

// Of all accelerators of one model that a requirement measured.
struct ReportedMeasure {
    std::string name;
    std::string unit;
    std::string model;
    std::vector<std::vector<double>> samples;  // per accelerator that has any
};

struct ReportedRequirement {
    std::string id;
    Level level = Level::must;
    bool selected = false;
    std::vector<ReportedAssertion> assertions;
    std::vector<ReportedMeasure> measures;
};

// What was examined; how many there are of it is no part of a comparison.
struct ReportedAccelerator {
    std::string name;  // DeviceClass or resource
    std::string model;
    std::string allocation;
    std::string driver_version;
};

struct ReportedRun {
    std::string id;
    std::string started_at;
    std::string report_sha256;
    std::string tool_version;
    std::string kubernetes;  // gitVersion
    std::string cluster_uid;
    std::string profile_id;
    std::string profile_sha256;
    bool complete = false;
    bool simulated = false;
    std::vector<Level> gate;
    std::vector<ReportedAccelerator> accelerators;
    std::vector<ReportedRequirement> requirements;  // in the profile's order, each id once
};

// path: a folder that `assay run` wrote, or its report.json.
std::expected<ReportedRun, std::string> read_reported_run(const std::filesystem::path& path);

// What was inconclusive in the first run, as it came out when it was asked again; whatever had an
// answer, a failure above all, stays as it is.
ReportedRun with_answers_of(ReportedRun first, const ReportedRun& again);

}  // namespace assay::reports
