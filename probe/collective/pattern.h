// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the ranks put in and what must come out. Rank r puts b(i) * (r + 1) into element i, so the
// sum over all n ranks is b(i) * n(n + 1) / 2, and that over some of them b(i) times the sum of
// their r + 1. All of these are whole numbers of at most 2^24, which float holds exactly: whatever
// the order of the additions, the sum is the same to the last bit. b(i) is between 1 and range(),
// depends on the index, and is another one for the next seed in every element. Pure functions; any
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace assay::probe::collective {

// An element that is not what it must be.
struct WrongElement {
    std::uint64_t index = 0;
    double expected = 0;
    double actual = 0;  // may be no number: outputs are poisoned with such before each operation
};

struct Checked {
    std::uint64_t wrong = 0;
    std::optional<WrongElement> first;
};

// Called about every 4 MiB, so that a rank that works on a large buffer is not taken for silent.
using StillThere = std::function<void()>;

// How many values b(i) has; at least 2 for up to 1024 ranks.
std::uint32_t range(int ranks);

// b(i).
float base_value(std::uint64_t index, std::uint32_t seed, int ranks);

// The sum of r + 1 over `count` ranks from `first` on, round the ring.
std::uint32_t weight(int first, int count, int ranks);

// Elements first_index, first_index + 1, … become b(i) * weight.
void fill(std::span<float> data, std::uint64_t first_index, std::uint32_t seed, int ranks,
          std::uint32_t weight, const StillThere& still_there);

// Compares every element with b(i) * weight.
Checked check(std::span<const float> data, std::uint64_t first_index, std::uint32_t seed, int ranks,
              std::uint32_t weight, const StillThere& still_there);

// Every element becomes a NaN.
void poison(std::span<float> data);

}  // namespace assay::probe::collective
