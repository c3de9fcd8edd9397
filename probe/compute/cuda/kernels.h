// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The kernels as the toolkit compiled them, embedded in the program. Values; any thread.
#pragma once

#include <vector>

namespace assay::probe::compute {

// A fat binary for cuModuleLoadData.
struct Kernels {
    int driver_needed = 0;  // 13000: a driver that speaks CUDA 13.0 (580 and later)
    const void* product = nullptr;
    const void* memory = nullptr;
};

// The newest first; empty in a program built without the toolkit.
std::vector<Kernels> embedded_kernels();

}  // namespace assay::probe::compute
