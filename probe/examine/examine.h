// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The verb examine: facts, gemm, hbm and link of every accelerator that the container was given,
// one after another, in one document. One thread.
#pragma once

#include <chrono>
#include <string>

#include "probe/compute/compute.h"

namespace assay::probe::examine {

struct Request {
    unsigned accelerators = 1;  // that the container was given
    std::string backend = "auto";
    std::string fault;      // to plant; "" none
    unsigned fault_at = 0;  // in this accelerator
    std::chrono::seconds part_limit{120};
    // Where no library names them: variables PREFIX0, PREFIX1, … do.
    std::string name_variables;
};

// `program` is what runs the parts: this one. Throws std::invalid_argument for a fault that there
// is not.
compute::ComputeResult run_examine(const std::string& program, const Request& request,
                                   std::size_t summary_limit);

}  // namespace assay::probe::examine
