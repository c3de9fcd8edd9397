// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A stand-in for CUDA's driver library: two GPUs that are this processor. It takes what the probe
// launches by its name and arguments, so that all but the kernels themselves is tested without a
// GPU. What it does amiss is asked for by variables:
//   FAKE_CUDA_VERSION  what it speaks (13000)
//   FAKE_CUDA_GPUS     how many there are (2); 0: cuInit fails
//   FAKE_CUDA_FAILS    a function that answers FAKE_CUDA_CODE, after FAKE_CUDA_WELL calls (0)
//   FAKE_CUDA_LAZY     a kernel that does nothing

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "probe/compute/operands.h"

namespace {

namespace compute = assay::probe::compute;

constexpr int success = 0;
constexpr int out_of_memory = 2;
constexpr int no_device = 100;
constexpr std::size_t memory_bytes = std::size_t{320} << 20U;
constexpr std::size_t largest_piece = std::size_t{192} << 20U;  // as if it were fragmented
constexpr int units = 4;
constexpr unsigned tile = 128;

int number(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::atoi(text) : otherwise;
}

int answer(const char* function) {
    static int left = number("FAKE_CUDA_WELL", 0);
    const char* fails = std::getenv("FAKE_CUDA_FAILS");
    if (fails == nullptr || std::string(fails) != function || left-- > 0) {
        return success;
    }
    return number("FAKE_CUDA_CODE", 999);
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

template <typename Value>
Value argument(void** arguments, unsigned index) {
    return *static_cast<Value*>(arguments[index]);
}

template <typename Element>
Element* place(void** arguments, unsigned index) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): what a device's pointer is
    return reinterpret_cast<Element*>(argument<std::uintptr_t>(arguments, index));
}

std::vector<float> decoded(compute::NumberType type, const unsigned char* bytes,
                           std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t index = 0; index < count; ++index) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, bytes + index * bytes_of(type), bytes_of(type));
        values[index] = decode(type, bits);
    }
    return values;
}

void product(compute::NumberType type, unsigned blocks, void** arguments) {
    const auto m = argument<unsigned>(arguments, 4);
    const auto n = argument<unsigned>(arguments, 5);
    const auto row_bytes = argument<unsigned>(arguments, 6);
    const std::size_t k = row_bytes / bytes_of(type);
    const std::vector<float> a = decoded(type, place<unsigned char>(arguments, 0), m * k);
    const std::vector<float> b = decoded(type, place<unsigned char>(arguments, 1), n * k);
    auto* c = place<std::uint32_t>(arguments, 2);
    for (unsigned index = 0; index < m / tile * (n / tile); ++index) {
        if (index == argument<unsigned>(arguments, 8)) {
            continue;
        }
        const unsigned from = index == argument<unsigned>(arguments, 9) ? 0 : index;
        for (unsigned i = 0; i < tile * tile; ++i) {
            const std::size_t row = from / (n / tile) * tile + i / tile;
            const std::size_t column = from % (n / tile) * tile + i % tile;
            float sum = 0;
            for (std::size_t inner = 0; inner < k; ++inner) {
                sum += a[row * k + inner] * b[column * k + inner];
            }
            const std::size_t to =
                (index / (n / tile) * tile + i / tile) * n + index % (n / tile) * tile + i % tile;
            c[to] = is_whole(type) ? static_cast<std::uint32_t>(static_cast<std::int32_t>(sum))
                                   : std::bit_cast<std::uint32_t>(sum);
        }
        place<std::uint32_t>(arguments, 3)[index] =
            (index + argument<unsigned>(arguments, 7)) % blocks % units;
    }
}

void stream(bool triad, void** arguments) {
    auto* to = place<float>(arguments, 0);
    const auto* from = place<float>(arguments, 1);
    const auto count = 4 * argument<std::uint64_t>(arguments, triad ? 3 : 2);
    for (std::uint64_t index = 0; index < count; ++index) {
        to[index] = from[index] + (triad ? 3 * place<float>(arguments, 2)[index] : 0);
    }
}

std::uint64_t mixed(std::uint64_t start, std::uint64_t word) {
    // mix() takes a seed and a stream; together they are undone by a seed of 0 and this place.
    return compute::mix(0, 0, start ^ word);
}

void pattern(bool verify, void** arguments) {
    auto* words = place<std::uint64_t>(arguments, 0);
    const auto count = argument<std::uint64_t>(arguments, 1);
    const auto start = argument<std::uint64_t>(arguments, 2);
    const auto first = argument<std::uint64_t>(arguments, 3);
    for (std::uint64_t index = 0; index < count; ++index) {
        const std::uint64_t expected = mixed(start, first + index);
        if (!verify) {
            words[index] = expected;
            continue;
        }
        auto* result = place<std::uint64_t>(arguments, 4);
        ++result[0];
        if (words[index] != expected && result[1]++ < 16) {
            std::uint64_t* example = result + 2 + (result[1] - 1) * 3;
            example[0] = first + index;
            example[1] = expected;
            example[2] = words[index];
        }
    }
}

void ramp(void** arguments) {
    for (std::uint64_t index = 0; index < argument<std::uint64_t>(arguments, 1); ++index) {
        place<float>(arguments, 0)[index] =
            static_cast<float>(index % argument<std::uint32_t>(arguments, 2));
    }
}

void run(const std::string& kernel, unsigned blocks, void** arguments) {
    const char* lazy = std::getenv("FAKE_CUDA_LAZY");
    if (lazy != nullptr && kernel == lazy) {
        return;
    }
    if (kernel.starts_with("product_")) {
        product(compute::number_type_named(kernel.substr(8)).value_or(compute::NumberType::int8),
                blocks, arguments);
    } else if (kernel.starts_with("stream_")) {
        stream(kernel == "stream_triad", arguments);
    } else if (kernel.starts_with("pattern_")) {
        pattern(kernel == "pattern_verify", arguments);
    } else {
        ramp(arguments);
    }
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
    *value = attribute == 16 ? units : attribute == 75 ? number("FAKE_CUDA_MAJOR", 9) : 0;
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
    *free_bytes = memory_bytes - lent_bytes();
    *total = memory_bytes;
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

int cuMemAlloc_v2(unsigned long long* pointer, std::size_t bytes) {
    if (bytes > largest_piece || lent_bytes() + bytes > memory_bytes) {
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

int cuLaunchKernel(void* kernel, unsigned blocks, unsigned, unsigned, unsigned, unsigned, unsigned,
                   unsigned, void*, void** arguments, void**) {
    run(*static_cast<std::string*>(kernel), blocks, arguments);
    return answer("cuLaunchKernel");
}

int cuStreamCreate(void** stream, unsigned /*flags*/) {
    *stream = nullptr;
    return success;
}

int cuStreamSynchronize(void* /*stream*/) {
    return success;
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
