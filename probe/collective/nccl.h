// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The all-reduce by NCCL on CUDA devices. Both libraries are loaded from the container if they are
// there: nothing of them is needed to build. Inputs and outputs are copied from and to the host,
// where every element is filled and checked. It has not been run on a device yet: its flow is
// tested with stand-ins for both libraries. One thread.
#pragma once

#include <memory>
#include <string>

#include "probe/collective/backend.h"

namespace assay::probe::collective {

struct NcclSettings {
    int rank = 0;
    int ranks = 1;
    int device = 0;
    double hang_s = 30;  // for the first connection four times that
    Injection injection;
    std::string nccl_library;  // as for dlopen(3)
    std::string cuda_library;
};

class NcclBackend : public Backend {
public:
    // Loads what is there; what is missing is told by start(), when all have joined.
    static std::unique_ptr<NcclBackend> load(NcclSettings settings);

    // A new id for all ranks, in hexadecimal digits; "" where there is none. Rank 0 only.
    virtual std::string fresh_id() = 0;
};

}  // namespace assay::probe::collective
