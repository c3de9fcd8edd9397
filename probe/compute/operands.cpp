// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/operands.h"

#include <algorithm>
#include <cstring>

namespace assay::probe::compute {

namespace {

constexpr std::size_t random_period = std::size_t{1} << 20U;

std::vector<std::int16_t> whole_numbers(std::uint64_t seed, std::uint64_t stream, std::size_t count,
                                        std::int32_t largest) {
    std::vector<std::int16_t> elements(count);
    const auto width = static_cast<std::uint64_t>(2 * largest + 1);
    for (std::size_t index = 0; index < count; ++index) {
        const std::uint64_t upper = mix(seed, stream, index) >> 32U;
        elements[index] =
            static_cast<std::int16_t>(static_cast<std::int32_t>(upper * width >> 32U) - largest);
    }
    return elements;
}

// Little-endian, as the devices read it.
void put(std::uint32_t bits, std::size_t bytes, std::byte* place) {
    for (std::size_t index = 0; index < bytes; ++index) {
        place[index] = static_cast<std::byte>(bits >> (8 * index));
    }
}

}  // namespace

std::uint64_t mix(std::uint64_t seed, std::uint64_t stream, std::uint64_t place) {
    std::uint64_t bits = (seed * 0x2545f4914f6cdd1dU) ^ (stream << 60U) ^ place;
    bits = (bits + 0x9e3779b97f4a7c15U);
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31U);
}

std::vector<std::uint64_t> pattern(std::uint64_t seed, std::uint64_t stream, std::size_t count) {
    std::vector<std::uint64_t> words(count);
    for (std::size_t word = 0; word < count; ++word) {
        words[word] = mix(seed, stream, word);
    }
    return words;
}

Operands exact_operands(NumberType type, const Shape& shape, std::uint64_t seed) {
    const std::int32_t largest = largest_operand(type, shape.k);
    const std::size_t k = shape.k;
    return {.shape = shape,
            .largest = largest,
            .a = whole_numbers(seed, 0, shape.m * k, largest),
            .b = whole_numbers(seed, 1, shape.n * k, largest)};
}

std::vector<std::byte> encoded(NumberType type, const std::vector<std::int16_t>& elements) {
    const std::size_t bytes = bytes_of(type);
    std::vector<std::byte> all(elements.size() * bytes);
    for (std::size_t index = 0; index < elements.size(); ++index) {
        put(encode(type, elements[index]), bytes, all.data() + index * bytes);
    }
    return all;
}

std::vector<std::byte> random_operand(NumberType type, std::size_t count, std::uint64_t seed) {
    const std::size_t bytes = bytes_of(type);
    const std::size_t period = std::min(count, random_period);
    std::vector<std::byte> all(count * bytes);
    for (std::size_t index = 0; index < period; ++index) {
        const auto random = static_cast<std::uint32_t>(mix(seed, 2, index) >> 32U);
        put(random_number(type, random), bytes, all.data() + index * bytes);
    }
    for (std::size_t done = period; done < count; done += period) {
        std::memcpy(all.data() + done * bytes, all.data(), std::min(period, count - done) * bytes);
    }
    return all;
}

std::uint32_t bits_at(NumberType type, const std::vector<std::byte>& bytes, std::size_t index) {
    const std::size_t size = bytes_of(type);
    std::uint32_t bits = 0;
    for (std::size_t byte = 0; byte < size; ++byte) {
        bits |= static_cast<std::uint32_t>(bytes[index * size + byte]) << (8 * byte);
    }
    return bits;
}

}  // namespace assay::probe::compute
