// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// report.json: the whole run as data, in the shape of report.schema.json (docs/report.md explains
// it). Equal runs give equal bytes: the members stand in a fixed order. Pure, any thread, never
// fails: text that is not UTF-8 is replaced. Durations in milliseconds, sizes in bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/result.h"

namespace assay::reports {

inline constexpr const char* report_schema_version = "1.0.0";

// Piece by piece, for that of thousands of nodes need never be in memory as a whole.
void say_report_json(const RunResult& run, const std::function<void(std::string_view)>& say);

std::string report_json(const RunResult& run);

}  // namespace assay::reports
