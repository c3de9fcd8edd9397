// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/number_type.h"

#include <bit>
#include <cmath>
#include <cstdlib>

namespace assay::probe::compute {

namespace {

struct Format {
    NumberType type;
    std::string_view name;
    std::size_t bytes;
    unsigned mantissa_bits;         // as they are stored
    int bias;                       // of the exponent
    std::int32_t exact_to;          // whole numbers up to this are held
    std::int64_t accumulator_bits;  // partial sums up to 2^this are exact
};

// tf32 lies in 32 bits and the hardware reads the upper 10 of its 23 mantissa bits.
constexpr std::array formats = {
    Format{NumberType::int8, "int8", 1, 0, 0, 127, 31},
    Format{NumberType::fp16, "fp16", 2, 10, 15, 2048, 22},
    Format{NumberType::bf16, "bf16", 2, 7, 127, 256, 22},
    Format{NumberType::tf32, "tf32", 4, 23, 127, 2048, 22},
    Format{NumberType::fp8_e4m3, "fp8_e4m3", 1, 3, 7, 16, 12},
    Format{NumberType::fp8_e5m2, "fp8_e5m2", 1, 2, 15, 8, 12},
};

const Format& format_of(NumberType type) {
    return formats[static_cast<std::size_t>(type)];
}

unsigned sign_place(const Format& format) {
    return static_cast<unsigned>(format.bytes * 8 - 1);
}

}  // namespace

std::string_view name_of(NumberType type) {
    return format_of(type).name;
}

std::optional<NumberType> number_type_named(std::string_view name) {
    for (const Format& format : formats) {
        if (format.name == name) {
            return format.type;
        }
    }
    return std::nullopt;
}

std::size_t bytes_of(NumberType type) {
    return format_of(type).bytes;
}

bool is_whole(NumberType type) {
    return type == NumberType::int8;
}

std::int32_t largest_operand(NumberType type, std::uint32_t k) {
    const Format& format = format_of(type);
    const std::int64_t limit = std::int64_t{1} << format.accumulator_bits;
    std::int32_t largest = 0;
    while (largest < format.exact_to &&
           static_cast<std::int64_t>(k) * (largest + 1) * (largest + 1) <= limit) {
        ++largest;
    }
    return largest;
}

std::uint32_t encode(NumberType type, std::int32_t value) {
    const Format& format = format_of(type);
    if (is_whole(type)) {
        return static_cast<std::uint8_t>(value);
    }
    if (value == 0) {
        return 0;
    }
    const auto magnitude = static_cast<std::uint32_t>(std::abs(value));
    const auto exponent = static_cast<unsigned>(std::bit_width(magnitude) - 1);
    const std::uint32_t fraction = magnitude - (std::uint32_t{1} << exponent);
    const std::uint32_t mantissa = exponent <= format.mantissa_bits
                                       ? fraction << (format.mantissa_bits - exponent)
                                       : fraction >> (exponent - format.mantissa_bits);
    const auto biased = static_cast<std::uint32_t>(static_cast<int>(exponent) + format.bias);
    const std::uint32_t sign = value < 0 ? 1 : 0;
    return sign << sign_place(format) | biased << format.mantissa_bits | mantissa;
}

float decode(NumberType type, std::uint32_t bits) {
    const Format& format = format_of(type);
    if (is_whole(type)) {
        return static_cast<float>(static_cast<std::int8_t>(bits));
    }
    if (format.mantissa_bits == 23) {
        return std::bit_cast<float>(bits);
    }
    const std::uint32_t implied = std::uint32_t{1} << format.mantissa_bits;
    const std::uint32_t mantissa = bits & (implied - 1);
    const std::uint32_t exponents = (std::uint32_t{1} << sign_place(format)) - 1;
    const auto biased = static_cast<int>((bits & exponents) >> format.mantissa_bits);
    const float magnitude =
        biased == 0 ? std::ldexp(static_cast<float>(mantissa),
                                 1 - format.bias - static_cast<int>(format.mantissa_bits))
                    : std::ldexp(static_cast<float>(mantissa | implied),
                                 biased - format.bias - static_cast<int>(format.mantissa_bits));
    return (bits >> sign_place(format) & 1U) != 0 ? -magnitude : magnitude;
}

std::uint32_t random_number(NumberType type, std::uint32_t random) {
    const Format& format = format_of(type);
    if (is_whole(type)) {
        return random & 0xffU;
    }
    const std::uint32_t mantissa = random & ((std::uint32_t{1} << format.mantissa_bits) - 1);
    const std::uint32_t exponent =
        static_cast<std::uint32_t>(format.bias) - 1 + (random >> 30U & 1U);
    return random >> 31U << sign_place(format) | exponent << format.mantissa_bits | mantissa;
}

}  // namespace assay::probe::compute
