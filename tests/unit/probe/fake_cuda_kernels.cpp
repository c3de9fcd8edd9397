// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/probe/fake_cuda_kernels.h"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "probe/compute/operands.h"

namespace fake_cuda {

namespace {

namespace compute = assay::probe::compute;

constexpr unsigned tile = 128;

template <typename Value>
Value argument(void** arguments, unsigned index) {
    return *static_cast<Value*>(arguments[index]);
}

template <typename Element>
Element* place(void** arguments, unsigned index) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): what a device's pointer is
    return reinterpret_cast<Element*>(argument<std::uintptr_t>(arguments, index));
}

std::vector<float> decoded(compute::NumberType type, const unsigned char* bytes,
                           std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t index = 0; index < count; ++index) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, bytes + index * bytes_of(type), bytes_of(type));
        values[index] = decode(type, bits);
    }
    return values;
}

// Where the operands of a kernel lie, and the columns of its tiles.
struct Kernel {
    const unsigned char* a;
    const unsigned char* b;
    unsigned across;
};

void product(compute::NumberType type, const Kernel& kernel, unsigned blocks, void** arguments) {
    const auto m = argument<unsigned>(arguments, 4);
    const auto n = argument<unsigned>(arguments, 5);
    const auto row_bytes = argument<unsigned>(arguments, 6);
    const std::size_t k = row_bytes / bytes_of(type);
    const unsigned across = kernel.across;
    const std::vector<float> a = decoded(type, kernel.a, m * k);
    const std::vector<float> b = decoded(type, kernel.b, n * k);
    auto* c = place<std::uint32_t>(arguments, 2);
    for (unsigned index = 0; index < m / tile * (n / across); ++index) {
        if (index == argument<unsigned>(arguments, 8)) {
            continue;
        }
        const unsigned from = index == argument<unsigned>(arguments, 9) ? 0 : index;
        for (unsigned i = 0; i < tile * across; ++i) {
            const std::size_t row = from / (n / across) * tile + i / across;
            const std::size_t column = from % (n / across) * across + i % across;
            float sum = 0;
            for (std::size_t inner = 0; inner < k; ++inner) {
                sum += a[row * k + inner] * b[column * k + inner];
            }
            const std::size_t to = (index / (n / across) * tile + i / across) * n +
                                   index % (n / across) * across + i % across;
            c[to] = is_whole(type) ? static_cast<std::uint32_t>(static_cast<std::int32_t>(sum))
                                   : std::bit_cast<std::uint32_t>(sum);
        }
        place<std::uint32_t>(arguments, 3)[index] =
            (index + argument<unsigned>(arguments, 7)) % blocks % units;
    }
}

// Both operands are fetched in boxes: rows of 128 bytes of as many rows as a tile has.
bool is_launched_right(const TensorMap& map, void** arguments, unsigned rows_at, unsigned box) {
    return map.sizes[0] == argument<unsigned>(arguments, 6) &&
           map.sizes[1] == argument<unsigned>(arguments, rows_at) && map.box[0] == 128 &&
           map.box[1] == box;
}

constexpr unsigned wgmma_across = 256;
constexpr unsigned wgmma_threads = 384;

int wgmma(compute::NumberType type, unsigned blocks, unsigned threads, void** arguments) {
    const auto a = argument<TensorMap>(arguments, 0);
    const auto b = argument<TensorMap>(arguments, 1);
    if (threads != wgmma_threads || !is_launched_right(a, arguments, 4, tile) ||
        !is_launched_right(b, arguments, 5, wgmma_across)) {
        return 1;
    }
    product(type, {a.place, b.place, wgmma_across}, blocks, arguments);
    return success;
}

void stream(bool triad, void** arguments) {
    auto* to = place<float>(arguments, 0);
    const auto* from = place<float>(arguments, 1);
    const auto count = 4 * argument<std::uint64_t>(arguments, triad ? 3 : 2);
    for (std::uint64_t index = 0; index < count; ++index) {
        to[index] = from[index] + (triad ? 3 * place<float>(arguments, 2)[index] : 0);
    }
}

std::uint64_t mixed(std::uint64_t start, std::uint64_t word) {
    // mix() takes a seed and a stream; together they are undone by a seed of 0 and this place.
    return compute::mix(0, 0, start ^ word);
}

void pattern(bool verify, void** arguments) {
    auto* words = place<std::uint64_t>(arguments, 0);
    const auto count = argument<std::uint64_t>(arguments, 1);
    const auto start = argument<std::uint64_t>(arguments, 2);
    const auto first = argument<std::uint64_t>(arguments, 3);
    for (std::uint64_t index = 0; index < count; ++index) {
        const std::uint64_t expected = mixed(start, first + index);
        if (!verify) {
            words[index] = expected;
            continue;
        }
        auto* result = place<std::uint64_t>(arguments, 4);
        ++result[0];
        if (words[index] != expected && result[1]++ < 16) {
            std::uint64_t* example = result + 2 + (result[1] - 1) * 3;
            example[0] = first + index;
            example[1] = expected;
            example[2] = words[index];
        }
    }
}

void ramp(void** arguments) {
    for (std::uint64_t index = 0; index < argument<std::uint64_t>(arguments, 1); ++index) {
        place<float>(arguments, 0)[index] =
            static_cast<float>(index % argument<std::uint32_t>(arguments, 2));
    }
}

compute::NumberType type_in(const std::string& kernel) {
    return compute::number_type_named(kernel.substr(kernel.find('_') + 1))
        .value_or(compute::NumberType::int8);
}

}  // namespace

int run(const std::string& kernel, unsigned blocks, unsigned threads, void** arguments) {
    const char* lazy = std::getenv("FAKE_CUDA_LAZY");
    if (lazy != nullptr && kernel == lazy) {
        return success;
    }
    if (kernel.starts_with("wgmma_")) {
        return wgmma(type_in(kernel), blocks, threads, arguments);
    }
    if (kernel.starts_with("product_")) {
        product(type_in(kernel),
                {place<unsigned char>(arguments, 0), place<unsigned char>(arguments, 1), tile},
                blocks, arguments);
    } else if (kernel.starts_with("stream_")) {
        stream(kernel == "stream_triad", arguments);
    } else if (kernel.starts_with("pattern_")) {
        pattern(kernel == "pattern_verify", arguments);
    } else {
        ramp(arguments);
    }
    return success;
}

}  // namespace fake_cuda
