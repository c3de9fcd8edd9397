// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The number types a product is computed in, as bits. Which whole numbers a type holds exactly, and
// up to which size its accumulator adds them exactly, decides how large the operands of an exact
// product may be. Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::probe::compute {

// In the order of the documents. fp8 in both its forms (OCP 8-bit floating point, revision 1.0).
enum class NumberType { int8, fp16, bf16, tf32, fp8_e4m3, fp8_e5m2 };

inline constexpr std::array number_types = {NumberType::int8,     NumberType::fp16,
                                            NumberType::bf16,     NumberType::tf32,
                                            NumberType::fp8_e4m3, NumberType::fp8_e5m2};

std::string_view name_of(NumberType type);
std::optional<NumberType> number_type_named(std::string_view name);

std::size_t bytes_of(NumberType type);  // of one operand's element: 1, 2 or 4
bool is_whole(NumberType type);         // int8; the product is int32, of all others fp32

// The largest magnitude an operand of an exact product may have whose inner dimension is `k` (1 to
// 65536); 0 if there is none. Every partial sum then is a whole number that the accumulator holds:
// below 2^31 for int8; below 2^22 for fp16, bf16 and tf32, two bits fewer than fp32 has because
// tensor cores align before they add (Fasi et al. 2021); up to 2^12 for fp8, of which Hopper's
// accumulator keeps about 14 bits (DeepSeek-V3 report, 3.3).
std::int32_t largest_operand(NumberType type, std::uint32_t k);

// The bits of a whole number that the type holds exactly (magnitude as largest_operand allows).
std::uint32_t encode(NumberType type, std::int32_t value);

// The value of the lowest bytes_of(type) bytes; of no infinity and no NaN.
float decode(NumberType type, std::uint32_t bits);

// Bits of a number between 0.5 and 2 with a random sign and a random mantissa (int8: any): what
// a processor draws its full power on. `random`: 32 random bits.
std::uint32_t random_number(NumberType type, std::uint32_t random);

}  // namespace assay::probe::compute
