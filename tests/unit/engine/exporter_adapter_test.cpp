// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/exporter_adapter.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "engine/exposition.h"
#include "engine/quantity.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ExporterAdapter dcgm() {
    const auto components = *load_components();
    return *exporter_adapter(*std::ranges::find(components, "dcgm-exporter", &Component::name));
}

TEST(Exposition, OnlyTheNamesAskedForAreRead) {
    const auto series = series_in(
        "# HELP a What it is.\n# TYPE a gauge\n"
        "a{x=\"1\"} 2\nb 3 1700000000\nab 4\nc{broken\n  a 5e3 # {id=\"x\"} 1\n",
        {"a", "b"});
    ASSERT_TRUE(series) << series.error();
    ASSERT_EQ(series->size(), 3U);
    EXPECT_EQ((*series)[0].sample.labels.at("x"), "1");
    EXPECT_EQ((*series)[1].sample.value, 3);
    EXPECT_EQ((*series)[2].sample.value, 5000);
}

TEST(Exposition, EscapesAndBlanksInLabelsAreUnderstood) {
    const auto series = series_in(R"(a{ x = "a\"b\\c\nd" , y="}" ,} 1)", {"a"});
    ASSERT_TRUE(series) << series.error();
    EXPECT_EQ((*series)[0].sample.labels.at("x"), "a\"b\\c\nd");
    EXPECT_EQ((*series)[0].sample.labels.at("y"), "}");
}

TEST(Exposition, WhatIsNoSampleIsAnErrorThatNamesTheLine) {
    for (const char* text : {"a", "a{", "a{x", "a{x=", "a{x=1} 2", "a{x=\"1} 2", "a{=\"1\"} 2",
                             "a x", "a NaN", "a +Inf", "a 1x", "a{}"}) {
        const auto series = series_in(text, {"a"});
        ASSERT_FALSE(series) << text;
        EXPECT_THAT(series.error(), HasSubstr(text));
    }
}

TEST(Quantity, IsWhatKubernetesTakesItFor) {
    EXPECT_EQ(quantity_of("141Gi"), 141.0 * (1 << 30));
    EXPECT_EQ(quantity_of("1500m"), 1.5);
    EXPECT_EQ(quantity_of("12e6"), 12e6);
    EXPECT_EQ(quantity_of("+3k"), 3000);
    for (const char* text : {"", "x", "1x", "1 Gi", "inf", "nan", "1e999"}) {
        EXPECT_EQ(quantity_of(text), std::nullopt) << text;
    }
}

TEST(ExporterAdapter, UnitsAreTurnedIntoSharesAndBytes) {
    const auto readings =
        readings_of(dcgm(),
                    "DCGM_FI_DEV_GPU_UTIL{UUID=\"A\",pod=\"p\",namespace=\"n\"} 25\n"
                    "DCGM_FI_DEV_FB_USED{UUID=\"A\"} 3\n"
                    "DCGM_FI_DEV_FB_FREE{UUID=\"A\"} 5\n");
    ASSERT_TRUE(readings) << readings.error();
    const AcceleratorReading& one = readings->by_device.at("A");
    EXPECT_EQ(one.utilization, 0.25);
    EXPECT_EQ(one.used_bytes, 3.0 * (1 << 20));
    EXPECT_EQ(one.total_bytes, 8.0 * (1 << 20));
    EXPECT_EQ(one.pod, "p");
    EXPECT_EQ(one.space, "n");
    EXPECT_EQ(readings->describe(), "A: 25 %, 3 MiB used, pod n/p");
}

TEST(ExporterAdapter, SeriesTwiceAndWithoutADeviceAreFaults) {
    const auto readings = readings_of(dcgm(),
                                      "DCGM_FI_DEV_GPU_UTIL{UUID=\"A\"} 1\n"
                                      "DCGM_FI_DEV_GPU_UTIL{UUID=\"A\"} 2\n"
                                      "DCGM_FI_DEV_FB_USED 3\n");
    ASSERT_TRUE(readings);
    EXPECT_THAT(readings->faults,
                ElementsAre("DCGM_FI_DEV_GPU_UTIL twice of A", "DCGM_FI_DEV_FB_USED without UUID"));
}

TEST(ExporterAdapter, SeriesOfPartsArePassedOver) {
    const auto readings = readings_of(dcgm(),
                                      "DCGM_FI_DEV_FB_USED{UUID=\"A\"} 1\n"
                                      "DCGM_FI_DEV_FB_USED{UUID=\"A\",GPU_I_ID=\"7\"} 2\n");
    ASSERT_TRUE(readings);
    EXPECT_TRUE(readings->faults.empty());
    EXPECT_EQ(readings->by_device.at("A").used_bytes, 1.0 * (1 << 20));
}

TEST(ExporterAdapter, EveryOneThatIsKnownCanBeRead) {
    int read = 0;
    const auto components = *load_components();
    for (const Component& one : components) {
        if (one.role == "exporter") {
            const auto adapter = exporter_adapter(one);
            ASSERT_TRUE(adapter) << adapter.error();
            EXPECT_FALSE(adapter->utilization.names.empty()) << one.name;
            EXPECT_FALSE(adapter->memory_used.names.empty()) << one.name;
            ++read;
        }
    }
    EXPECT_GE(read, 4);
}

}  // namespace
}  // namespace assay
