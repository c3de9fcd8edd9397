// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What `assay triage` found, for a person and for a program (reports/triage.schema.json). Equal
// reports give equal bytes; text from the cluster is made fit to print. Pure, any thread, never
// fails.
#pragma once

#include <string>

#include "engine/triage_report.h"

namespace assay::reports {

std::string triage_text(const triage::Report& report);
std::string triage_json(const triage::Report& report);

}  // namespace assay::reports
