// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cuda/driver.h"

#include "probe/driver_library.h"

namespace assay::probe::compute {

namespace {

constexpr const char* library_name = "libcuda.so.1";

// What a driver answers of a GPU that is broken: CUDA_ERROR_ECC_UNCORRECTABLE,
// CUDA_ERROR_NVLINK_UNCORRECTABLE.
constexpr bool is_of_broken_hardware(int result) {
    return result == 214 || result == 220;
}

}  // namespace

std::vector<std::string> CudaDriver::usual_places() {
    return driver_library_places(library_name);
}

CudaDriver::CudaDriver(const std::vector<std::string>& places) {
    const DriverLibrary library = load_driver_library(places);
    library_ = library.handle;
    if (library_ != nullptr) {
        start();
    } else {
        complaint_ = library.complaint;
    }
}

void CudaDriver::start() {
    // Before cuInit, which a driver without a GPU refuses.
    static_cast<void>(call("cuDriverGetVersion", &version_));
    const unsigned flags = 0;
    if (const int result = call("cuInit", flags); result != cuda_success) {
        complaint_ = "cuInit: " + words_for(result);
        return;
    }
    int count = 0;
    if (const int result = call("cuDeviceGetCount", &count); result != cuda_success) {
        complaint_ = "cuDeviceGetCount: " + words_for(result);
        return;
    }
    devices_ = static_cast<unsigned>(count);
    if (devices_ == 0) {
        complaint_ = "the driver knows of no GPU in this container";
    }
}

void* CudaDriver::find(const char* function) const {
    return library_ == nullptr ? nullptr : ::dlsym(library_, function);
}

std::string CudaDriver::words_for(int result) const {
    const char* name = nullptr;
    const int named = call("cuGetErrorName", result, &name);
    return named == cuda_success && name != nullptr ? name : "CUDA error " + std::to_string(result);
}

void CudaDriver::fail(const char* function, int result) const {
    throw DeviceError(std::string(function) + ": " + words_for(result),
                      is_of_broken_hardware(result));
}

}  // namespace assay::probe::compute
