// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The wgmma kernel as C++, in emulated warpgroups: it computes every tile, where it should, and
// gives no stage back too soon.

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <set>

#include "tests/unit/probe/emulated_product.h"
#include "tests/unit/probe/wgmma_emulation.h"
// After what it runs on.
#include "probe/compute/cuda/wgmma_tiles.cuh"

namespace assay::probe::compute {
namespace {

namespace wgmma = assay_kernels::wgmma;
using assay_kernels::Copies;

// Beyond its alignment, so that the kernel has to find it.
struct SharedMemory {
    alignas(wgmma::alignment) unsigned char bytes[wgmma::alignment + wgmma::shared_bytes];
    unsigned char* given() { return bytes + 16; }
};

template <NumberType type>
ExactProduct emulated(const Operands& operands, const EmulationSettings& settings) {
    const Shape& shape = operands.shape;
    const std::vector<std::byte> a = encoded(type, operands.a);
    const std::vector<std::byte> b = encoded(type, operands.b);
    ExactProduct product = poisoned(shape, wgmma::tile_rows, wgmma::tile_columns);
    const auto row_bytes = static_cast<unsigned>(shape.k * bytes_of(type));
    const wgmma::TensorMap map_a = wgmma::map_of(a.data(), row_bytes, shape.m, wgmma::tile_rows);
    const wgmma::TensorMap map_b = wgmma::map_of(b.data(), row_bytes, shape.n, wgmma::tile_columns);
    const wgmma::Operands arguments{.a = &map_a,
                                    .b = &map_b,
                                    .c = product.c.data(),
                                    .units = product.units.data(),
                                    .m = shape.m,
                                    .n = shape.n,
                                    .row_bytes = row_bytes,
                                    .rotation = settings.rotation,
                                    .skipped = settings.skipped.value_or(~0U),
                                    .stuck = settings.stuck.value_or(~0U)};
    const auto shared = std::make_unique<SharedMemory>();
    std::memset(shared->bytes, 0xff, sizeof shared->bytes);
    wgmma::set_shared(shared->bytes);
    assay_kernels::run_grid(
        {.blocks = settings.blocks, .threads = wgmma::threads, .copies = settings.copies}, [&] {
            constexpr auto kind = static_cast<assay_kernels::Type>(type);
            using Sum = std::conditional_t<type == NumberType::int8, std::int32_t, float>;
            wgmma::multiply<kind, Sum>(arguments, shared->given());
        });
    return product;
}

// Six stages and more for each tile, so that every one of the ring is used again.
template <NumberType type>
void is_right(std::uint32_t chunks) {
    const auto k =
        static_cast<std::uint32_t>(chunks * wgmma::row_bytes_of_a_stage / bytes_of(type));
    const Operands operands = exact_operands(type, {128, 256, k}, 1);
    for (const Copies copies : {Copies::late, Copies::at_once}) {
        expect_right(type, operands, emulated<type>(operands, {.blocks = 1, .copies = copies}));
    }
}

TEST(WgmmaKernel, ComputesEachType) {
    is_right<NumberType::int8>(6);
    is_right<NumberType::fp16>(6);
    is_right<NumberType::bf16>(6);
    is_right<NumberType::tf32>(6);
    is_right<NumberType::fp8_e4m3>(6);
    is_right<NumberType::fp8_e5m2>(6);
}

TEST(WgmmaKernel, ComputesWhereOneStageIsAll) {
    is_right<NumberType::int8>(1);
    is_right<NumberType::fp16>(1);
}

constexpr Shape many_tiles{1152, 512, 128};  // more rows of tiles than a group has

TEST(WgmmaKernel, ComputesEveryTileOnceWhateverTheRotation) {
    const Operands operands = exact_operands(NumberType::int8, many_tiles, 1);
    std::set<std::vector<std::uint32_t>> maps;
    // Six tiles of one stage for each block: more than the ring has.
    for (const auto& [rotation, copies] :
         {std::pair{0U, Copies::at_once}, std::pair{4U, Copies::late}}) {
        const ExactProduct product = emulated<NumberType::int8>(
            operands, {.blocks = 3, .rotation = rotation, .copies = copies});
        EXPECT_TRUE(verify(NumberType::int8, operands, product, 7).right()) << rotation;
        maps.insert(product.units);
    }
    EXPECT_EQ(maps.size(), 2U) << "each rotation has a map of its own";
}

TEST(WgmmaKernel, SkipsAndMistakesTheTileItIsToldTo) {
    const Operands operands = exact_operands(NumberType::int8, many_tiles, 1);
    expect_skipped_and_stuck(operands, [&](const EmulationSettings& settings) {
        return emulated<NumberType::int8>(operands, settings);
    });
}

}  // namespace
}  // namespace assay::probe::compute
