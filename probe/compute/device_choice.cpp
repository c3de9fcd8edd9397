// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/device_choice.h"

#include <algorithm>
#include <utility>

#include "probe/compute/cpu_device.h"
#include "probe/compute/cuda/cuda_device.h"

namespace assay::probe::compute {

namespace {

std::string words_for(int cuda_version) {
    return std::to_string(cuda_version / 1000) + "." + std::to_string(cuda_version % 1000 / 10);
}

Reason cannot_tell(const char* code, const std::string& message) {
    return {Verdict::inconclusive, code, message};
}

// Why the driver's devices cannot be used; an empty code if they can.
Reason obstacle(const CudaDriver& driver, const std::vector<Kernels>& kernels, unsigned index) {
    if (!driver.is_there()) {
        return cannot_tell("no_device", "there is no libcuda.so.1");
    }
    if (kernels.empty()) {
        return cannot_tell("no_device", "this program was built without the CUDA toolkit");
    }
    // Before what cuInit said: an old driver may not even do that.
    const int needed = kernels.back().driver_needed;
    if (driver.version() != 0 && driver.version() < needed) {
        return cannot_tell("driver_too_old", "driver too old: it speaks CUDA " +
                                                 words_for(driver.version()) + ", needs " +
                                                 words_for(needed));
    }
    if (!driver.complaint().empty()) {
        return cannot_tell("no_device", driver.complaint());
    }
    if (index >= driver.devices()) {
        return cannot_tell("no_device", "there are " + std::to_string(driver.devices()) +
                                            " GPUs, and none with index " + std::to_string(index));
    }
    return {};
}

std::string words_for_capability(unsigned capability) {
    return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
}

// The driver speaks a CUDA that kernels are for, and the GPU is newer than these.
std::string without_kernels(const CudaDriver& driver, unsigned capability) {
    return "driver too old for a GPU of compute capability " + words_for_capability(capability) +
           ": it speaks CUDA " + words_for(driver.version()) +
           ", and the kernels for this GPU need a newer one";
}

Reason no_wgmma(const std::string& device) {
    return cannot_tell("kernel_unsupported",
                       "the kernel wgmma is for GPUs of compute capability 9.0, not for " + device);
}

ChosenDevice cuda_device(std::unique_ptr<CudaDriver> driver, unsigned index, ProductKernel kernel) {
    ChosenDevice chosen;
    chosen.backend = "cuda";
    const std::vector<Kernels> all = embedded_kernels();
    chosen.why = obstacle(*driver, all, index);
    if (!chosen.why.code.empty()) {
        return chosen;
    }
    chosen.devices = driver->devices();
    try {
        const unsigned capability = compute_capability_of(*driver, index);
        const auto kernels = kernels_for(all, driver->version(), capability);
        if (!kernels) {
            chosen.why = cannot_tell("driver_too_old", without_kernels(*driver, capability));
            return chosen;
        }
        if (kernel == ProductKernel::wgmma && (capability != 90 || kernels->wgmma == nullptr)) {
            chosen.why = no_wgmma("one of " + words_for_capability(capability));
            return chosen;
        }
        chosen.device = std::make_unique<CudaDevice>(std::move(driver), index, *kernels, kernel);
    } catch (const DeviceError& error) {
        chosen.why = {error.hardware() ? Verdict::fail : Verdict::inconclusive,
                      error.hardware() ? "broken_device" : "device_error", error.what()};
    }
    return chosen;
}

}  // namespace

ChosenDevice choose_device(Backend backend, unsigned index, ProductKernel kernel) {
    if (backend != Backend::cpu) {
        auto driver = std::make_unique<CudaDriver>();
        if (backend == Backend::cuda || driver->is_there()) {
            return cuda_device(std::move(driver), index, kernel);
        }
    }
    ChosenDevice chosen;
    chosen.backend = "cpu";
    if (index != 0) {
        chosen.why = cannot_tell("no_device", "there is one processor, with index 0");
        return chosen;
    }
    if (kernel == ProductKernel::wgmma) {
        chosen.why = no_wgmma("the processor");
        return chosen;
    }
    chosen.device = std::make_unique<CpuDevice>();
    chosen.devices = cpu_devices;
    return chosen;
}

}  // namespace assay::probe::compute
