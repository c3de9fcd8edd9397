// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The kernels as the toolkit compiled them, embedded in the program. Values; any thread.
#pragma once

#include <optional>
#include <vector>

namespace assay::probe::compute {

// What multiplies: mma.sync on every architecture, or wgmma with the tensor memory accelerator on
// compute capability 9.0 alone.
enum class ProductKernel { mma_sync, wgmma };

// Images for cuModuleLoadData.
struct Kernels {
    int driver_needed = 0;  // 13000: a driver that speaks CUDA 13.0 (580 and later)
    // Compute capability, 80 for 8.0: it and later ones of the same major. 0: a fat binary, from
    // which the driver takes what is for its GPU.
    unsigned architecture = 0;
    const void* product = nullptr;
    const void* memory = nullptr;
    const void* wgmma = nullptr;  // where these are for 9.0, too
};

// The newest first; empty in a program built without the toolkits.
std::vector<Kernels> embedded_kernels();

// The first that the driver takes and that are for the GPU.
std::optional<Kernels> kernels_for(const std::vector<Kernels>& all, int driver_version,
                                   unsigned compute_capability);

}  // namespace assay::probe::compute
