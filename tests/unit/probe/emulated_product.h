// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the tests of both kernels of the products ask of an emulated one. Tests alone; one thread.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "probe/compute/device.h"
#include "probe/compute/verify.h"
#include "tests/unit/probe/warp_emulation.h"

namespace assay::probe::compute {

struct EmulationSettings {
    unsigned blocks = 3;
    unsigned rotation = 0;
    assay_kernels::Copies copies = assay_kernels::Copies::late;
    std::optional<unsigned> skipped = {};
    std::optional<unsigned> stuck = {};
};

// C and its tiles before a product.
inline ExactProduct poisoned(const Shape& shape, unsigned tile_rows, unsigned tile_columns) {
    ExactProduct product{.c = std::vector<std::uint32_t>(std::size_t{shape.m} * shape.n, poison),
                         .tile_rows = tile_rows,
                         .tile_columns = tile_columns,
                         .units = {},
                         .seconds = 0};
    product.units.assign(shape.m / tile_rows * (shape.n / tile_columns), no_unit);
    return product;
}

inline void expect_right(NumberType type, const Operands& operands, const ExactProduct& product) {
    const Verification found = verify(type, operands, product, 7);
    EXPECT_TRUE(found.right()) << name_of(type) << ": " << found.wrong_rows << " rows, "
                               << found.wrong_columns << " columns are wrong";
}

// Of int8 with two columns of tiles: tile 5 is left out, and tile 7 is what tile 0 is.
template <typename Emulate>
void expect_skipped_and_stuck(const Operands& operands, const Emulate& emulate) {
    const Verification hole =
        verify(NumberType::int8, operands, emulate(EmulationSettings{.skipped = 5}), 7);
    EXPECT_FALSE(hole.written);
    ASSERT_EQ(hole.tiles.size(), 1U);
    EXPECT_EQ(hole.tiles[0].row * 2 + hole.tiles[0].column, 5U);
    const ExactProduct stuck = emulate(EmulationSettings{.stuck = 7});
    const Verification wrong = verify(NumberType::int8, operands, stuck, 7);
    EXPECT_TRUE(wrong.written);
    ASSERT_EQ(wrong.tiles.size(), 1U);
    EXPECT_EQ(wrong.tiles[0].row * 2 + wrong.tiles[0].column, 7U);
    const std::size_t begin =
        std::size_t{3} * stuck.tile_rows * operands.shape.n + stuck.tile_columns;
    EXPECT_EQ(stuck.c[begin], stuck.c[0]);
}

}  // namespace assay::probe::compute
