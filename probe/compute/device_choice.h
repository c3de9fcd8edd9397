// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which device computes: an accelerator where its driver is met, else the processor. An accelerator
// whose driver is there and does not work is a finding; the processor never stands in for it.
#pragma once

#include <memory>
#include <optional>

#include "probe/compute/compute.h"

namespace assay::probe::compute {

struct ChosenDevice {
    std::unique_ptr<Device> device;  // null: `why` says what is in the way
    unsigned devices = 1;            // of its kind, this one among them
    std::string backend;
    Reason why;
};

// `kernel`: what multiplies; a device that has it not is not chosen.
ChosenDevice choose_device(Backend backend, unsigned index,
                           ProductKernel kernel = ProductKernel::mma_sync);

}  // namespace assay::probe::compute
