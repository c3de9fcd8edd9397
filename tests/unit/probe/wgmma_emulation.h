// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Beside warp_emulation.h, what wgmma_tiles.cuh asks of sm_90a, as the PTX ISA describes it:
// mbarrier, cp.async.bulk.tensor with 128-byte swizzle, wgmma.mma_async with its descriptors. Where
// copies are done at once, a product reads shared memory no sooner than it is waited for, so that
// one whose stage was given back too soon is wrong; where they are late, as soon as it is asked
// for, so that one which did not wait for its stage is. It shows that the kernel's own arithmetic
// of places and phases is right; of an accelerator it shows nothing. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "probe/compute/cuda/wgmma_shape.cuh"
#include "tests/unit/probe/warp_emulation.h"

namespace assay_kernels::wgmma {

// Rows of `row_bytes` at `place`, of which boxes of row_bytes_of_a_stage x box_rows are fetched:
// what cuTensorMapEncodeTiled would make of it.
TensorMap map_of(const void* place, unsigned row_bytes, unsigned rows, unsigned box_rows);

// Where shared memory begins: places in it are known by their distance. 1024-byte aligned.
void set_shared(unsigned char* begin);

std::uint32_t shared_address(const void* place);
void set_up_barrier(Barrier* barrier, unsigned arrivals);
inline void show_barriers() {}
void arrive_at_barrier(Barrier* barrier);
void expect_bytes(Barrier* barrier, unsigned bytes);
void wait_for_barrier(Barrier* barrier, unsigned parity);
void fetch_box(unsigned char* to, const TensorMap* map, unsigned byte, unsigned row,
               Barrier* barrier);
inline void take_registers() {}
inline void give_registers() {}
void begin_products();

// What a warp multiplies, along k: its 16 rows of A, and all columns of B.
struct Values {
    std::vector<float> a[16];
    std::vector<float> b[256];
};

// A product that the calling thread asks for; `add` is called with what it reads.
void ask_for(Type type, std::uint64_t a, std::uint64_t b, std::function<void(const Values&)> add);
void end_products();
void wait_for_all_but_the_last();
void wait_for_all();

template <typename Sum>
void wait_for_sums(Sum (&)[sums_of_a_thread]) {
    wait_for_all();
}

template <Type type, typename Sum>
void multiply_add(Sum (&sums)[sums_of_a_thread], std::uint64_t a, std::uint64_t b) {
    ask_for(type, a, b, [&sums, lane = this_thread() % 32](const Values& values) {
        for (unsigned at = 0; at < sums_of_a_thread; ++at) {
            const std::vector<float>& row = values.a[lane / 4 + at / 2 % 2 * 8];
            const std::vector<float>& column = values.b[at / 4 * 8 + lane % 4 * 2 + at % 2];
            float sum = 0;
            for (std::size_t k = 0; k < row.size(); ++k) {
                sum += row[k] * column[k];
            }
            sums[at] += static_cast<Sum>(sum);
        }
    });
}

}  // namespace assay_kernels::wgmma
