// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// C = A B with mma.sync, one kernel for each number type, on every architecture from sm_75 on.
//
// All types share one layout in bytes: an instruction takes 16 rows of A and 8 columns of B by 32
// bytes along k (16 numbers of fp16, 32 of int8, …), and every thread holds the same bytes of them
// (PTX ISA, "Matrix Fragments for mma.m16n8k16", and those of k8 and k32). A and B lie row by row
// along k, B transposed.
//
// A block computes tiles of 128 x 128, several one after another: block b those with
// (tile + rotation) mod blocks = b, so that another rotation puts each tile on another block. It
// writes down which SM it ran on. Rows of 64 bytes of A and B come in three stages, by cp.async
// where there is (sm_80), and lie swizzled, so that ldmatrix meets no bank twice.
#include <cstdint>

namespace {

constexpr unsigned tile = 128;             // rows and columns
constexpr unsigned chunk = 64;             // bytes along k of a stage
constexpr unsigned stages = 3;             // 48 KiB of shared memory, what needs no opt-in
constexpr unsigned threads = 256;          // 2 x 4 warps, each with 64 x 32 of the tile
constexpr unsigned matrix = tile * chunk;  // bytes of A in a stage, and of B
constexpr unsigned tiles_in_a_group = 8;   // rows of tiles that are worked on together, for the L2

struct Operands {
    const unsigned char* a;
    const unsigned char* b;
    std::uint32_t* c;
    std::uint32_t* units;
    unsigned m, n;
    unsigned row_bytes;  // of A and B, a multiple of chunk
    unsigned rotation;
    unsigned skipped, stuck;  // tiles; ~0 for none
};

enum class Type { int8, fp16, bf16, tf32, fp8_e4m3, fp8_e5m2 };

// Where 16 bytes of a row lie within a stage's matrix.
__device__ unsigned swizzled(unsigned row, unsigned sixteen) {
    return row * chunk + ((sixteen ^ (row >> 1 & 3)) << 4);
}

__device__ void copy_16(unsigned char* to, const unsigned char* from) {
#if __CUDA_ARCH__ >= 800
    const auto place = static_cast<unsigned>(__cvta_generic_to_shared(to));
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(place), "l"(from) : "memory");
#else
    *reinterpret_cast<uint4*>(to) = *reinterpret_cast<const uint4*>(from);
#endif
}

__device__ void end_of_stage() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

__device__ void wait_for_stage() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(stages - 2) : "memory");
#endif
}

__device__ void load_stage(const Operands& operands, unsigned row, unsigned column, unsigned at,
                           unsigned char* stage) {
    for (unsigned index = threadIdx.x; index < tile * chunk / 16; index += threads) {
        const unsigned line = index / (chunk / 16);
        const unsigned sixteen = index % (chunk / 16);
        const std::size_t offset = std::size_t{at} * chunk + sixteen * 16;
        copy_16(stage + swizzled(line, sixteen),
                operands.a + std::size_t{row + line} * operands.row_bytes + offset);
        copy_16(stage + matrix + swizzled(line, sixteen),
                operands.b + std::size_t{column + line} * operands.row_bytes + offset);
    }
}

// Four 8 x 16-byte matrices; lane l gives the address of row l % 8 of matrix l / 8.
__device__ void load_matrices(std::uint32_t (&to)[4], const unsigned char* row) {
    const auto place = static_cast<unsigned>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(place)
                 : "memory");
}

#define ASSAY_MMA_WHOLE(shape, types)                                               \
    asm volatile("mma.sync.aligned." shape ".row.col." types                        \
                 " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
                 : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])                   \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))
#define ASSAY_MMA(shape, types)                                                     \
    asm volatile("mma.sync.aligned." shape ".row.col." types                        \
                 " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])                   \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))

// 16 x 8 of C by 32 bytes along k. What the architecture lacks traps; the host does not ask for it.
template <Type type>
__device__ void multiply_add(std::int32_t (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                             std::uint32_t b1) {
    static_assert(type == Type::int8);
#if __CUDA_ARCH__ >= 800
    ASSAY_MMA_WHOLE("m16n8k32", "s32.s8.s8.s32");
#else
    for (unsigned half = 0; half < 2; ++half) {
        asm volatile(
            "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};"
            : "+r"(c[2 * half]), "+r"(c[2 * half + 1])
            : "r"(a[half]), "r"(b0));
        asm volatile(
            "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};"
            : "+r"(c[2 * half]), "+r"(c[2 * half + 1])
            : "r"(a[half + 2]), "r"(b1));
    }
#endif
}

template <Type type>
__device__ void multiply_add(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                             std::uint32_t b1) {
#if __CUDA_ARCH__ >= 800
    if constexpr (type == Type::fp16) {
        ASSAY_MMA("m16n8k16", "f32.f16.f16.f32");
    } else if constexpr (type == Type::bf16) {
        ASSAY_MMA("m16n8k16", "f32.bf16.bf16.f32");
    } else if constexpr (type == Type::tf32) {
        ASSAY_MMA("m16n8k8", "f32.tf32.tf32.f32");
    }
#else
    if constexpr (type == Type::fp16) {
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, "
            "{%0, %1, %2, %3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a[0]), "r"(a[1]), "r"(b0));
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, "
            "{%0, %1, %2, %3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a[2]), "r"(a[3]), "r"(b1));
    } else {
        __trap();
    }
#endif
#if __CUDA_ARCH__ >= 890
    if constexpr (type == Type::fp8_e4m3) {
        ASSAY_MMA("m16n8k32", "f32.e4m3.e4m3.f32");
    } else if constexpr (type == Type::fp8_e5m2) {
        ASSAY_MMA("m16n8k32", "f32.e5m2.e5m2.f32");
    }
#else
    if constexpr (type == Type::fp8_e4m3 || type == Type::fp8_e5m2) {
        __trap();
    }
#endif
}

// A warp's 64 x 32 of the tile: 4 x 4 times 16 x 8.
template <typename Sum>
struct Part {
    Sum c[4][4][4];
};

template <Type type, typename Sum>
__device__ void compute_stage(const unsigned char* stage, unsigned warp_row, unsigned warp_column,
                              Part<Sum>& part) {
    const unsigned lane = threadIdx.x % 32;
    for (unsigned step = 0; step < chunk / 32; ++step) {
        std::uint32_t a[4][4];
        std::uint32_t b[2][4];  // each of two columns of 8
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) {
            const unsigned row = warp_row + i * 16 + lane % 16;
            load_matrices(a[i], stage + swizzled(row, step * 2 + lane / 16));
        }
#pragma unroll
        for (unsigned j = 0; j < 2; ++j) {
            const unsigned column = warp_column + j * 16 + lane / 16 * 8 + lane % 8;
            load_matrices(b[j], stage + matrix + swizzled(column, step * 2 + lane / 8 % 2));
        }
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) {
#pragma unroll
            for (unsigned j = 0; j < 4; ++j) {
                multiply_add<type>(part.c[i][j], a[i], b[j / 2][j % 2 * 2],
                                   b[j / 2][j % 2 * 2 + 1]);
            }
        }
    }
}

__device__ std::uint32_t bits_of(std::int32_t value) {
    return static_cast<std::uint32_t>(value);
}

__device__ std::uint32_t bits_of(float value) {
    return __float_as_uint(value);
}

template <typename Sum>
__device__ void store(const Operands& operands, unsigned row, unsigned column,
                      const Part<Sum>& part) {
    const unsigned lane = threadIdx.x % 32;
#pragma unroll
    for (unsigned i = 0; i < 4; ++i) {
#pragma unroll
        for (unsigned j = 0; j < 4; ++j) {
#pragma unroll
            for (unsigned half = 0; half < 2; ++half) {
                const std::size_t line = row + i * 16 + lane / 4 + half * 8;
                const std::size_t place = line * operands.n + column + j * 8 + lane % 4 * 2;
                *reinterpret_cast<uint2*>(operands.c + place) = make_uint2(
                    bits_of(part.c[i][j][half * 2]), bits_of(part.c[i][j][half * 2 + 1]));
            }
        }
    }
}

template <Type type, typename Sum>
__device__ void compute_tile(const Operands& operands, unsigned row, unsigned column,
                             unsigned char* shared, Part<Sum>& part) {
    const unsigned warp = threadIdx.x / 32;
    const unsigned chunks = operands.row_bytes / chunk;
    for (unsigned at = 0; at < stages - 1; ++at) {
        if (at < chunks) {
            load_stage(operands, row, column, at, shared + at * 2 * matrix);
        }
        end_of_stage();
    }
    for (unsigned at = 0; at < chunks; ++at) {
        wait_for_stage();
        __syncthreads();
        const unsigned next = at + stages - 1;
        if (next < chunks) {
            load_stage(operands, row, column, next, shared + next % stages * 2 * matrix);
        }
        end_of_stage();
        compute_stage<type>(shared + at % stages * 2 * matrix, warp / 4 * 64, warp % 4 * 32, part);
    }
    __syncthreads();  // before the next tile overwrites what others still read
}

template <Type type, typename Sum>
__device__ void multiply(const Operands& operands) {
    __shared__ __align__(128) unsigned char shared[stages * 2 * matrix];
    const unsigned down = operands.m / tile;
    const unsigned across = operands.n / tile;
    const unsigned blocks = gridDim.x;
    const unsigned warp = threadIdx.x / 32;
    unsigned unit = 0;
    asm volatile("mov.u32 %0, %%smid;" : "=r"(unit));
    for (unsigned turn = (blockIdx.x + blocks - operands.rotation % blocks) % blocks;
         turn < down * across; turn += blocks) {
        const unsigned group = turn / (tiles_in_a_group * across) * tiles_in_a_group;
        const unsigned rows = min(tiles_in_a_group, down - group);
        const unsigned within = turn % (tiles_in_a_group * across);
        const unsigned tile_row = group + within % rows;
        const unsigned tile_column = within / rows;
        const unsigned index = tile_row * across + tile_column;
        if (index == operands.skipped) {
            continue;
        }
        const bool stuck = index == operands.stuck;
        Part<Sum> part{};
        compute_tile<type>(operands, stuck ? 0 : tile_row * tile, stuck ? 0 : tile_column * tile,
                           shared, part);
        store(operands, tile_row * tile + warp / 4 * 64, tile_column * tile + warp % 4 * 32, part);
        if (threadIdx.x == 0) {
            operands.units[index] = unit;
        }
    }
}

}  // namespace

#define ASSAY_PRODUCT(name, type, sum)                                                            \
    extern "C" __global__ void __launch_bounds__(threads, 2)                                      \
        name(const unsigned char* a, const unsigned char* b, std::uint32_t* c,                    \
             std::uint32_t* units, unsigned m, unsigned n, unsigned row_bytes, unsigned rotation, \
             unsigned skipped, unsigned stuck) {                                                  \
        multiply<Type::type, sum>({a, b, c, units, m, n, row_bytes, rotation, skipped, stuck});   \
    }

ASSAY_PRODUCT(product_int8, int8, std::int32_t)
ASSAY_PRODUCT(product_fp16, fp16, float)
ASSAY_PRODUCT(product_bf16, bf16, float)
ASSAY_PRODUCT(product_tf32, tf32, float)
ASSAY_PRODUCT(product_fp8_e4m3, fp8_e4m3, float)
ASSAY_PRODUCT(product_fp8_e5m2, fp8_e5m2, float)
