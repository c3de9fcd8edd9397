// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Opening what there is to open: each node under /dev, each node named, each number guessed. Nodes
// come first and NVML later, because the vendor's library may make nodes of its own. One thread.
#pragma once

#include <string>
#include <vector>

#include "probe/attempts.h"
#include "probe/guess.h"
#include "probe/kernel_calls.h"
#include "probe/never_open.h"

namespace assay::probe {

struct Targets {
    std::string dev_root = "/dev";
    std::vector<std::string> nodes;  // paths to try besides what lies under dev_root
    std::vector<NumberRange> numbers;
    std::vector<std::string> guess_in = {"/tmp", "/dev/shm", "/dev"};
};

Attempts attempt_all(const Targets& targets, const NeverOpen& never, const KernelCalls& kernel);

}  // namespace assay::probe
