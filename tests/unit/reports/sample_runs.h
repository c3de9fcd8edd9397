// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Runs for the tests of reports/: one as a person would expect it and as many random ones as a
// property needs, with text as bad as a cluster can send it. Equal seeds give equal runs.
#pragma once

#include <cstdint>
#include <string>

#include "engine/result.h"

namespace assay::reports {

// One MUST with a control that passed, a negative that failed on one of two targets, one that is
// beyond the requirement and one that is not applicable; a second MUST was not selected.
RunResult leaking_run();

// The same with everything passed.
RunResult clean_run();

// A pool of so many nodes of eight accelerators, all measured: every 97th node has one that
// computes wrong, every 61st one that is slow, and of every 250th nothing was heard. From node 0
// on.
RunResult pool_run(int nodes);

RunResult random_run(std::uint32_t seed);

// Every byte, every kind of invalid UTF-8, terminal sequences and what XML 1.0 forbids.
std::string hostile_text();

}  // namespace assay::reports
