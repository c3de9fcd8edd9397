// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The operands of products: whole numbers that follow from a seed alone, so that every device is
// given the same ones, and random ones for speed. Values and pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "probe/compute/number_type.h"

namespace assay::probe::compute {

// C (m x n) = A (m x k) B (k x n).
struct Shape {
    std::uint32_t m = 0;
    std::uint32_t n = 0;
    std::uint32_t k = 0;
    bool operator==(const Shape&) const = default;
};

// Both row by row; B lies transposed (n x k), so that both are read along k.
struct Operands {
    Shape shape;
    std::int32_t largest = 0;  // magnitude of an element
    std::vector<std::int16_t> a;
    std::vector<std::int16_t> b;
};

// Element i of A is mix(seed, 0, i), of B mix(seed, 1, i), brought to -largest … largest.
Operands exact_operands(NumberType type, const Shape& shape, std::uint64_t seed);

// 64 well mixed bits of a seed, a stream of it and a place in the stream: the finaliser of
// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t seed, std::uint64_t stream, std::uint64_t place);

// The streams of `mix` that are not operands.
inline constexpr std::uint64_t pattern_stream = 3;
inline constexpr std::uint64_t to_device_stream = 4;
inline constexpr std::uint64_t to_host_stream = 5;
inline constexpr std::uint64_t to_peer_stream = 6;
inline constexpr std::uint64_t sample_stream = 7;

// Words mix(seed, stream, 0 … count - 1).
std::vector<std::uint64_t> pattern(std::uint64_t seed, std::uint64_t stream, std::size_t count);

// The elements as the type's bits, each in bytes_of(type) bytes, the lowest first.
std::vector<std::byte> encoded(NumberType type, const std::vector<std::int16_t>& elements);

// `count` random numbers as the type's bits (random_number); they repeat after 2^20.
std::vector<std::byte> random_operand(NumberType type, std::size_t count, std::uint64_t seed);

// The bits of element `index` of what the two functions above return.
std::uint32_t bits_at(NumberType type, const std::vector<std::byte>& bytes, std::size_t index);

}  // namespace assay::probe::compute
