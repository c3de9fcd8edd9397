// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/cuda_buffers.h"

namespace assay::probe::collective {

namespace {

constexpr int cuda_success = 0;
constexpr int cuda_not_ready = 600;
constexpr unsigned stream_non_blocking = 1;  // does not wait for the default stream

}  // namespace

std::string CudaBuffers::words(const char* function, int result) const {
    if (result == cuda_success) {
        return "";
    }
    const std::string what = std::string(function) + ": ";
    if (result == function_missing) {
        return what + "the library lacks this function";
    }
    const char* name = nullptr;
    cuda_.call("cuGetErrorName", result, &name);
    return what + (name != nullptr ? name : "CUDA error " + std::to_string(result));
}

std::string CudaBuffers::open(int device) {
    const unsigned no_flags = 0;
    if (const int result = cuda_.call("cuInit", no_flags); result != cuda_success) {
        return words("cuInit", result);
    }
    int handle = 0;
    void* context = nullptr;
    if (const int result = cuda_.call("cuDeviceGet", &handle, device); result != cuda_success) {
        return words("cuDeviceGet", result);
    }
    if (const int result = cuda_.call("cuDevicePrimaryCtxRetain", &context, handle);
        result != cuda_success) {
        return words("cuDevicePrimaryCtxRetain", result);
    }
    device_ = handle;
    if (const int result = cuda_.call("cuCtxSetCurrent", context); result != cuda_success) {
        return words("cuCtxSetCurrent", result);
    }
    if (const int result = cuda_.call("cuStreamCreate", &stream_, stream_non_blocking);
        result != cuda_success) {
        return words("cuStreamCreate", result);
    }
    for (void** event : {&begin_, &end_}) {
        if (const int result = cuda_.call("cuEventCreate", event, no_flags);
            result != cuda_success) {
            return words("cuEventCreate", result);
        }
    }
    return "";
}

std::string CudaBuffers::allocate(std::size_t bytes) {
    for (std::uint64_t* buffer : {&input_, &output_}) {
        if (const int result = cuda_.call("cuMemAlloc_v2", buffer, bytes); result != cuda_success) {
            return words("cuMemAlloc_v2", result);
        }
    }
    return "";
}

std::string CudaBuffers::copy_in(std::span<const float> input, std::span<const float> output) {
    const void* in = input.data();
    const void* out = output.data();
    if (const int result = cuda_.call("cuMemcpyHtoD_v2", input_, in, input.size_bytes());
        result != cuda_success) {
        return words("cuMemcpyHtoD_v2", result);
    }
    return words("cuMemcpyHtoD_v2",
                 cuda_.call("cuMemcpyHtoD_v2", output_, out, output.size_bytes()));
}

std::string CudaBuffers::copy_out(std::span<float> output) const {
    void* out = output.data();
    return words("cuMemcpyDtoH_v2",
                 cuda_.call("cuMemcpyDtoH_v2", out, output_, output.size_bytes()));
}

std::string CudaBuffers::record_begin() const {
    return words("cuEventRecord", cuda_.call("cuEventRecord", begin_, stream_));
}

std::string CudaBuffers::record_end() const {
    return words("cuEventRecord", cuda_.call("cuEventRecord", end_, stream_));
}

bool CudaBuffers::ended(std::string& wrong) const {
    const int result = cuda_.call("cuEventQuery", end_);
    wrong = result == cuda_not_ready ? "" : words("cuEventQuery", result);
    return result == cuda_success;
}

double CudaBuffers::elapsed_us() const {
    float milliseconds = 0;
    cuda_.call("cuEventElapsedTime", &milliseconds, begin_, end_);
    return static_cast<double>(milliseconds) * 1000;
}

CudaBuffers::~CudaBuffers() {
    if (abandoned_ || !device_) {
        return;
    }
    for (const std::uint64_t buffer : {input_, output_}) {
        if (buffer != 0) {
            cuda_.call("cuMemFree_v2", buffer);
        }
    }
    for (void* event : {begin_, end_}) {
        if (event != nullptr) {
            cuda_.call("cuEventDestroy_v2", event);
        }
    }
    if (stream_ != nullptr) {
        cuda_.call("cuStreamDestroy_v2", stream_);
    }
    cuda_.call("cuDevicePrimaryCtxRelease_v2", *device_);
}

}  // namespace assay::probe::collective
