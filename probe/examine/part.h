// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One verb of this program, run as a process of its own: a driver that crashes, hangs or spoils the
// process it is loaded into takes nothing else with it. One thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "probe/document.h"

namespace assay::probe::examine {

struct Part {
    Json document;        // the full one; null if there is none
    std::string trouble;  // why there is none: "took longer than 60 s and was ended"
};

// Runs `program` with these arguments and takes the last line of its standard output that is a
// document. After `limit` it is killed.
Part run_part(const std::string& program, const std::vector<std::string>& arguments,
              std::chrono::milliseconds limit);

}  // namespace assay::probe::examine
