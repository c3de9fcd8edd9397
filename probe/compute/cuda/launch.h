// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Launching a kernel with its arguments as they are. One thread.
#pragma once

#include <array>

#include "probe/compute/cuda/driver.h"

namespace assay::probe::compute {

struct Grid {
    unsigned blocks = 1;
    unsigned threads = 256;
    unsigned shared_bytes = 0;  // beside what the kernel declares
};

// The arguments are passed by their types: declare them as the kernel does.
template <typename... Arguments>
void launch(const CudaDriver& driver, CudaHandle kernel, const Grid& grid, CudaHandle stream,
            const Arguments&... arguments) {
    // The driver copies them, and changes none.
    std::array<void*, sizeof...(Arguments)> places = {
        const_cast<void*>(static_cast<const void*>(&arguments))...};
    const unsigned one = 1;
    driver.must("cuLaunchKernel", kernel, grid.blocks, one, one, grid.threads, one, one,
                grid.shared_bytes, stream, places.data(), static_cast<void**>(nullptr));
}

}  // namespace assay::probe::compute
