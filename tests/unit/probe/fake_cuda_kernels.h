// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's kernels as C++, by their names and arguments. One thread.
#pragma once

#include <cstdint>
#include <string>

namespace fake_cuda {

inline constexpr int units = 4;
inline constexpr int success = 0;

// What stands in a CUtensorMap here.
struct TensorMap {
    const unsigned char* place;
    std::uint64_t sizes[2];
    std::uint32_t box[2];
};

// CUDA's answer: success, or 1 for arguments that the kernel does not take.
int run(const std::string& kernel, unsigned blocks, unsigned threads, void** arguments);

}  // namespace fake_cuda
