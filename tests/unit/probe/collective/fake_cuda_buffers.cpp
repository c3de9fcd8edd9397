// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A stand-in for libcuda.so.1 with one device, whose memory is the host's. Of the environment:
// ASSAY_FAKE_CUDA_INIT is what cuInit returns.

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int success = 0, invalid_device = 101, not_ready = 600;
int queries;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

// NOLINTBEGIN(readability-identifier-naming,performance-no-int-to-ptr): CUDA's own names and types
extern "C" {

int cuInit(unsigned /*flags*/) {
    const char* result = std::getenv("ASSAY_FAKE_CUDA_INIT");
    return result != nullptr ? std::atoi(result) : success;
}
int cuGetErrorName(int error, const char** name) {
    *name = error == 100 ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_INVALID_DEVICE";
    return success;
}
int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return ordinal == 0 ? success : invalid_device;
}
int cuDevicePrimaryCtxRetain(void** context, int /*device*/) {
    *context = &queries;
    return success;
}
int cuDevicePrimaryCtxRelease_v2(int /*device*/) {
    return success;
}
int cuCtxSetCurrent(void* /*context*/) {
    return success;
}
int cuStreamCreate(void** stream, unsigned /*flags*/) {
    *stream = &queries;
    return success;
}
int cuStreamDestroy_v2(void* /*stream*/) {
    return success;
}
int cuEventCreate(void** event, unsigned /*flags*/) {
    *event = &queries;
    return success;
}
int cuEventDestroy_v2(void* /*event*/) {
    return success;
}
int cuEventRecord(void* /*event*/, void* /*stream*/) {
    return success;
}
int cuEventQuery(void* /*event*/) {
    return ++queries % 2 == 0 ? success : not_ready;
}
int cuEventElapsedTime(float* milliseconds, void* /*begin*/, void* /*end*/) {
    *milliseconds = 0.25F;
    return success;
}
int cuMemAlloc_v2(std::uint64_t* address, std::size_t bytes) {
    *address = reinterpret_cast<std::uint64_t>(std::malloc(bytes));
    return success;
}
int cuMemFree_v2(std::uint64_t address) {
    std::free(reinterpret_cast<void*>(address));
    return success;
}
int cuMemcpyHtoD_v2(std::uint64_t to, const void* from, std::size_t bytes) {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return success;
}
int cuMemcpyDtoH_v2(void* to, std::uint64_t from, std::size_t bytes) {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return success;
}
}
// NOLINTEND(readability-identifier-naming,performance-no-int-to-ptr)
