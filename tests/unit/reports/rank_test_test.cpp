// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/rank_test.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay::reports {
namespace {

using Samples = std::vector<double>;

Samples counted(int from, int count) {
    Samples result;
    for (int i = 0; i < count; ++i) {
        result.push_back(from + i);
    }
    return result;
}

TEST(MannWhitney, TheLeastPOfFewSamplesIsKnown) {
    // 2 / (2n over n): all of one side above all of the other.
    EXPECT_NEAR(mann_whitney_p(counted(0, 3), counted(10, 3)), 2.0 / 20, 1e-12);
    EXPECT_NEAR(mann_whitney_p(counted(0, 4), counted(10, 4)), 2.0 / 70, 1e-12);
    EXPECT_NEAR(mann_whitney_p(counted(10, 5), counted(0, 5)), 2.0 / 252, 1e-12);
}

TEST(MannWhitney, TiesHaveTheirMeanRank) {
    // By hand over all 252 and 924 choices of ranks.
    EXPECT_NEAR(mann_whitney_p({1, 2, 2, 3, 5}, {2, 3, 4, 4, 6}), 2.0 / 9, 1e-12);
    EXPECT_NEAR(mann_whitney_p({5, 6, 7, 8, 9, 9}, {1, 2, 3, 4, 5, 6}), 10.0 / 924, 1e-12);
    EXPECT_NEAR(mann_whitney_p({1, 1, 1, 1, 1}, {2, 2, 2, 2, 2}), 2.0 / 252, 1e-12);
    EXPECT_EQ(mann_whitney_p({1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}), 1);
}

TEST(MannWhitney, IsTheSameFromBothSidesAndHasNoOpinionOfNothing) {
    const Samples one{1, 4, 4, 7, 9, 12};
    const Samples other{2, 4, 8, 8, 13};
    EXPECT_NEAR(mann_whitney_p(one, other), mann_whitney_p(other, one), 1e-12);
    EXPECT_EQ(mann_whitney_p({}, one), 1);
    EXPECT_EQ(mann_whitney_p(one, {}), 1);
}

TEST(MannWhitney, TheApproximationOfManyMeetsTheExactOfFewer) {
    Samples one;
    Samples other;
    for (int i = 0; i < 60; ++i) {
        one.push_back(i % 17);
        other.push_back(i % 17 + 2);
    }
    const double exact = mann_whitney_p(one, other);
    one.push_back(8);
    other.push_back(10);
    EXPECT_NEAR(mann_whitney_p(one, other), exact, 0.02);
    EXPECT_LT(exact, 0.1);
    EXPECT_GT(exact, 0.001);
}

TEST(Spread, IsTheDeviationOfWhatIsInTheMiddle) {
    EXPECT_EQ(median({}), 0);
    EXPECT_EQ(median({3, 1, 2}), 2);
    EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
    EXPECT_NEAR(spread({1, 2, 3, 4, 100}), 1.4826, 1e-12);
    EXPECT_EQ(spread({}), 0);
}

}  // namespace
}  // namespace assay::reports
