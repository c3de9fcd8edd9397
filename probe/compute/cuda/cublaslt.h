// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// NVIDIA's own library of products, loaded from the container if it is there: what the kernels'
// speed is judged against. Its prototypes are declared in the .cpp from the public interface of its
// versions 12 and 13. One thread, with the device's context current.
#pragma once

#include "probe/compute/cuda/driver.h"

namespace assay::probe::compute {

// The job's product by cuBLASLt, with the algorithm that its heuristic thinks the fastest. That it
// cannot be had, for lack of memory too, is told in `missing`. What the driver said before, it is
// not asked about; throws DeviceError only where the device broke, or its context with it, while
// cuBLASLt computed: nothing can be computed in that any more.
ReferenceRun time_cublaslt(const CudaDriver& driver, const SpeedJob& job);

}  // namespace assay::probe::compute
