// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/busy.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>

namespace assay::probe {
namespace {

using Matrix = std::vector<std::uint32_t>;

TEST(Busy, AProductIsRightAndAWrongOneIsSeen) {
    const Matrix a{1, 2, 3, 4};
    const Matrix b{5, 6, 7, 0xffffffffU};
    Matrix c = product(a, b, 2);
    EXPECT_EQ(c, (Matrix{19, 4, 43, 14}));
    EXPECT_TRUE(is_product(a, b, c, 2));
    for (std::uint32_t& element : c) {
        element ^= 0x10000U;
        EXPECT_FALSE(is_product(a, b, c, 2));
        element ^= 0x10000U;
    }
}

TEST(Busy, TakesProcessorTimeUntilItsEnd) {
    const auto used = [] {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return std::chrono::seconds(usage.ru_utime.tv_sec) +
               std::chrono::microseconds(usage.ru_utime.tv_usec);
    };
    const Busy busy(1U << 20U);
    EXPECT_EQ(busy.memory_bytes(), 1U << 20U);
    const auto before = used();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (used() - before < std::chrono::milliseconds(50)) {
        ASSERT_LT(std::chrono::steady_clock::now(), until) << "it does not compute";
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace
}  // namespace assay::probe
