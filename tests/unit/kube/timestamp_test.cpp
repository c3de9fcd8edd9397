// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/timestamp.h"

#include <gtest/gtest.h>

namespace assay::kube {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Moment known{seconds(1'795'276'044)};  // 2026-11-21T15:47:24Z

TEST(Timestamp, Rfc3339WithFractionAndOffset) {
    EXPECT_EQ(moment_of("2026-11-21T15:47:24Z"), known);
    EXPECT_EQ(moment_of("2026-11-21T17:47:24+02:00"), known);
    EXPECT_EQ(moment_of("2026-11-21T11:17:24-04:30"), known);
    EXPECT_EQ(moment_of("2026-11-21T15:47:24.5Z"), known + nanoseconds(500'000'000));
    EXPECT_EQ(moment_of("2026-11-21T15:47:24.123456789Z"), known + nanoseconds(123'456'789));
    EXPECT_EQ(moment_of("2024-02-29T00:00:00Z"), Moment(seconds(1'709'164'800)));
}

TEST(Timestamp, WhatIsNoneIsNone) {
    for (const char* text :
         {"", "2026-11-21", "2026-11-21T15:47:24", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-11-21T25:00:00Z", "2026-11-21T15:47:24.Z", "2026-11-21T15:47:24Zx",
          "+026-11-21T15:47:24Z", "9999-12-31T00:00:00Z", "2026-11-21T15:47:24+0200"}) {
        EXPECT_EQ(moment_of(text), std::nullopt) << text;
    }
}

TEST(Timestamp, HttpDates) {
    EXPECT_EQ(moment_of_http_date("Sat, 21 Nov 2026 15:47:24 GMT"), known);
    for (const char* text : {"", "120", "Sat, 21 Non 2026 15:47:24 GMT",
                             "Saturday, 21-Nov-26 15:47:24 GMT", "Sat, 21 Nov 2026 15:47:24"}) {
        EXPECT_EQ(moment_of_http_date(text), std::nullopt) << text;
    }
}

TEST(Timestamp, IsWrittenToTheSecondBelow) {
    EXPECT_EQ(text_of(known + nanoseconds(999'999'999)), "2026-11-21T15:47:24Z");
}

}  // namespace
}  // namespace assay::kube
