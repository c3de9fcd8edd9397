// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The timed products again, by the library that the device's maker has for them. One thread.
#pragma once

#include "probe/compute/gemm.h"

namespace assay::probe::compute {

// Fills SpeedOfType::reference of each timed product. After all of them: an error that the driver
// does not get over costs none of the probe's own then. What the library lacks is words there; what
// it gets wrong is inconclusive, for either it or the device is at fault, and nothing tells which.
// Throws DeviceError.
void time_references(Device& device, const GemmPlan& plan, GemmReport& report);

}  // namespace assay::probe::compute
