// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What is put in, who sends what, what comes out.

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "probe/collective/pattern.h"
#include "probe/collective/schedule.h"
#include "probe/collective/sweep.h"

namespace assay::probe::collective {
namespace {

void nothing() {}

TEST(Pattern, IsExactInFloatWhateverTheOrder) {
    for (const int ranks : {1, 2, 3, 8, 64, 1024}) {
        const double largest = static_cast<double>(range(ranks)) * weight(0, ranks, ranks);
        EXPECT_LE(largest, std::exp2(24)) << ranks;
        EXPECT_GE(range(ranks), 2U) << ranks;
    }
}

TEST(Pattern, IsAnotherOneInEveryElementForTheNextSeed) {
    for (const int ranks : {2, 1024}) {
        for (std::uint64_t index = 0; index < 1000; ++index) {
            EXPECT_NE(base_value(index, 7, ranks), base_value(index, 8, ranks));
            EXPECT_GE(base_value(index, 7, ranks), 1);
        }
    }
}

TEST(Pattern, FindsEachWrongElement) {
    std::vector<float> data(100);
    fill(data, 5, 3, 4, 10, nothing);
    EXPECT_EQ(check(data, 5, 3, 4, 10, nothing).wrong, 0U);
    EXPECT_EQ(check(data, 5, 4, 4, 10, nothing).wrong, 100U);
    EXPECT_GT(check(data, 6, 3, 4, 10, nothing).wrong, 90U);
    data[40] += 1;
    data[41] = std::nanf("");
    const Checked checked = check(data, 5, 3, 4, 10, nothing);
    EXPECT_EQ(checked.wrong, 2U);
    EXPECT_EQ(checked.first->index, 45U);
    EXPECT_EQ(checked.first->actual, checked.first->expected + 1);
}

TEST(Pattern, PoisonIsNoAnswer) {
    std::vector<float> data(8);
    poison(data);
    EXPECT_EQ(check(data, 0, 1, 2, 3, nothing).wrong, 8U);
}

TEST(Pattern, WeighsRanksRoundTheRing) {
    EXPECT_EQ(weight(0, 4, 4), 10U);
    EXPECT_EQ(weight(3, 2, 4), 5U);  // ranks 3 and 0
}

TEST(Chunks, CoverEveryElementOnce) {
    for (const std::size_t elements : {0U, 1U, 2U, 7U, 100U}) {
        for (const int ranks : {1, 2, 3, 8}) {
            std::size_t next = 0;
            for (int index = 0; index < ranks; ++index) {
                const Chunk chunk = chunk_of(elements, ranks, index);
                EXPECT_EQ(chunk.first, next);
                next += chunk.count;
            }
            EXPECT_EQ(next, elements);
        }
    }
}

// The schedule carried out in memory: sums, and what every partial sum is said to be made of.
TEST(Schedule, SumsEveryChunkOnEveryRank) {
    for (const int ranks : {1, 2, 3, 4, 7}) {
        const auto size = static_cast<std::size_t>(ranks);
        std::vector<std::vector<std::uint32_t>> data(size, std::vector<std::uint32_t>(size));
        for (std::size_t rank = 0; rank < size; ++rank) {
            std::fill(data[rank].begin(), data[rank].end(), static_cast<std::uint32_t>(rank + 1));
        }
        for (int step = 0; step < steps(ranks); ++step) {
            const auto before = data;
            for (int rank = 0; rank < ranks; ++rank) {
                const int previous = (rank + ranks - 1) % ranks;
                const Turn turn = turn_of(step, rank, ranks);
                const auto chunk = static_cast<std::size_t>(turn.receive);
                EXPECT_EQ(turn_of(step, previous, ranks).send, turn.receive);
                const std::uint32_t received = before[static_cast<std::size_t>(previous)][chunk];
                EXPECT_EQ(received, weight(turn.summed_from, turn.summed, ranks));
                std::uint32_t& own = data[static_cast<std::size_t>(rank)][chunk];
                own = turn.reduces ? own + received : received;
            }
        }
        for (const auto& rank : data) {
            EXPECT_THAT(rank, testing::Each(weight(0, ranks, ranks)));
        }
    }
}

TEST(Sweep, GoesFromTheSmallestToTheLargest) {
    Sweep sweep;
    sweep.min_bytes = 1024;
    sweep.max_bytes = 100'001;
    sweep.factor = 4;
    EXPECT_THAT(sweep.sizes(), testing::ElementsAre(1024, 4096, 16384, 65536, 100'000));
    sweep.min_bytes = sweep.max_bytes;
    EXPECT_THAT(sweep.sizes(), testing::ElementsAre(100'000));
    sweep.min_bytes = 4;
    sweep.max_bytes = std::size_t{1} << 40U;
    sweep.factor = 2;
    EXPECT_EQ(sweep.sizes().size(), sizes_most);
    EXPECT_EQ(sweep.sizes().back(), sweep.max_bytes);
}

TEST(Sweep, DoesEachSizeBothWaysAndSeedsThemApart) {
    Sweep sweep;
    sweep.min_bytes = sweep.max_bytes = 4096;
    const std::vector<Operation> operations = sweep.operations();
    ASSERT_EQ(operations.size(), 12U);
    EXPECT_TRUE(operations[0].warmup);
    EXPECT_FALSE(operations[5].in_place);
    EXPECT_TRUE(operations[6].in_place);
    EXPECT_TRUE(operations[6].warmup);
    EXPECT_NE(operations[3].seed(), operations[4].seed());
    EXPECT_EQ(struck_operation(sweep), 1);
}

TEST(Sweep, KnowsItsFaultsByName) {
    for (const char* name :
         {"wrong-rank", "skip-chunk", "bitflip", "slow-rank", "cut-message", "stale-buffer"}) {
        ASSERT_TRUE(fault_named(name)) << name;
        EXPECT_STREQ(fault_name(*fault_named(name)), name);
    }
    EXPECT_FALSE(fault_named("none"));
    const Injection injection{.fault = Fault::bitflip, .rank = 2, .operation = 9};
    EXPECT_TRUE(injection.strikes(Fault::bitflip, 2, 9));
    EXPECT_FALSE(injection.strikes(Fault::bitflip, 2, 8));
    EXPECT_FALSE(injection.strikes(Fault::bitflip, 1, 9));
    EXPECT_FALSE(injection.strikes(Fault::slow_rank, 2, 9));
}

}  // namespace
}  // namespace assay::probe::collective
