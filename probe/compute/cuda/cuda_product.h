// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A product on an NVIDIA GPU: its operands and C in the GPU's memory, and how the kernel that was
// chosen is launched. Used with the device's context current; one thread. What the driver refuses
// throws DeviceError.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "probe/compute/cuda/kernels.h"
#include "probe/compute/cuda/resources.h"
#include "probe/compute/cuda/wgmma_shape.cuh"

namespace assay::probe::compute {

std::string name_of(ProductKernel kernel);

// Of C a tile, and what the inner dimension is a multiple of, in elements of whatever type.
Shape granule_of(ProductKernel kernel);

class CudaProduct {
public:
    struct Where {
        ProductKernel kernel;
        CudaHandle module;  // that has it
        unsigned units;     // of the device
    };

    // Both operands are in the device's memory then, C and the tiles' units are poisoned.
    CudaProduct(const CudaDriver& driver, const Where& where, NumberType type, const Shape& shape,
                std::span<const std::byte> a, std::span<const std::byte> b);

    struct Settings {
        std::uint32_t rotation = 0;
        std::optional<std::uint32_t> skipped_tile = {};
        std::optional<std::uint32_t> stuck_tile = {};
    };
    void launch_on(const CudaStream& stream, const Settings& settings) const;

    std::vector<std::uint32_t> result() const;  // bits of C, row by row
    std::vector<std::uint32_t> units() const;   // by tile

private:
    const CudaDriver& driver_;
    Where where_;
    Shape shape_;
    unsigned row_bytes_;  // of A and B
    DeviceBuffer a_;
    DeviceBuffer b_;
    DeviceBuffer c_;
    DeviceBuffer units_;
    CudaHandle function_ = nullptr;
    // Of wgmma alone. By themselves, because a compiler may not align so much on the stack.
    struct Maps {
        assay_kernels::wgmma::TensorMap a;
        assay_kernels::wgmma::TensorMap b;
    };
    std::unique_ptr<Maps> maps_;
};

}  // namespace assay::probe::compute
