// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whether an exact product is right, settled on the host from the whole numbers that went in, so
// that no device grades itself. Pure functions; any thread.
//
// - written: nothing of the poison is left, and every tile names the unit that computed it.
// - whole: every element is a finite whole number no larger than k * largest^2. Without it a
// casting
//   check would cut a flipped fraction away.
// - rows: Freivalds' check, C r = A (B r) modulo 2^31 - 1 with two random vectors: it misses a
// wrong
//   C with a probability of at most 2^-61.
// - columns: the same from the left, s C = (s A) B. Rows and columns that differ are the checksums
//   of algorithm-based fault tolerance (Huang and Abraham 1984) with random weights: they cross in
//   the wrong elements, which are confirmed by computing them anew.
#pragma once

#include <string>

#include "probe/compute/device.h"

namespace assay::probe::compute {

inline constexpr unsigned freivalds_vectors = 2;

struct WrongTile {
    std::uint32_t row = 0;  // of tiles
    std::uint32_t column = 0;
    std::uint32_t unit = no_unit;
    std::uint64_t looked_at = 0;  // elements computed anew, at most 64 of a tile
    std::uint64_t wrong = 0;      // of these
};

struct WrongElement {
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    std::int64_t expected = 0;
    std::string found;  // a number, "poison" or "nan"
};

struct Verification {
    bool written = false;
    bool whole = false;
    bool rows = false;
    bool columns = false;
    std::string digest;  // 32 digits, of the elements as int32; "" where they are not whole numbers
    std::uint64_t wrong_rows = 0;
    std::uint64_t wrong_columns = 0;
    std::vector<WrongTile> tiles;        // every one that is known to be wrong
    std::vector<WrongElement> examples;  // at most 4

    bool right() const { return written && whole && rows && columns; }
};

// `entropy` chooses the random vectors: whoever computes must not know it before.
Verification verify(NumberType type, const Operands& operands, const ExactProduct& product,
                    std::uint64_t entropy);

}  // namespace assay::probe::compute
