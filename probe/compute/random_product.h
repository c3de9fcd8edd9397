// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Operands with random mantissas, and whether what a device made of them while it was timed is
// their product. Values; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "probe/compute/operands.h"

namespace assay::probe::compute {

class RandomProduct {
public:
    RandomProduct(NumberType type, const Shape& shape, std::uint64_t seed);
    const std::vector<std::byte>& a() const { return a_; }
    const std::vector<std::byte>& b() const { return b_; }

    struct Sampled {
        std::uint64_t looked_at = 0;
        std::uint64_t wrong = 0;
    };
    // 64 elements of C (bits, row by row) that `entropy` chooses, computed anew in fp64. int8 must
    // be equal; of the others the difference may be 2^-9 of the sum of the products' magnitudes:
    // wider than any accumulator's rounding, and a twentieth of what a wrong element is off by. All
    // are wrong where C is not of the shape.
    Sampled hold_against(const std::vector<std::uint32_t>& c, std::uint64_t entropy) const;

private:
    bool is_right(std::uint32_t bits, std::size_t row, std::size_t column) const;

    NumberType type_;
    Shape shape_;
    std::vector<std::byte> a_;
    std::vector<std::byte> b_;
};

}  // namespace assay::probe::compute
