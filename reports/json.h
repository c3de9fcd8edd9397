// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// report.json: the whole run as data, in the shape of report.schema.json (docs/report.md explains
// it). Equal runs give equal bytes: the members stand in a fixed order. Pure, any thread, never
// fails: text that is not UTF-8 is replaced. Durations in milliseconds, sizes in bytes.
#pragma once

#include <string>

#include "engine/result.h"

namespace assay::reports {

inline constexpr const char* report_schema_version = "1.0.0";

std::string report_json(const RunResult& run);

}  // namespace assay::reports
