// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// In place of kernels.cpp where there is no toolkit.
#include "probe/compute/cuda/kernels.h"

namespace assay::probe::compute {

std::vector<Kernels> embedded_kernels() {
    return {};
}

}  // namespace assay::probe::compute
