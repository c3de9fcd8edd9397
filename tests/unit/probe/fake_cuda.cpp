// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A stand-in for CUDA's driver library: two GPUs that are this processor. It takes what the probe
// launches by its name and arguments, so that all but the kernels themselves is tested without a
// GPU. What it does amiss is asked for by variables:
//   FAKE_CUDA_VERSION  what it speaks (13000)
//   FAKE_CUDA_GPUS     how many there are (2); 0: cuInit fails
//   FAKE_CUDA_FAILS    a function that answers FAKE_CUDA_CODE, after FAKE_CUDA_WELL calls (0);
//                      "every": all that may fail
//   FAKE_CUDA_MIB      how much memory each has (320)
//   FAKE_CUDA_LAZY     a kernel that does nothing
//   FAKE_CUDA_MINOR    of the compute capability, beside FAKE_CUDA_MAJOR (0)

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/probe/fake_cuda_kernels.h"

namespace {

constexpr int success = 0;
constexpr int out_of_memory = 2;
constexpr int no_device = 100;
constexpr std::size_t largest_piece = std::size_t{192} << 20U;  // as if it were fragmented

int number(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::atoi(text) : otherwise;
}

int answer(const char* function) {
    static int left = number("FAKE_CUDA_WELL", 0);
    const char* fails = std::getenv("FAKE_CUDA_FAILS");
    if (fails != nullptr && std::string(fails) == "every") {
        return number("FAKE_CUDA_CODE", 999);
    }
    if (fails == nullptr || std::string(fails) != function || left-- > 0) {
        return success;
    }
    return number("FAKE_CUDA_CODE", 999);
}

// Of each function, beyond what every kernel may have.
std::map<void*, unsigned>& shared_allowed() {
    static std::map<void*, unsigned> all;
    return all;
}

std::size_t memory_bytes() {
    return static_cast<std::size_t>(number("FAKE_CUDA_MIB", 320)) << 20U;
}

std::map<unsigned long long, std::size_t>& lent() {
    static std::map<unsigned long long, std::size_t> all;
    return all;
}

std::size_t lent_bytes() {
    std::size_t bytes = 0;
    for (const auto& [place, size] : lent()) {
        bytes += size;
    }
    return bytes;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming, performance-no-int-to-ptr): CUDA's own names and
// pointers
extern "C" {

int cuDriverGetVersion(int* version) {
    *version = number("FAKE_CUDA_VERSION", 13000);
    return success;
}

int cuInit(unsigned /*flags*/) {
    return number("FAKE_CUDA_GPUS", 2) == 0 ? no_device : answer("cuInit");
}

int cuDeviceGetCount(int* count) {
    *count = number("FAKE_CUDA_GPUS", 2);
    return success;
}

int cuGetErrorName(int code, const char** name) {
    *name = code == no_device ? "CUDA_ERROR_NO_DEVICE"
            : code == 214     ? "CUDA_ERROR_ECC_UNCORRECTABLE"
                              : "CUDA_ERROR_OF_THE_STAND_IN";
    return success;
}

int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return answer("cuDeviceGet");
}

int cuDeviceGetName(char* name, int length, int /*device*/) {
    std::snprintf(name, static_cast<std::size_t>(length), "stand-in");
    return success;
}

int cuDeviceGetPCIBusId(char* name, int length, int /*device*/) {
    std::snprintf(name, static_cast<std::size_t>(length), "0000:FE:00.0");
    return success;
}

int cuDeviceGetUuid_v2(unsigned char* uuid, int device) {
    std::memset(uuid, 0x10 + device, 16);
    return success;
}

int cuDeviceGetAttribute(int* value, int attribute, int /*device*/) {
    *value = attribute == 16   ? fake_cuda::units
             : attribute == 75 ? number("FAKE_CUDA_MAJOR", 9)
             : attribute == 76 ? number("FAKE_CUDA_MINOR", 0)
                               : 0;
    return success;
}

int cuDevicePrimaryCtxRetain(void** context, int device) {
    *context = reinterpret_cast<void*>(std::intptr_t{device} + 1);
    return answer("cuDevicePrimaryCtxRetain");
}

int cuDevicePrimaryCtxRelease_v2(int /*device*/) {
    return success;
}

int cuCtxSetCurrent(void* /*context*/) {
    return success;
}

int cuCtxSynchronize() {
    return answer("cuCtxSynchronize");
}

int cuCtxEnablePeerAccess(void* /*context*/, unsigned /*flags*/) {
    return success;
}

int cuDeviceCanAccessPeer(int* can, int /*device*/, int /*peer*/) {
    *can = number("FAKE_CUDA_PEERS", 1);
    return success;
}

int cuMemGetInfo_v2(std::size_t* free_bytes, std::size_t* total) {
    *free_bytes = memory_bytes() - lent_bytes();
    *total = memory_bytes();
    return success;
}

int cuModuleLoadData(void** module, const void* image) {
    std::uint32_t magic = 0;
    std::memcpy(&magic, image, sizeof magic);
    *module = const_cast<void*>(image);
    constexpr std::uint32_t fat_binary = 0xba55ed50U;
    constexpr std::uint32_t elf = 0x464c457fU;  // for one architecture
    return magic == fat_binary || magic == elf ? success : 200;
}

int cuModuleGetFunction(void** function, void* /*module*/, const char* name) {
    static std::map<std::string, std::string> names;
    *function = &(names[name] = name);
    return success;
}

// Of the attributes only this: how much shared memory a launch may ask for.
int cuFuncSetAttribute(void* function, int attribute, int value) {
    constexpr int max_dynamic_shared_size_bytes = 8;
    constexpr int there_is_on_9_0 = 227 * 1024;
    if (attribute != max_dynamic_shared_size_bytes || value > there_is_on_9_0) {
        return 1;
    }
    shared_allowed()[function] = static_cast<unsigned>(value);
    return success;
}

// Rows of bytes, swizzled, in boxes of at most 256 rows; nothing else is asked for.
int cuTensorMapEncodeTiled(void* map, int type, unsigned rank, void* address,
                           const std::uint64_t* sizes, const std::uint64_t* strides,
                           const std::uint32_t* box, const std::uint32_t* steps, int interleave,
                           int swizzle, int /*promotion*/, int fill) {
    const bool is_right = type == 0 && rank == 2 && strides[0] == sizes[0] &&
                          strides[0] % 16 == 0 && box[0] == 128 && box[1] <= 256 && steps[0] == 1 &&
                          steps[1] == 1 && interleave == 0 && swizzle == 3 && fill == 0 &&
                          reinterpret_cast<std::uintptr_t>(map) % 64 == 0 &&
                          reinterpret_cast<std::uintptr_t>(address) % 16 == 0;
    if (!is_right) {
        return 1;
    }
    const fake_cuda::TensorMap own{
        static_cast<const unsigned char*>(address), {sizes[0], sizes[1]}, {box[0], box[1]}};
    std::memcpy(map, &own, sizeof own);
    return answer("cuTensorMapEncodeTiled");
}

int cuMemAlloc_v2(unsigned long long* pointer, std::size_t bytes) {
    if (bytes > largest_piece || lent_bytes() + bytes > memory_bytes()) {
        return out_of_memory;
    }
    *pointer = reinterpret_cast<std::uintptr_t>(std::malloc(bytes));
    lent()[*pointer] = bytes;
    return answer("cuMemAlloc_v2");
}

int cuMemFree_v2(unsigned long long pointer) {
    lent().erase(pointer);
    std::free(reinterpret_cast<void*>(pointer));
    return success;
}

int cuMemHostAlloc(void** place, std::size_t bytes, unsigned /*flags*/) {
    *place = std::malloc(bytes);
    return success;
}

int cuMemFreeHost(void* place) {
    std::free(place);
    return success;
}

int cuMemsetD32_v2(unsigned long long to, unsigned word, std::size_t words) {
    std::fill_n(reinterpret_cast<unsigned*>(to), words, word);
    return success;
}

int cuMemcpyHtoD_v2(unsigned long long to, const void* from, std::size_t bytes) {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return success;
}

int cuMemcpyDtoH_v2(void* to, unsigned long long from, std::size_t bytes) {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return answer("cuMemcpyDtoH_v2");
}

int cuMemcpyHtoDAsync_v2(unsigned long long to, const void* from, std::size_t bytes, void*) {
    const int result = answer("cuMemcpyHtoDAsync_v2");
    return result == success ? cuMemcpyHtoD_v2(to, from, bytes) : result;
}

int cuMemcpyDtoHAsync_v2(void* to, unsigned long long from, std::size_t bytes, void*) {
    return cuMemcpyDtoH_v2(to, from, bytes);
}

int cuMemcpyPeerAsync(unsigned long long to, void*, unsigned long long from, void*,
                      std::size_t bytes, void*) {
    std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
    return success;
}

int cuLaunchKernel(void* kernel, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned,
                   unsigned, unsigned shared_bytes, void*, void** arguments, void**) {
    if (shared_bytes > shared_allowed()[kernel]) {
        return 1;
    }
    const int result =
        fake_cuda::run(*static_cast<std::string*>(kernel), blocks, threads, arguments);
    return result != success ? result : answer("cuLaunchKernel");
}

int cuStreamCreate(void** stream, unsigned /*flags*/) {
    *stream = nullptr;
    return success;
}

int cuStreamSynchronize(void* /*stream*/) {
    return answer("cuStreamSynchronize");
}

int cuStreamDestroy_v2(void* /*stream*/) {
    return success;
}

int cuStreamWaitEvent(void* /*stream*/, void* /*event*/, unsigned /*flags*/) {
    return success;
}

int cuEventCreate(void** event, unsigned /*flags*/) {
    *event = new std::chrono::steady_clock::time_point{};
    return success;
}

int cuEventRecord(void* event, void* /*stream*/) {
    *static_cast<std::chrono::steady_clock::time_point*>(event) = std::chrono::steady_clock::now();
    return success;
}

int cuEventElapsedTime(float* milliseconds, void* began, void* ended) {
    using Point = std::chrono::steady_clock::time_point;
    const std::chrono::duration<float, std::milli> took =
        *static_cast<Point*>(ended) - *static_cast<Point*>(began);
    *milliseconds = std::max(took.count(), 1e-4F);
    return success;
}

int cuEventDestroy_v2(void* event) {
    delete static_cast<std::chrono::steady_clock::time_point*>(event);
    return success;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming, performance-no-int-to-ptr)
