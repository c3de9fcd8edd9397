// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// junit.xml for CI systems: one suite per selected requirement, one case per assertion, in the
// subset of the common dialect that junit-10.subset.xsd holds. A <failure> stands for what makes
// the exit code 1 and for nothing else, an <error> for what counts and is inconclusive; all else
// that did not pass is <skipped> and says what it is. Pure, any thread, never fails. Times in
// seconds with three decimals, as the dialect has them.
#pragma once

#include <string>

#include "engine/result.h"

namespace assay::reports {

std::string junit_xml(const RunResult& run);

}  // namespace assay::reports
