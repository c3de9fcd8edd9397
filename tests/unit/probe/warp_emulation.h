// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A block of an accelerator as fibres of one thread, and what product_tiles.cuh asks of tensor
// cores as the PTX ISA describes it: "Asynchronous copy", ldmatrix, and the fragments of
// mma.m16n8k8 (tf32), k16 (fp16, bf16) and k32 (int8, fp8). It shows that the kernel's own
// arithmetic of places is right; of an accelerator it shows nothing. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "probe/compute/cuda/product_stages.cuh"

#define __device__  // the code of the kernel is code of this program

namespace assay_kernels {

unsigned this_thread();
unsigned this_block();
unsigned number_of_blocks();
unsigned this_unit();
void wait_for_block();
void store_two(std::uint32_t* to, std::uint32_t first, std::uint32_t second);
std::uint32_t bits_of(std::int32_t value);
std::uint32_t bits_of(float value);
void copy_16(unsigned char* to, const unsigned char* from);
void end_of_stage();
void wait_for_stage();
void load_matrices(std::uint32_t (&to)[4], const unsigned char* row);

// What a thread of a warp holds of A, and of B, by lane.
struct Fragments {
    std::uint32_t a[4];
    std::uint32_t b[2];
};

// Of the calling thread's warp, once every thread of it has come with its own; valid until the
// thread asks again.
const Fragments* exchange(const Fragments& own);

// Of the number type's bits, as probe/compute/number_type.h has it.
float value_of(Type type, const unsigned char* bytes);
unsigned bytes_of(Type type);

// Elements of row `row` of A (16) and column `column` of B (8), byte `byte` of 32 along k.
inline unsigned char byte_of_a(const Fragments* warp, unsigned row, unsigned byte) {
    const Fragments& lane = warp[row % 8 * 4 + byte % 16 / 4];
    return static_cast<unsigned char>(lane.a[row / 8 + byte / 16 * 2] >> (byte % 4 * 8));
}

inline unsigned char byte_of_b(const Fragments* warp, unsigned column, unsigned byte) {
    const Fragments& lane = warp[column * 4 + byte % 16 / 4];
    return static_cast<unsigned char>(lane.b[byte / 16] >> (byte % 4 * 8));
}

template <Type type, typename Sum>
void multiply_add(Sum (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
    const Fragments* warp = exchange({{a[0], a[1], a[2], a[3]}, {b0, b1}});
    const unsigned lane = this_thread() % 32;
    for (unsigned element = 0; element < 4; ++element) {
        const unsigned row = lane / 4 + element / 2 * 8;
        const unsigned column = lane % 4 * 2 + element % 2;
        for (unsigned byte = 0; byte < 32; byte += bytes_of(type)) {
            unsigned char left[4] = {};
            unsigned char right[4] = {};
            for (unsigned part = 0; part < bytes_of(type); ++part) {
                left[part] = byte_of_a(warp, row, byte + part);
                right[part] = byte_of_b(warp, column, byte + part);
            }
            c[element] += static_cast<Sum>(value_of(type, left) * value_of(type, right));
        }
    }
}

// When a copy that runs by itself is done: at once, or no sooner than it is waited for.
enum class Copies { at_once, late };

Copies copies();  // of the grid that runs

struct Launched {
    unsigned blocks = 1;
    unsigned threads = 256;  // of a block
    Copies copies = Copies::late;
};

// Runs the kernel in every thread of every block, one block after another. Returns how often two
// rows of one matrix that load_matrices read lay in the same banks: the result would be right, and
// slow. The shared memory must be aligned to 128 bytes. A thread that waits for what never comes
// ends the program.
unsigned run_grid(const Launched& launched, const std::function<void()>& kernel);

// For what other accelerators have beside this (wgmma_emulation.h).

// Lets the other threads run once; counts as waiting.
void give_way();
// Until every thread of the warp has come.
void wait_for_warp();
// Done by itself: at once, or much later, one after another.
void do_by_itself(std::function<void()> work);

}  // namespace assay_kernels
