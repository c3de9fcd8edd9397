// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/traffic.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using kube::Json;

Json document() {
    return Json::parse(R"({
      "phases": [
        {"name": "live", "requests": 7, "answered": 7, "statuses": {"404": 6, "200": 1},
         "by_backend": {"a": 1}, "unnamed": 6, "markers": {"right": 1, "wrong": 0, "absent": 6},
         "failures": {}, "until": {"live": true, "after_ms": 306.1}},
        {"name": "split", "requests": 2000, "answered": 1999, "statuses": {"200": 1999},
         "by_backend": {"a": 1398, "b": 601}, "unnamed": 0,
         "markers": {"right": 1990, "wrong": 9, "absent": 0}, "failures": {"reset": 1},
         "per_second": 2222.1},
        {"name": "events", "requests": 1, "answered": 1, "statuses": {"200": 1},
         "by_backend": {"a": 1}, "first_byte_ms": 1.9, "events": 2},
        {"name": "say", "requests": 4, "answered": 4, "statuses": {"200": 4},
         "by_backend": {"a": 4}, "grpc": {"0": 3, "12": 1}, "messages": 3}],
      "examples": [{"phase": "split", "kind": "reset", "text": "Connection reset by peer"}],
      "events": [{"phase": "events", "request": 0, "event": 0, "at_ms": 0, "data": "one"},
                 {"phase": "events", "request": 0, "event": 1, "at_ms": 400.2, "data": "two"},
                 {"phase": "events", "request": 1, "event": 0, "at_ms": 1, "data": "other"}],
      "samples": [{"phase": "live", "status": 200, "body": "{}", "body_bytes": 2}]})");
}

TEST(Traffic, IsReadPhaseByPhase) {
    const std::vector<TrafficPhase> phases = traffic_in(document());
    ASSERT_EQ(phases.size(), 4U);
    EXPECT_TRUE(phases[0].live);
    EXPECT_DOUBLE_EQ(*phases[0].after_ms, 306.1);
    EXPECT_EQ(phases[0].sample, "{}");
    EXPECT_FALSE(phases[1].live);
    EXPECT_FALSE(phases[1].after_ms.has_value());
    EXPECT_EQ(phases[1].from("a"), 1398);
    EXPECT_EQ(phases[1].from("c"), 0);
    EXPECT_EQ(phases[1].wrong_markers, 9);
    ASSERT_EQ(phases[2].arrivals.size(), 2U);
    EXPECT_DOUBLE_EQ(phases[2].arrivals[1].at_ms, 400.2);
    EXPECT_EQ(phases[3].grpc.at("12"), 1);
    EXPECT_EQ(phases[3].messages, 3);
}

TEST(Traffic, SaysWhatItSaw) {
    const std::vector<TrafficPhase> phases = traffic_in(document());
    EXPECT_EQ(phases[0].describe(), "7 requests: 200 x1, 404 x6; a 1; in force after 306 ms");
    EXPECT_EQ(phases[1].describe(),
              "2000 requests: 200 x1999; a 1398, b 601; reset 1; 9 with another marker "
              "(Connection reset by peer)");
}

TEST(Traffic, OneThatFailedIsNotAll) {
    const std::vector<TrafficPhase> phases = traffic_in(document());
    EXPECT_FALSE(phases[1].all_with_status(200));
    EXPECT_TRUE(phases[2].all_from("a"));
    EXPECT_FALSE(phases[2].all_from("b"));
    EXPECT_FALSE(TrafficPhase{}.all_with_status(200));  // nothing was asked
}

TEST(Traffic, MembersOfAnotherTypeAreLeftOut) {
    const auto phases = traffic_in(Json::parse(
        R"({"phases": [{"name": 5, "requests": "many", "by_backend": {"a": "x"}, "until": 1},
                       {"name": "b"}, 7], "events": {"phase": "b"}, "samples": [[]],
            "examples": [{"phase": "none"}]})"));
    ASSERT_EQ(phases.size(), 3U);
    EXPECT_EQ(phases[0].requests, 0);
    EXPECT_TRUE(phases[0].by_backend.empty());
    EXPECT_TRUE(phases[1].arrivals.empty());
}

}  // namespace
}  // namespace assay
