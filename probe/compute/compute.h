// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The verbs gemm, hbm, link and selftest: chooses the device, computes, judges. One thread.
#pragma once

#include <optional>
#include <string>

#include "probe/compute/compute_document.h"
#include "probe/compute/cuda/kernels.h"
#include "probe/compute/fault.h"

namespace assay::probe::compute {

enum class Backend { automatic, cpu, cuda };

struct ComputeOptions {
    Backend backend = Backend::automatic;
    unsigned device = 0;  // index
    ProductKernel kernel = ProductKernel::mma_sync;
    std::string fault;  // to plant; of selftest: the only one to try; "" none, or all
    GemmPlan gemm;
    HbmPlan hbm;
    LinkPlan link;
};

enum class ComputeVerb { gemm, hbm, link, selftest };

struct ComputeResult {
    ComputeDocument document;
    Verdict verdict = Verdict::inconclusive;
};

// `nvml` is loaded only where an accelerator is met. Throws std::invalid_argument for what cannot
// be asked: a shape the device cannot take, a fault that is none of the verb's.
ComputeResult run_compute(ComputeVerb verb, const ComputeOptions& options,
                          std::size_t summary_limit);

}  // namespace assay::probe::compute
