// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cuda/pieces.h"

#include <algorithm>

namespace assay::probe::compute {

namespace {

constexpr std::uint64_t least_piece = std::uint64_t{2}
                                      << 20U;  // bytes, what drivers lend at the least

// nullptr where there is no such piece.
std::unique_ptr<DeviceBuffer> lent_piece(const CudaDriver& driver, std::uint64_t bytes) {
    CudaPointer tried = 0;
    const std::size_t size = bytes;
    const int result = driver.call("cuMemAlloc_v2", &tried, size);
    if (result == cuda_out_of_memory) {
        return nullptr;
    }
    if (result != cuda_success) {
        driver.fail("cuMemAlloc_v2", result);
    }
    return std::make_unique<DeviceBuffer>(driver, tried, size);
}

}  // namespace

std::uint64_t bytes_of(const Pieces& pieces) {
    std::uint64_t bytes = 0;
    for (const auto& piece : pieces) {
        bytes += piece->bytes();
    }
    return bytes;
}

Pieces lent_pieces(const CudaDriver& driver, std::uint64_t bytes) {
    Pieces pieces;
    std::uint64_t size = bytes / sizeof(std::uint64_t) * sizeof(std::uint64_t);
    while (size > 0 && bytes_of(pieces) < bytes) {
        size = std::min(size, bytes - bytes_of(pieces));
        if (auto piece = lent_piece(driver, size)) {
            pieces.push_back(std::move(piece));
        } else {
            size = size / 2 / least_piece * least_piece;
        }
    }
    return pieces;
}

}  // namespace assay::probe::compute
