// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The parts of report.html that are files of their own. Each appends its section to the body, or
// nothing where the run has nothing of it. Single thread; never fails.
#pragma once

#include <pugixml.hpp>
#include <string>

#include "engine/result.h"

namespace assay::reports {

// A card per requirement with its assertions, what they found and the evidence; the worst opened.
void add_requirements(pugi::xml_node body, const RunResult& run);

// Nodes by requirements, then the accelerators of each. Nodes of which the same is to be said share
// a row where there are many.
void add_nodes(pugi::xml_node body, const RunResult& run);

// Accelerators by measures, with how far each is from those of its model; where there are many,
// those that stand out.
void add_accelerators(pugi::xml_node body, const RequirementResult& requirement);

// When each requirement was asked, and how long cleaning up after it took.
void add_timeline(pugi::xml_node body, const RunResult& run);

// Where the page tells of it.
std::string anchor_of(const RequirementResult& requirement, const AssertionResult& assertion);

}  // namespace assay::reports
