// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/busy.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>

namespace assay::probe {
namespace {

TEST(Busy, TakesProcessorTimeUntilItsEnd) {
    const auto used = [] {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return std::chrono::seconds(usage.ru_utime.tv_sec) +
               std::chrono::microseconds(usage.ru_utime.tv_usec);
    };
    const Busy busy(compute::Backend::cpu, 1U << 20U);
    EXPECT_EQ(busy.memory_bytes(), 1U << 20U);
    EXPECT_EQ(busy.backend(), "cpu");
    const auto before = used();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (used() - before < std::chrono::milliseconds(50)) {
        ASSERT_LT(std::chrono::steady_clock::now(), until) << "it does not compute";
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

TEST(Busy, SaysWhatIsInTheWayAndNeverLetsAProcessorStandIn) {
    try {
        const Busy busy(compute::Backend::cuda, 1U << 20U);
        FAIL() << "it is busy on " << busy.backend();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "there is no libcuda.so.1");
    }
}

}  // namespace
}  // namespace assay::probe
