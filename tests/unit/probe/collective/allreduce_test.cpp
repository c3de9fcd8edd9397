// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The verb as it is used: real processes, real sockets, right sums.

#include <gmock/gmock.h>

#include "tests/unit/probe/collective/ranks.h"

namespace assay::probe::collective {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> small(std::vector<std::string> more = {}) {
    std::vector<std::string> options = {"--min-bytes", "4",   "--max-bytes",    "262148",
                                        "--factor",    "256", "--join-limit-s", "60"};
    options.insert(options.end(), more.begin(), more.end());
    return options;
}

class AllReduce : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(Ranks, AllReduce, testing::Values(1, 2, 3, 4),
                         [](const auto& one) { return std::to_string(one.param); });

TEST_P(AllReduce, ComputesRightSumsInEverySizeAndPlace) {
    Ranks ranks(GetParam(), small());
    ranks.start_all();
    for (int rank = 0; rank < GetParam(); ++rank) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 0) << end.err << end.document;
        EXPECT_EQ(end.document.at("verdict"), "passed");
        EXPECT_EQ(end.document.at("simulated"), true);
        EXPECT_EQ(end.document.at("counts").at("wrong_elements"), 0);
        ASSERT_EQ(end.document.at("sizes").size(), 8U);  // 4, 1024, 262144, 262148; each twice
        for (const Json& size : end.document.at("sizes")) {
            EXPECT_EQ(size.at("samples").size(), 5U);
            EXPECT_EQ(size.at("wrong_elements"), 0);
        }
        EXPECT_EQ(end.document.at("ranks").size(), static_cast<std::size_t>(GetParam()));
    }
}

TEST(AllReduceDocument, HasBusbwByTheDefinition) {
    Ranks ranks(3, small());
    ranks.start_all();
    const Json document = ranks.end(0).document;
    const Json& median = document.at("sizes").at(0).at("median");
    const double time_s = median.at("time_us").get<double>() / 1e6;
    const double algbw = 262148 / time_s / 1e9;
    EXPECT_NEAR(median.at("algbw_gb_per_s").get<double>(), algbw, algbw / 100);
    EXPECT_NEAR(median.at("busbw_gb_per_s").get<double>(), algbw * 4 / 3, algbw / 100);
    EXPECT_EQ(document.at("transport").at("edges"), Json({{"NET/Socket", 3}}));
    for (const Json& rank : document.at("ranks")) {
        EXPECT_EQ(rank.at("verdict"), "passed");
        EXPECT_THAT(rank.at("address").get<std::string>(), HasSubstr("127.0.0.1"));
    }
}

// A message that no socket buffer holds, on every rank at the same time.
TEST(AllReduceSizes, DoNotDeadlockWhenLarge) {
    Ranks ranks(2, {"--min-bytes", "33554432", "--max-bytes", "33554432", "--warmup", "0"});
    ranks.start_all();
    EXPECT_EQ(ranks.end(0).code, 0);
    EXPECT_EQ(ranks.end(1).code, 0);
}

TEST(AllReduceSizes, MayBeOfFewerElementsThanRanks) {
    Ranks ranks(4, {"--min-bytes", "4", "--max-bytes", "12", "--factor", "2"});
    ranks.start_all();
    for (int rank = 0; rank < 4; ++rank) {
        EXPECT_EQ(ranks.end(rank).code, 0);
    }
}

TEST(AllReduceTransport, IsAsserted) {
    Ranks right(2, small({"--expect-transport", "NET/Socket"}));
    right.start_all();
    EXPECT_EQ(right.end(0).code, 0);
    EXPECT_EQ(right.end(1).code, 0);
    Ranks wrong(2, small({"--expect-transport", "NET/IB"}));
    wrong.start_all();
    const RankEnd end = wrong.end(0);
    EXPECT_EQ(end.code, 1);
    EXPECT_THAT(reasons_in(end.document), ElementsAre("transport null"));
    EXPECT_EQ(wrong.end(1).code, 1);
}

TEST(AllReduceSummary, FitsIntoTheSmallestLimit) {
    Ranks ranks(4, small({"--summary-limit", "1024"}));
    ranks.start_all();
    const RankEnd end = ranks.end(0);
    EXPECT_LE(end.summary.size(), 1024U);
    EXPECT_EQ(Json::parse(end.summary).at("verdict"), "passed");
    EXPECT_EQ(Json::parse(end.summary).at("complete"), false);
}

TEST(AllReduceOptions, TakeTheRankFromTheIndexedJob) {
    const std::vector<std::string> argv = {
        ASSAY_PROBE_PROGRAM, "allreduce",   "--ranks",       "1",
        "--rendezvous",      "127.0.0.1:9", "--secret-file", "/nowhere/secret"};
    const Finished without = run(argv);
    EXPECT_EQ(without.code, 2);
    EXPECT_THAT(without.err, HasSubstr("JOB_COMPLETION_INDEX"));
    const Finished with = run(argv, {"JOB_COMPLETION_INDEX=0"});
    EXPECT_EQ(with.code, 2);
    EXPECT_THAT(with.err, HasSubstr("/nowhere/secret"));
    EXPECT_THAT(with.out, IsEmpty());
}

}  // namespace
}  // namespace assay::probe::collective
