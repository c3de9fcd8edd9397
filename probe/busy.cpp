// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/busy.h"

#include <stdexcept>

namespace assay::probe {

namespace {

using Matrix = std::vector<std::uint32_t>;

constexpr std::size_t size = 64;  // a product takes well under a millisecond

// The same each time; a linear congruential generator (Numerical Recipes, ranqd1).
Matrix filled(std::uint32_t seed) {
    Matrix matrix(size * size);
    for (std::uint32_t& element : matrix) {
        seed = seed * 1664525U + 1013904223U;
        element = seed;
    }
    return matrix;
}

Matrix times_vector(const Matrix& matrix, const Matrix& vector, std::size_t n) {
    Matrix result(n);
    for (std::size_t row = 0; row < n; ++row) {
        for (std::size_t column = 0; column < n; ++column) {
            result[row] += matrix[row * n + column] * vector[column];
        }
    }
    return result;
}

}  // namespace

Matrix product(const Matrix& a, const Matrix& b, std::size_t n) {
    Matrix c(n * n);
    for (std::size_t row = 0; row < n; ++row) {
        for (std::size_t inner = 0; inner < n; ++inner) {
            for (std::size_t column = 0; column < n; ++column) {
                c[row * n + column] += a[row * n + inner] * b[inner * n + column];
            }
        }
    }
    return c;
}

bool is_product(const Matrix& a, const Matrix& b, const Matrix& c, std::size_t n) {
    Matrix vector(n);
    for (std::size_t i = 0; i < n; ++i) {
        vector[i] = static_cast<std::uint32_t>(i + 1);
    }
    return times_vector(c, vector, n) == times_vector(a, times_vector(b, vector, n), n);
}

Busy::Busy(std::size_t memory_bytes) : memory_(memory_bytes, 1) {
    const Matrix a = filled(1);
    const Matrix b = filled(2);
    if (!is_product(a, b, product(a, b, size), size)) {
        throw std::runtime_error("a product of two matrices was wrong");
    }
    computing_ = std::jthread([this](const std::stop_token& stop) { compute(stop); });
}

void Busy::compute(const std::stop_token& stop) {
    Matrix a = filled(1);
    const Matrix b = filled(2);
    for (std::size_t round = 0; !stop.stop_requested(); ++round) {
        a = product(a, b, size);
        if (!memory_.empty()) {
            memory_[round % memory_.size()] = static_cast<unsigned char>(a[0]);
        }
    }
}

}  // namespace assay::probe
