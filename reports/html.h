// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// report.html: the run as one page to look at, complete in itself. Static: no script, nothing is
// fetched, so it opens from a file, an artifact store or a mail as it is. What it shows is all in
// report.json; links lead to the evidence beside it. Pure, any thread, never fails.
#pragma once

#include <string>

#include "engine/result.h"

namespace assay::reports {

std::string report_html(const RunResult& run);

}  // namespace assay::reports
