// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The kernel of the products as C++, in emulated warps: it computes every tile, where it should.

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <set>

#include "tests/unit/probe/emulated_product.h"
// After what it runs on.
#include "probe/compute/cuda/product_tiles.cuh"

namespace assay::probe::compute {
namespace {

using assay_kernels::Copies;

template <NumberType type>
ExactProduct emulated(const Operands& operands, const EmulationSettings& settings) {
    const Shape& shape = operands.shape;
    const std::vector<std::byte> a = encoded(type, operands.a);
    const std::vector<std::byte> b = encoded(type, operands.b);
    ExactProduct product = poisoned(shape, assay_kernels::tile, assay_kernels::tile);
    const assay_kernels::Operands arguments{
        .a = reinterpret_cast<const unsigned char*>(a.data()),
        .b = reinterpret_cast<const unsigned char*>(b.data()),
        .c = product.c.data(),
        .units = product.units.data(),
        .m = shape.m,
        .n = shape.n,
        .row_bytes = static_cast<unsigned>(shape.k * bytes_of(type)),
        .rotation = settings.rotation,
        .skipped = settings.skipped.value_or(~0U),
        .stuck = settings.stuck.value_or(~0U)};
    struct alignas(128) Shared {
        unsigned char bytes[assay_kernels::stages * 2 * assay_kernels::matrix];
    };
    const auto shared = std::make_unique<Shared>();
    std::memset(shared->bytes, 0xff, sizeof shared->bytes);
    const unsigned conflicts = assay_kernels::run_grid(
        {.blocks = settings.blocks, .threads = assay_kernels::threads, .copies = settings.copies},
        [&] {
            constexpr auto kind = static_cast<assay_kernels::Type>(type);
            using Sum = std::conditional_t<type == NumberType::int8, std::int32_t, float>;
            assay_kernels::multiply<kind, Sum>(arguments, shared->bytes);
        });
    EXPECT_EQ(conflicts, 0U);
    return product;
}

// k: five stages and more, so that every one is used again.
template <NumberType type>
void is_right(std::uint32_t k) {
    const Operands operands = exact_operands(type, {128, 128, k}, 1);
    for (const Copies copies : {Copies::late, Copies::at_once}) {
        expect_right(type, operands, emulated<type>(operands, {.blocks = 1, .copies = copies}));
    }
}

TEST(ProductKernel, ComputesEachType) {
    is_right<NumberType::int8>(320);
    is_right<NumberType::fp16>(160);
    is_right<NumberType::bf16>(160);
    is_right<NumberType::tf32>(80);
    is_right<NumberType::fp8_e4m3>(320);
    is_right<NumberType::fp8_e5m2>(320);
}

TEST(ProductKernel, ComputesWhereOneStageIsAll) {
    is_right<NumberType::int8>(64);
    is_right<NumberType::fp16>(64);
}

constexpr Shape many_tiles{1152, 256, 64};  // more rows of tiles than a group has

TEST(ProductKernel, ComputesEveryTileOnceWhateverTheRotation) {
    const Operands operands = exact_operands(NumberType::int8, many_tiles, 1);
    std::set<std::vector<std::uint32_t>> maps;
    for (const unsigned rotation : {0U, 4U}) {
        const ExactProduct product =
            emulated<NumberType::int8>(operands, {.blocks = 3, .rotation = rotation});
        EXPECT_TRUE(verify(NumberType::int8, operands, product, 7).right()) << rotation;
        maps.insert(product.units);
    }
    EXPECT_EQ(maps.size(), 2U) << "each rotation has a map of its own";
}

TEST(ProductKernel, SkipsAndMistakesTheTileItIsToldTo) {
    const Operands operands = exact_operands(NumberType::int8, many_tiles, 1);
    expect_skipped_and_stuck(operands, [&](const EmulationSettings& settings) {
        return emulated<NumberType::int8>(operands, settings);
    });
}

}  // namespace
}  // namespace assay::probe::compute
