// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/pod_metrics.h"

#include <gmock/gmock.h>

#include "engine/quantity.h"

namespace assay {
namespace {

using kube::Json;
using testing::HasSubstr;

Json value_of(const std::string& pod, const std::string& value, const std::string& kind = "Pod") {
    return {{"describedObject", {{"kind", kind}, {"namespace", "s"}, {"name", pod}}},
            {"metric", {{"name", "load"}, {"selector", nullptr}}},
            {"timestamp", "2026-11-22T04:00:00Z"},
            {"value", value}};
}

Json list_of(Json items) {
    return {{"kind", "MetricValueList"},
            {"apiVersion", "custom.metrics.k8s.io/v1beta2"},
            {"metadata", Json::object()},
            {"items", std::move(items)}};
}

TEST(Quantity, IsANumberWithASuffixOrAnExponent) {
    const std::vector<std::pair<const char*, double>> right{
        {"0", 0},      {"37", 37},    {"+5", 5},      {"-1", -1},       {"2.5", 2.5},
        {".5", 0.5},   {"5.", 5},     {"250m", 0.25}, {"37000m", 37},   {"3u", 3e-6},
        {"1n", 1e-9},  {"2k", 2000},  {"1M", 1e6},    {"1G", 1e9},      {"1T", 1e12},
        {"1P", 1e15},  {"1E", 1e18},  {"1Ki", 1024},  {"3Mi", 3145728}, {"1Gi", 1073741824},
        {"1e3", 1000}, {"1E3", 1000}, {"15e-1", 1.5}, {"-1e+2", -100}};
    for (const auto& [text, value] : right) {
        const auto read = quantity_of(text);
        ASSERT_TRUE(read) << text;
        EXPECT_DOUBLE_EQ(*read, value) << text;
    }
    EXPECT_EQ(quantity_of("37000m"), 37.0) << "exactly: it is compared with what was set";
}

TEST(Quantity, OfGarbageIsNone) {
    for (const char* wrong :
         {"",    " ",   "m",  "-",    ".",    "1 ",  " 1",  "1K",  "1KI",   "1mm",   "0x10",
          "inf", "nan", "1e", "1e3m", "1..2", "1,5", "--1", "+-1", "1e1e1", "1e1.5", "1e999"}) {
        EXPECT_FALSE(quantity_of(wrong)) << wrong;
    }
}

TEST(PodMetrics, AreReadOfEitherVersion) {
    const auto newer = pod_metrics_of(list_of({value_of("a", "37"), value_of("b", "250m")}));
    ASSERT_TRUE(newer) << newer.error();
    EXPECT_TRUE(newer->says("a", 37));
    EXPECT_TRUE(newer->says("b", 0.25));
    EXPECT_FALSE(newer->says("a", 38));
    EXPECT_FALSE(newer->says("c", 0));
    EXPECT_EQ(newer->describe(), "a: 37, b: 0.25");
    Json older = value_of("a", "7");
    older.erase("metric");
    older["metricName"] = "load";
    const auto read = pod_metrics_of(list_of(Json::array({older})));
    ASSERT_TRUE(read) << read.error();
    EXPECT_TRUE(read->says("a", 7));
}

TEST(PodMetrics, OfNoneAreNone) {
    const auto none = pod_metrics_of(list_of(Json::array()));
    ASSERT_TRUE(none);
    EXPECT_EQ(none->describe(), "none");
    EXPECT_EQ((PodMetrics{.by_pod = {}, .absent = "not found"}).describe(), "none (not found)");
    const auto others = pod_metrics_of(list_of(Json::array({value_of("a", "1", "Service")})));
    ASSERT_TRUE(others);
    EXPECT_TRUE(others->by_pod.empty());
}

TEST(PodMetrics, OfGarbageAreNoAnswer) {
    EXPECT_FALSE(pod_metrics_of(Json()));
    EXPECT_FALSE(pod_metrics_of(Json::array()));
    EXPECT_FALSE(pod_metrics_of(Json{{"items", 7}}));
    EXPECT_FALSE(pod_metrics_of(list_of(Json::array({value_of("a", "many")}))));
    EXPECT_FALSE(pod_metrics_of(list_of(Json::array({value_of("", "1")}))));
    Json number = value_of("a", "1");
    number["value"] = 1;  // a quantity is a string
    EXPECT_FALSE(pod_metrics_of(list_of(Json::array({number}))));
    const auto twice = pod_metrics_of(list_of({value_of("a", "1"), value_of("a", "2")}));
    ASSERT_FALSE(twice);
    EXPECT_THAT(twice.error(), HasSubstr("two values of pod a"));
    const auto strange = pod_metrics_of(list_of(Json::array({7, "x", nullptr, Json::array()})));
    ASSERT_TRUE(strange) << "what describes no pod is passed over";
    EXPECT_TRUE(strange->by_pod.empty());
}

TEST(PodMetrics, AreDescribedInShort) {
    PodMetrics many;
    for (char pod = 'a'; pod < 'k'; ++pod) {
        many.by_pod[std::string(1, pod)] = 1;
    }
    EXPECT_THAT(many.describe(), HasSubstr("h: 1, and 2 more"));
}

TEST(PodMetrics, HaveAPathThatHoldsAnyName) {
    EXPECT_EQ(pod_metrics_path("v1beta2", "s", "load_of_assay"),
              "/apis/custom.metrics.k8s.io/v1beta2/namespaces/s/pods/*/load_of_assay");
    EXPECT_EQ(pod_metrics_path("v1beta1", "s", "a/../b|c"),
              "/apis/custom.metrics.k8s.io/v1beta1/namespaces/s/pods/*/a%2F..%2Fb%7Cc");
}

}  // namespace
}  // namespace assay
