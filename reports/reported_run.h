// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A run as its report.json tells of it, as much as comparisons and submissions go by. The report
// may be anybody's: sizes and depths are capped, no link is followed, and what is of a wrong type
// is an error. Blocking, any thread. Errors are one sentence that names the file and says what to
// give.
#pragma once

#include <cstdint>
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
    std::int64_t duration_ms = 0;
};

// Of all accelerators of one model that a requirement measured; none where a processor computed in
// their place.
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
    std::string category = {};
    std::string kar = {};                     // "KAR-0049" or ""
    Outcome outcome = Outcome::inconclusive;  // as the report has it; only where selected
    bool simulated = false;                   // any finding was
    std::string reason = {};
    std::string started_at = {};  // RFC 3339; "" where it does not say
    std::int64_t duration_ms = 0;
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
    std::string tool_commit;   // "" where the report does not say
    std::string probe_digest;  // of the image as the nodes reported it; "" likewise
    std::string probe_image;
    std::vector<std::string> command;
    std::string kubernetes;  // gitVersion
    std::string cluster_uid;
    std::string context;  // of the kubeconfig
    std::string server;   // URL
    std::string profile_id;
    std::string profile_sha256;
    std::string profile_kubernetes;  // "1.37"; "" where the profile does not say
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
