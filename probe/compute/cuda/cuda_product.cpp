// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cuda/cuda_product.h"

#include <algorithm>

#include "probe/compute/cuda/launch.h"

namespace assay::probe::compute {

namespace {

namespace wgmma = assay_kernels::wgmma;

constexpr std::uint32_t no_tile = 0xffffffffU;

// Of product_tiles.cuh, and its __launch_bounds__.
constexpr Shape mma_sync_granule{128, 128, 64};
constexpr unsigned mma_sync_threads = 256;
constexpr unsigned mma_sync_blocks_of_a_unit = 2;

std::uint32_t tiles_of(ProductKernel kernel, const Shape& shape) {
    const Shape granule = granule_of(kernel);
    return shape.m / granule.m * (shape.n / granule.n);
}

std::string function_name(ProductKernel kernel, NumberType type) {
    return (kernel == ProductKernel::wgmma ? "wgmma_" : "product_") + std::string(name_of(type));
}

CudaHandle function_of(const CudaDriver& driver, const CudaProduct::Where& where, NumberType type) {
    CudaHandle function = nullptr;
    driver.must("cuModuleGetFunction", &function, where.module,
                function_name(where.kernel, type).c_str());
    if (where.kernel == ProductKernel::wgmma) {
        const int max_dynamic_shared_size_bytes = 8;  // CUfunction_attribute
        const int bytes = wgmma::shared_bytes;
        driver.must("cuFuncSetAttribute", function, max_dynamic_shared_size_bytes, bytes);
    }
    return function;
}

// Boxes of `box_rows` rows and as many bytes as a stage has, swizzled, of `rows` rows. All number
// types are bytes here.
void encode(wgmma::TensorMap& map, const CudaDriver& driver, CudaPointer place, unsigned row_bytes,
            unsigned rows, unsigned box_rows) {
    const int uint8 = 0;  // CUtensorMapDataType
    const unsigned rank = 2;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the interface has it as one
    void* const address = reinterpret_cast<void*>(static_cast<std::uintptr_t>(place));
    const std::uint64_t sizes[] = {row_bytes, rows};
    const std::uint64_t strides[] = {row_bytes};
    const std::uint32_t box[] = {wgmma::row_bytes_of_a_stage, box_rows};
    const std::uint32_t steps[] = {1, 1};
    const int no_interleave = 0;
    const int swizzle_128 = 3;
    const int promote_to_128_bytes = 2;  // of the L2
    const int no_fill = 0;
    driver.must("cuTensorMapEncodeTiled", &map, uint8, rank, address, &sizes[0], &strides[0],
                &box[0], &steps[0], no_interleave, swizzle_128, promote_to_128_bytes, no_fill);
}

}  // namespace

std::string name_of(ProductKernel kernel) {
    return kernel == ProductKernel::wgmma ? "wgmma" : "mma_sync";
}

Shape granule_of(ProductKernel kernel) {
    // The inner dimension's multiple is of the smallest type, a byte an element.
    return kernel == ProductKernel::wgmma
               ? Shape{wgmma::tile_rows, wgmma::tile_columns, wgmma::row_bytes_of_a_stage}
               : mma_sync_granule;
}

CudaProduct::CudaProduct(const CudaDriver& driver, const Where& where, NumberType type,
                         const Shape& shape, std::span<const std::byte> a,
                         std::span<const std::byte> b)
    : driver_(driver),
      where_(where),
      shape_(shape),
      row_bytes_(static_cast<unsigned>(shape.k * bytes_of(type))),
      a_(driver, a.size()),
      b_(driver, b.size()),
      c_(driver, std::size_t{shape.m} * shape.n * sizeof(std::uint32_t)),
      units_(driver, tiles_of(where.kernel, shape) * sizeof(std::uint32_t)),
      function_(function_of(driver, where, type)) {
    a_.upload(a.data(), a.size());
    b_.upload(b.data(), b.size());
    c_.fill(poison);
    units_.fill(no_unit);
    if (where.kernel == ProductKernel::wgmma) {
        maps_ = std::make_unique<Maps>();
        encode(maps_->a, driver, a_.pointer(), row_bytes_, shape.m, wgmma::tile_rows);
        encode(maps_->b, driver, b_.pointer(), row_bytes_, shape.n, wgmma::tile_columns);
    }
}

void CudaProduct::launch_on(const CudaStream& stream, const Settings& settings) const {
    const unsigned tiles = tiles_of(where_.kernel, shape_);
    const unsigned rotation = settings.rotation;
    const unsigned skipped = settings.skipped_tile.value_or(no_tile);
    const unsigned stuck = settings.stuck_tile.value_or(no_tile);
    if (where_.kernel == ProductKernel::wgmma) {
        const Grid grid{.blocks = std::min(tiles, where_.units),
                        .threads = wgmma::threads,
                        .shared_bytes = wgmma::shared_bytes};
        launch(driver_, function_, grid, stream.handle(), maps_->a, maps_->b, c_.pointer(),
               units_.pointer(), shape_.m, shape_.n, row_bytes_, rotation, skipped, stuck);
        return;
    }
    const Grid grid{.blocks = std::min(tiles, where_.units * mma_sync_blocks_of_a_unit),
                    .threads = mma_sync_threads};
    launch(driver_, function_, grid, stream.handle(), a_.pointer(), b_.pointer(), c_.pointer(),
           units_.pointer(), shape_.m, shape_.n, row_bytes_, rotation, skipped, stuck);
}

std::vector<std::uint32_t> CudaProduct::result() const {
    std::vector<std::uint32_t> bits(c_.bytes() / sizeof(std::uint32_t));
    c_.download(bits.data(), c_.bytes());
    return bits;
}

std::vector<std::uint32_t> CudaProduct::units() const {
    std::vector<std::uint32_t> units(units_.bytes() / sizeof(std::uint32_t));
    units_.download(units.data(), units_.bytes());
    return units;
}

}  // namespace assay::probe::compute
