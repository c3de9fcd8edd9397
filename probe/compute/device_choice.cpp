// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/device_choice.h"

#include "probe/compute/cpu_device.h"

namespace assay::probe::compute {

ChosenDevice choose_device(Backend backend, unsigned index) {
    ChosenDevice chosen;
    chosen.backend = "cpu";
    if (backend == Backend::cuda) {
        chosen.backend = "cuda";
        chosen.why = {Verdict::inconclusive, "no_device", "this version has no such backend"};
        return chosen;
    }
    if (index != 0) {
        chosen.why = {Verdict::inconclusive, "no_device", "there is one processor, with index 0"};
        return chosen;
    }
    chosen.device = std::make_unique<CpuDevice>();
    chosen.devices = cpu_devices;
    return chosen;
}

}  // namespace assay::probe::compute
