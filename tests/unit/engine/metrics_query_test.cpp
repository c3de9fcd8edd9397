// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/metrics_query.h"

#include <gmock/gmock.h>

namespace assay {
namespace {

using testing::HasSubstr;

TEST(MetricsQuery, ReadsAnInstantVector) {
    const auto samples = samples_of(
        R"({"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"__name__":"x","pod":"a"},"value":[1.5,"12"]},
            {"metric":{"pod":"b"},"value":[1.5,"0.5"]}]}})");
    ASSERT_TRUE(samples) << samples.error();
    EXPECT_EQ(samples->items.size(), 2U);
    EXPECT_EQ(samples->sum(), 12.5);
    EXPECT_EQ(samples->items[1].labels.at("pod"), "b");
    EXPECT_THAT(samples->describe(), HasSubstr("12 {__name__=x, pod=a}"));
}

TEST(MetricsQuery, NothingIsAnAnswerAndGarbageIsNone) {
    const auto none =
        samples_of(R"({"status":"success","data":{"resultType":"vector","result":[]}})");
    ASSERT_TRUE(none);
    EXPECT_EQ(none->describe(), "none");
    for (
        const char* wrong :
        {"", "<html>", "[]", R"({"status":"error","error":"bad"})",
         R"({"status":"success","data":{"resultType":"matrix","result":[]}})",
         R"({"status":"success","data":{"resultType":"vector","result":[7]}})",
         R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}})",
         R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}})"}) {
        EXPECT_FALSE(samples_of(wrong)) << wrong;
    }
}

TEST(MetricsQuery, EncodesTheExpression) {
    EXPECT_EQ(query_path("/p", "up{a=\"b\"}"), "/p/api/v1/query?query=up%7Ba%3D%22b%22%7D");
}

TEST(MetricsQuery, EveryAdapterOfTheRoleReads) {
    const auto components = load_components();
    ASSERT_TRUE(components) << components.error();
    int read = 0;
    for (const Component& one : *components) {
        if (one.role == "metrics") {
            const auto adapter = metrics_adapter(one);
            EXPECT_TRUE(adapter) << adapter.error();
            ++read;
        }
    }
    EXPECT_GT(read, 0);
}

TEST(MetricsQuery, AnAdapterSaysWhereAndHowAndNothingElse) {
    Component component{.role = "metrics",
                        .name = "x",
                        .serves = {},
                        .tried = "no",
                        .tried_with = {},
                        .details = {}};
    component.details = {
        {"serviceLabels", "a=b"}, {"port", "web"}, {"annotations", {{"k", "PORT"}}}};
    const auto adapter = metrics_adapter(component);
    ASSERT_TRUE(adapter) << adapter.error();
    EXPECT_EQ(adapter->space_label, "namespace");
    EXPECT_EQ(adapter->annotations.at("k"), "PORT");
    component.details["other"] = "x";
    EXPECT_FALSE(metrics_adapter(component));
}

}  // namespace
}  // namespace assay
