// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/split.h"

#include <gtest/gtest.h>

#include <random>

namespace assay {
namespace {

TEST(Split, BoundsAreThoseOfTheExactTest) {
    // By sums of fractions: P(X <= 1297) = 4.1e-7 and P(X <= 1298) = 5.2e-7; P(X >= 1500) = 4.0e-7
    // and P(X >= 1499) = 5.1e-7.
    const SplitBounds bounds = split_bounds(2000, 0.7);
    EXPECT_EQ(bounds.lowest, 1298);
    EXPECT_EQ(bounds.highest, 1499);
}

TEST(Split, SmallOnesCanBeCountedByHand) {
    // Two tosses of a coin: nothing is unlikely enough. Twenty-two: only all or none.
    EXPECT_EQ(split_bounds(2, 0.5).lowest, 0);
    EXPECT_EQ(split_bounds(2, 0.5).highest, 2);
    EXPECT_EQ(split_bounds(22, 0.5).lowest, 1);
    EXPECT_EQ(split_bounds(22, 0.5).highest, 21);
}

TEST(Split, AWeightOfNothingLeavesNothing) {
    EXPECT_TRUE(split_bounds(2000, 0.0).hold(0));
    EXPECT_FALSE(split_bounds(2000, 0.0).hold(1));
    EXPECT_TRUE(split_bounds(2000, 1.0).hold(2000));
    EXPECT_FALSE(split_bounds(2000, 1.0).hold(1999));
}

TEST(Split, SixtyFortyIsFoundWithNearCertainty) {
    EXPECT_NEAR(split_power(2000, 0.7, 0.6), 0.9999963203, 1e-9);  // by sums of fractions
    EXPECT_GT(split_power(2000, 0.7, 0.8), 0.9999);
    EXPECT_GT(split_power(2000, 0.3, 0.7), 1 - 1e-12);
    // What it cannot find, so that nobody believes it does.
    EXPECT_LT(split_power(2000, 0.7, 0.68), 0.01);
}

TEST(Split, ARightSplitIsCalledWrongAtMostOnceInAMillion) {
    EXPECT_LE(split_power(2000, 0.7, 0.7), split_alpha);
    EXPECT_GE(split_power(2000, 0.7, 0.7), split_alpha / 4);
}

TEST(Split, ADeterministicSplitFits) {
    EXPECT_TRUE(split_bounds(2000, 0.7).hold(1400));
    EXPECT_TRUE(split_bounds(2000, 0.9).hold(1800));
}

TEST(Split, DrawnSplitsFit) {
    std::mt19937 random(1);  // NOLINT: the same draws in every run
    std::binomial_distribution<std::int64_t> right(2000, 0.7);
    const SplitBounds bounds = split_bounds(2000, 0.7);
    for (int i = 0; i < 10000; ++i) {
        EXPECT_TRUE(bounds.hold(right(random)));
    }
}

}  // namespace
}  // namespace assay
