// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/verify.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "probe/compute/digest.h"

namespace assay::probe::compute {

namespace {

constexpr std::uint64_t prime = (std::uint64_t{1} << 31U) - 1;
constexpr std::size_t lines_looked_at = 4096;  // wrong rows and columns that are crossed
constexpr std::uint64_t elements_of_a_tile = 64;
constexpr std::size_t examples_at_most = 4;

using Residues = std::vector<std::uint64_t>;  // below the prime

Residues random_residues(std::size_t count, std::uint64_t entropy, std::uint64_t stream) {
    Residues vector(count);
    for (std::size_t index = 0; index < count; ++index) {
        vector[index] = mix(entropy, stream, index) % prime;
    }
    return vector;
}

std::uint64_t residue(std::int64_t value) {
    const std::int64_t rest = value % static_cast<std::int64_t>(prime);
    return static_cast<std::uint64_t>(rest < 0 ? rest + static_cast<std::int64_t>(prime) : rest);
}

// Adds value * factor, where |value| < 2^31 and factor < 2^31, without a division for each: two
// halves of the factor, each sum safe for 65536 terms.
class Accumulator {
public:
    void add(std::int64_t value, std::uint64_t factor) {
        low_ += value * static_cast<std::int64_t>(factor & 0xffffU);
        high_ += value * static_cast<std::int64_t>(factor >> 16U);
    }
    void settle() {
        low_ = static_cast<std::int64_t>(value());
        high_ = 0;
    }
    std::uint64_t value() const { return (residue(low_) + residue(high_) * 65536U) % prime; }

private:
    std::int64_t low_ = 0;
    std::int64_t high_ = 0;
};

constexpr std::size_t settle_after = 32768;  // terms

// matrix (rows x columns, row by row) times vector.
template <typename Element>
Residues times_vector(const std::vector<Element>& matrix, const Residues& vector) {
    const std::size_t columns = vector.size();
    Residues result(matrix.size() / columns);
    for (std::size_t row = 0; row < result.size(); ++row) {
        Accumulator sum;
        for (std::size_t column = 0; column < columns; ++column) {
            sum.add(matrix[row * columns + column], vector[column]);
            if (column % settle_after == settle_after - 1) {
                sum.settle();
            }
        }
        result[row] = sum.value();
    }
    return result;
}

// vector times matrix (rows x columns, row by row).
template <typename Element>
Residues vector_times(const Residues& vector, const std::vector<Element>& matrix) {
    const std::size_t columns = matrix.size() / vector.size();
    std::vector<Accumulator> sums(columns);
    for (std::size_t row = 0; row < vector.size(); ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            sums[column].add(matrix[row * columns + column], vector[row]);
        }
        if (row % settle_after == settle_after - 1) {
            std::for_each(sums.begin(), sums.end(), [](Accumulator& sum) { sum.settle(); });
        }
    }
    Residues result(columns);
    for (std::size_t column = 0; column < columns; ++column) {
        result[column] = sums[column].value();
    }
    return result;
}

void mark_differences(const Residues& left, const Residues& right, std::vector<bool>& wrong) {
    for (std::size_t index = 0; index < left.size(); ++index) {
        wrong[index] = wrong[index] || left[index] != right[index];
    }
}

std::vector<std::uint32_t> marked(const std::vector<bool>& marks) {
    std::vector<std::uint32_t> places;
    for (std::size_t index = 0; index < marks.size(); ++index) {
        if (marks[index]) {
            places.push_back(static_cast<std::uint32_t>(index));
        }
    }
    return places;
}

// Which rows and columns of C differ.
struct Lines {
    std::vector<bool> rows;
    std::vector<bool> columns;
};

// C as whole numbers; what is none becomes 0, is marked, and clears `whole` or `written`.
std::vector<std::int32_t> whole_elements(NumberType type, const Operands& operands,
                                         const ExactProduct& product, Verification& found,
                                         Lines& wrong) {
    const double bound =
        static_cast<double>(operands.shape.k) * operands.largest * operands.largest;
    std::vector<std::int32_t> elements(product.c.size());
    found.written =
        std::find(product.units.begin(), product.units.end(), no_unit) == product.units.end();
    found.whole = true;
    for (std::size_t index = 0; index < elements.size(); ++index) {
        const std::uint32_t bits = product.c[index];
        const double value = is_whole(type) ? static_cast<double>(std::bit_cast<std::int32_t>(bits))
                                            : static_cast<double>(std::bit_cast<float>(bits));
        const bool unwritten = bits == poison;
        if (!unwritten && std::fabs(value) <= bound && value == std::trunc(value)) {
            elements[index] = static_cast<std::int32_t>(value);
            continue;
        }
        (unwritten ? found.written : found.whole) = false;
        wrong.rows[index / operands.shape.n] = true;
        wrong.columns[index % operands.shape.n] = true;
    }
    return elements;
}

std::string words_for(NumberType type, std::uint32_t bits) {
    if (bits == poison) {
        return "poison";
    }
    if (is_whole(type)) {
        return std::to_string(std::bit_cast<std::int32_t>(bits));
    }
    const float value = std::bit_cast<float>(bits);
    return std::isfinite(value) ? std::to_string(value) : std::isnan(value) ? "nan" : "infinite";
}

// Whether the bits are the number, in the type of C.
bool holds(NumberType type, std::uint32_t bits, std::int64_t number) {
    return is_whole(type) ? std::bit_cast<std::int32_t>(bits) == number
                          : std::bit_cast<float>(bits) == static_cast<float>(number);
}

// Computes the elements where wrong rows and columns cross anew.
class Crossing {
public:
    Crossing(NumberType type, const Operands& operands, const ExactProduct& product)
        : type_(type), operands_(operands), product_(product) {}

    void look_at(std::uint32_t row, std::uint32_t column, Verification& found) {
        const std::uint32_t down = row / product_.tile_rows;
        const std::uint32_t across = column / product_.tile_columns;
        const std::uint32_t tile = down * product_.tiles_across(operands_.shape) + across;
        WrongTile& seen = tiles_[tile];
        if (seen.looked_at >= elements_of_a_tile) {
            return;
        }
        seen.row = down;
        seen.column = across;
        seen.unit = product_.units[tile];
        ++seen.looked_at;
        const std::uint32_t bits = product_.c[std::size_t{row} * operands_.shape.n + column];
        const std::int64_t expected = element(row, column);
        if (holds(type_, bits, expected)) {
            return;
        }
        ++seen.wrong;
        if (found.examples.size() < examples_at_most) {
            found.examples.push_back({row, column, expected, words_for(type_, bits)});
        }
    }

    std::vector<WrongTile> wrong_tiles() const {
        std::vector<WrongTile> wrong;
        for (const auto& [tile, seen] : tiles_) {
            if (seen.wrong > 0) {
                wrong.push_back(seen);
            }
        }
        return wrong;
    }

private:
    std::int64_t element(std::uint32_t row, std::uint32_t column) const {
        const std::size_t k = operands_.shape.k;
        std::int64_t sum = 0;
        for (std::size_t inner = 0; inner < k; ++inner) {
            sum += static_cast<std::int64_t>(operands_.a[row * k + inner]) *
                   operands_.b[column * k + inner];
        }
        return sum;
    }

    NumberType type_;
    const Operands& operands_;
    const ExactProduct& product_;
    std::map<std::uint32_t, WrongTile> tiles_;
};

// Every so many, so that a list of any length is looked at all over.
std::size_t stride_of(std::size_t length) {
    return (length + lines_looked_at - 1) / lines_looked_at;
}

void locate(NumberType type, const Operands& operands, const ExactProduct& product,
            const std::vector<std::uint32_t>& rows, const std::vector<std::uint32_t>& columns,
            Verification& found) {
    Crossing crossing(type, operands, product);
    for (std::size_t i = 0; i < rows.size(); i += stride_of(rows.size())) {
        for (std::size_t j = 0; j < columns.size(); j += stride_of(columns.size())) {
            crossing.look_at(rows[i], columns[j], found);
        }
    }
    found.tiles = crossing.wrong_tiles();
}

}  // namespace

Verification verify(NumberType type, const Operands& operands, const ExactProduct& product,
                    std::uint64_t entropy) {
    Verification found;
    const Shape& shape = operands.shape;
    Lines wrong{.rows = std::vector<bool>(shape.m), .columns = std::vector<bool>(shape.n)};
    const std::vector<std::int32_t> c = whole_elements(type, operands, product, found, wrong);
    for (unsigned vector = 0; vector < freivalds_vectors; ++vector) {
        const Residues r = random_residues(shape.n, entropy, 2 * vector);
        const Residues s = random_residues(shape.m, entropy, 2 * vector + 1);
        // B lies transposed, so B r is "vector times", and (s A) B is "times vector".
        mark_differences(times_vector(c, r), times_vector(operands.a, vector_times(r, operands.b)),
                         wrong.rows);
        mark_differences(vector_times(s, c), times_vector(operands.b, vector_times(s, operands.a)),
                         wrong.columns);
    }
    const std::vector<std::uint32_t> rows = marked(wrong.rows);
    const std::vector<std::uint32_t> columns = marked(wrong.columns);
    found.wrong_rows = rows.size();
    found.wrong_columns = columns.size();
    found.rows = rows.empty();
    found.columns = columns.empty();
    if (found.written && found.whole) {
        found.digest = digest_of(c);
    }
    if (!found.right()) {
        locate(type, operands, product, rows, columns, found);
    }
    return found;
}

}  // namespace assay::probe::compute
