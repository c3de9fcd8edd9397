// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cuda/kernels.h"

// Of kernels_cuda13.S.
extern "C" const unsigned char assay_cuda13_product[];
extern "C" const unsigned char assay_cuda13_memory[];

namespace assay::probe::compute {

std::vector<Kernels> embedded_kernels() {
    return {
        {.driver_needed = 13000, .product = assay_cuda13_product, .memory = assay_cuda13_memory}};
}

}  // namespace assay::probe::compute
