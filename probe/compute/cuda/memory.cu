// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the memory is examined with: ramps, copy, triad, and patterns of words that each follow from
// their place alone. Grids of any size; every thread strides over the whole.
#include <cstdint>

namespace {

__device__ std::uint64_t first_index() {
    return std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
}

__device__ std::uint64_t stride() {
    return std::uint64_t{gridDim.x} * blockDim.x;
}

// As mix() in probe/compute/operands.cpp; `start` is its seed and stream.
__device__ std::uint64_t mixed(std::uint64_t start, std::uint64_t place) {
    std::uint64_t bits = (start ^ place) + 0x9e3779b97f4a7c15ULL;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return bits ^ (bits >> 31);
}

}  // namespace

extern "C" __global__ void fill_ramp(float* to, std::uint64_t count, std::uint32_t period) {
    for (std::uint64_t index = first_index(); index < count; index += stride()) {
        to[index] = static_cast<float>(index % period);
    }
}

extern "C" __global__ void stream_copy(float4* to, const float4* from, std::uint64_t fours) {
    for (std::uint64_t index = first_index(); index < fours; index += stride()) {
        to[index] = from[index];
    }
}

extern "C" __global__ void stream_triad(float4* to, const float4* from, const float4* other,
                                        std::uint64_t fours) {
    for (std::uint64_t index = first_index(); index < fours; index += stride()) {
        const float4 one = from[index];
        const float4 two = other[index];
        to[index] =
            make_float4(one.x + 3 * two.x, one.y + 3 * two.y, one.z + 3 * two.z, one.w + 3 * two.w);
    }
}

// Words `first`, `first` + 1, … of the pattern.
extern "C" __global__ void pattern_write(std::uint64_t* to, std::uint64_t count,
                                         std::uint64_t start, std::uint64_t first) {
    for (std::uint64_t index = first_index(); index < count; index += stride()) {
        to[index] = mixed(start, first + index);
    }
}

// result[0]: words read; result[1]: wrong ones; then of the first 16 that were met the place, what
// should be there and what is.
extern "C" __global__ void pattern_verify(const std::uint64_t* from, std::uint64_t count,
                                          std::uint64_t start, std::uint64_t first,
                                          unsigned long long* result) {
    constexpr unsigned long long examples = 16;
    unsigned long long read = 0;
    for (std::uint64_t index = first_index(); index < count; index += stride()) {
        const std::uint64_t expected = mixed(start, first + index);
        // Past the L1, so that it is the memory that answers.
        const std::uint64_t found =
            __ldcg(reinterpret_cast<const unsigned long long*>(from) + index);
        ++read;
        if (found != expected) {
            const unsigned long long place = atomicAdd(result + 1, 1ULL);
            if (place < examples) {
                result[2 + place * 3] = first + index;
                result[3 + place * 3] = expected;
                result[4 + place * 3] = found;
            }
        }
    }
    atomicAdd(result, read);
}
