// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cpu_product.h"

#include <array>
#include <bit>
#include <chrono>
#include <type_traits>

namespace assay::probe::compute {

namespace {

// What the type's bits stand for, in the type of the accumulator.
template <typename Sum>
std::vector<Sum> decoded(NumberType type, std::span<const std::byte> bytes) {
    const std::size_t size = bytes_of(type);
    std::vector<Sum> values(bytes.size() / size);
    for (std::size_t index = 0; index < values.size(); ++index) {
        std::uint32_t bits = 0;
        for (std::size_t byte = 0; byte < size; ++byte) {
            bits |= static_cast<std::uint32_t>(bytes[index * size + byte]) << (8 * byte);
        }
        values[index] = static_cast<Sum>(decode(type, bits));
    }
    return values;
}

template <typename Sum>
using Tile = std::array<Sum, std::size_t{cpu_tile} * cpu_tile>;

// Along k outermost, so that the compiler adds rows of the tile at once.
template <typename Sum>
Tile<Sum> tile_of(const std::vector<Sum>& a, const std::vector<Sum>& b, std::size_t row,
                  std::size_t column, std::size_t k) {
    Tile<Sum> sums{};
    std::array<Sum, cpu_tile> across{};
    for (std::size_t inner = 0; inner < k; ++inner) {
        for (std::size_t j = 0; j < cpu_tile; ++j) {
            across[j] = b[(column + j) * k + inner];
        }
        for (std::size_t i = 0; i < cpu_tile; ++i) {
            const Sum factor = a[(row + i) * k + inner];
            for (std::size_t j = 0; j < cpu_tile; ++j) {
                sums[i * cpu_tile + j] += factor * across[j];
            }
        }
    }
    return sums;
}

template <typename Sum>
void multiply_tiles(const ExactJob& job, ExactProduct& product) {
    const std::vector<Sum> a = decoded<Sum>(job.type, job.a);
    const std::vector<Sum> b = decoded<Sum>(job.type, job.b);
    const std::size_t across = job.shape.n / cpu_tile;
    for (std::uint32_t tile = 0; tile < product.units.size(); ++tile) {
        if (tile == job.skipped_tile) {
            continue;
        }
        const std::uint32_t computed = tile == job.stuck_tile ? 0 : tile;
        const Tile<Sum> sums =
            tile_of(a, b, computed / across * cpu_tile, computed % across * cpu_tile, job.shape.k);
        std::uint32_t* place =
            product.c.data() + tile / across * cpu_tile * job.shape.n + tile % across * cpu_tile;
        for (std::size_t i = 0; i < cpu_tile; ++i) {
            for (std::size_t j = 0; j < cpu_tile; ++j) {
                place[i * job.shape.n + j] = std::bit_cast<std::uint32_t>(sums[i * cpu_tile + j]);
            }
        }
        product.units[tile] = (tile + job.rotation) % cpu_units;
    }
}

}  // namespace

ExactProduct cpu_multiply(const ExactJob& job) {
    const Shape& shape = job.shape;
    ExactProduct product{
        .c = {}, .tile_rows = cpu_tile, .tile_columns = cpu_tile, .units = {}, .seconds = 0};
    product.c.assign(std::size_t{shape.m} * shape.n, poison);
    product.units.assign(std::size_t{shape.m / cpu_tile} * (shape.n / cpu_tile), no_unit);
    const auto begun = std::chrono::steady_clock::now();
    if (is_whole(job.type)) {
        multiply_tiles<std::int32_t>(job, product);
    } else {
        multiply_tiles<float>(job, product);
    }
    product.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return product;
}

}  // namespace assay::probe::compute
