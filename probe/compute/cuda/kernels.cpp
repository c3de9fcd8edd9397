// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cuda/kernels.h"

// Of kernels.S.
extern "C" {
extern const unsigned char assay_cuda13_product[], assay_cuda13_memory[], assay_cuda13_wgmma[];
extern const unsigned char assay_cuda12_product_90[], assay_cuda12_memory_90[];
extern const unsigned char assay_cuda12_wgmma_90a[];
extern const unsigned char assay_cuda12_product_89[], assay_cuda12_memory_89[];
extern const unsigned char assay_cuda12_product_86[], assay_cuda12_memory_86[];
extern const unsigned char assay_cuda12_product_80[], assay_cuda12_memory_80[];
extern const unsigned char assay_cuda12_product_75[], assay_cuda12_memory_75[];
}

namespace assay::probe::compute {

// What CUDA 12.4 compiled for an architecture runs on every driver of CUDA 12 (CUDA compatibility,
// minor versions): 525 and later.
std::vector<Kernels> embedded_kernels() {
    return {{13000, 0, assay_cuda13_product, assay_cuda13_memory, assay_cuda13_wgmma},
            {12000, 90, assay_cuda12_product_90, assay_cuda12_memory_90, assay_cuda12_wgmma_90a},
            {12000, 89, assay_cuda12_product_89, assay_cuda12_memory_89},
            {12000, 86, assay_cuda12_product_86, assay_cuda12_memory_86},
            {12000, 80, assay_cuda12_product_80, assay_cuda12_memory_80},
            {12000, 75, assay_cuda12_product_75, assay_cuda12_memory_75}};
}

}  // namespace assay::probe::compute
