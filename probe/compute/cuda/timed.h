// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Work on a device, timed by its own clock: warmed up, then each sample by itself. One thread, with
// the device's context current.
#pragma once

#include <vector>

#include "probe/compute/cuda/resources.h"

namespace assay::probe::compute {

// Seconds of each sample. `launch` puts one product on `stream`. Throws DeviceError, and what
// `launch` throws.
template <typename Launch>
std::vector<double> timed(const CudaDriver& driver, const CudaStream& stream, const SpeedJob& job,
                          const Launch& launch) {
    const CudaEvent began(driver);
    const CudaEvent now(driver);
    driver.must("cuCtxSynchronize");  // what was poisoned is, before another stream writes
    began.record(stream);
    do {
        for (unsigned round = 0; round < job.warm_ups; ++round) {
            launch();
        }
        now.record(stream);
        stream.wait();
    } while (job.warm_ups > 0 && now.seconds_since(began) < job.warm_up_seconds);
    std::vector<double> seconds;
    for (unsigned sample = 0; sample < job.samples; ++sample) {
        began.record(stream);
        launch();
        now.record(stream);
        stream.wait();
        seconds.push_back(now.seconds_since(began));
    }
    return seconds;
}

}  // namespace assay::probe::compute
