// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/random_product.h"

#include <bit>
#include <cmath>

namespace assay::probe::compute {

namespace {

constexpr unsigned sampled_elements = 64;
constexpr double tolerance = 1.0 / 512;

}  // namespace

RandomProduct::RandomProduct(NumberType type, const Shape& shape, std::uint64_t seed)
    : type_(type),
      shape_(shape),
      a_(random_operand(type, std::size_t{shape.m} * shape.k, 2 * seed)),
      b_(random_operand(type, std::size_t{shape.n} * shape.k, 2 * seed + 1)) {}

bool RandomProduct::is_right(std::uint32_t bits, std::size_t row, std::size_t column) const {
    double sum = 0;
    double magnitude = 0;
    for (std::size_t inner = 0; inner < shape_.k; ++inner) {
        const double term =
            static_cast<double>(decode(type_, bits_at(type_, a_, row * shape_.k + inner))) *
            decode(type_, bits_at(type_, b_, column * shape_.k + inner));
        sum += term;
        magnitude += std::fabs(term);
    }
    return is_whole(type_) ? std::bit_cast<std::int32_t>(bits) == std::llround(sum)
                           : std::fabs(std::bit_cast<float>(bits) - sum) <= tolerance * magnitude;
}

RandomProduct::Sampled RandomProduct::hold_against(const std::vector<std::uint32_t>& c,
                                                   std::uint64_t entropy) const {
    Sampled sampled{.looked_at = sampled_elements, .wrong = 0};
    if (c.size() != std::size_t{shape_.m} * shape_.n) {
        sampled.wrong = sampled.looked_at;
        return sampled;
    }
    for (unsigned index = 0; index < sampled_elements; ++index) {
        const std::size_t place = mix(entropy, sample_stream, index) % c.size();
        sampled.wrong += is_right(c[place], place / shape_.n, place % shape_.n) ? 0 : 1;
    }
    return sampled;
}

}  // namespace assay::probe::compute
