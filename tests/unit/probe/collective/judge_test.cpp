// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Verdicts from accounts, and the watchdog.

#include "probe/collective/judge.h"

#include <gmock/gmock.h>

#include <cmath>

#include "probe/collective/watchdog.h"

namespace assay::probe::collective {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Sweep one_size() {
    Sweep sweep;
    sweep.min_bytes = sweep.max_bytes = 1'000'000;
    return sweep;
}

// Every operation took so long on each rank, of which own_us are its own.
std::vector<RankAccount> accounts(const Sweep& sweep, int ranks, double time_us, double own_us) {
    std::vector<RankAccount> accounts;
    for (int rank = 0; rank < ranks; ++rank) {
        RankAccount account;
        account.rank = rank;
        account.joined = true;
        account.host = "pod-" + std::to_string(rank);
        for (const Operation& operation : sweep.operations()) {
            account.results.push_back({.operation = operation.number,
                                       .time_us = time_us + rank,
                                       .own_us = own_us,
                                       .wrong = 0,
                                       .first_wrong = {},
                                       .blame = {}});
        }
        accounts.push_back(account);
    }
    return accounts;
}

TEST(Bandwidth, IsAsNcclTestsDefinesIt) {
    // 1 GB in 10 ms: 100 GB/s; of 4 ranks each link carries 2 * 3 / 4 of it.
    EXPECT_DOUBLE_EQ(algbw_gb_per_s(1'000'000'000, 10'000), 100);
    EXPECT_DOUBLE_EQ(busbw_gb_per_s(1'000'000'000, 10'000, 4), 150);
    EXPECT_DOUBLE_EQ(busbw_gb_per_s(1'000'000'000, 10'000, 1), 0);
    EXPECT_DOUBLE_EQ(algbw_gb_per_s(1, 0), 0);
}

TEST(Sizes, TakeTheSlowestRanksTimeAndNoWarmups) {
    const std::vector<SizeAccount> sizes = by_size(one_size(), accounts(one_size(), 3, 100, 10));
    ASSERT_THAT(sizes, SizeIs(2));
    EXPECT_THAT(sizes[0].times_us, ElementsAre(102, 102, 102, 102, 102));
    EXPECT_FALSE(sizes[0].in_place);
    EXPECT_TRUE(sizes[1].in_place);
}

TEST(Wrong, NamesWhoSentItFirst) {
    std::vector<RankAccount> ranks = accounts(one_size(), 4, 100, 10);
    for (RankAccount& rank : ranks) {
        rank.results[3].wrong = 7;
        rank.results[3].blame = {.step = 2 + (rank.rank + 1) % 4, .from = (rank.rank + 3) % 4};
    }
    const std::vector<Reason> reasons = wrong_reasons(ranks);
    ASSERT_THAT(reasons, SizeIs(1));
    EXPECT_EQ(reasons[0].rank, 2);  // rank 3 received it in step 2
    EXPECT_EQ(reasons[0].text,
              "rank 2 (pod-2) or the way from it: rank 3 (pod-3) received wrong elements from it "
              "first, in step 2 of operation 3");
}

TEST(Wrong, NamesWhoHasItWhereNobodyReceivedIt) {
    std::vector<RankAccount> ranks = accounts(one_size(), 2, 100, 10);
    ranks[1].results[3].wrong = 7;
    ranks[1].results[3].first_wrong = {.index = 12, .expected = 6, .actual = std::nan("")};
    const std::vector<Reason> reasons = wrong_reasons(ranks);
    ASSERT_THAT(reasons, SizeIs(1));
    EXPECT_EQ(reasons[0].rank, 1);
    EXPECT_THAT(reasons[0].text, HasSubstr("element 12 is nothing written, must be 6"));
}

TEST(Slow, NamesTheOneThatHoldsTheOthersUp) {
    std::vector<RankAccount> ranks = accounts(one_size(), 4, 60'000, 500);
    EXPECT_THAT(slow_reasons(one_size(), ranks), IsEmpty());
    for (Result& result : ranks[2].results) {
        result.own_us = 58'000;
    }
    const std::vector<Reason> reasons = slow_reasons(one_size(), ranks);
    ASSERT_THAT(reasons, SizeIs(1));
    EXPECT_EQ(reasons[0].rank, 2);
}

// Where all are busy, or the difference is small, nobody is slow.
TEST(Slow, DoesNotTakeNoiseForIt) {
    const std::vector<RankAccount> busy = accounts(one_size(), 2, 60'000, 58'000);
    EXPECT_THAT(slow_reasons(one_size(), busy), IsEmpty());
    EXPECT_THAT(slow_reasons(one_size(), {busy[0]}), IsEmpty());
    std::vector<RankAccount> noise = accounts(one_size(), 2, 900, 50);
    for (Result& result : noise[1].results) {
        result.own_us = 850;
    }
    EXPECT_THAT(slow_reasons(one_size(), noise), IsEmpty());
}

TEST(ExpectedTransport, IsHeldAgainstWhatWasUsed) {
    std::vector<RankAccount> ranks = accounts(one_size(), 2, 100, 10);
    EXPECT_THAT(transport_reasons({}, ranks), IsEmpty());
    EXPECT_EQ(transport_reasons({"NET/IB"}, ranks).at(0).code, "transport_unknown");
    EXPECT_EQ(transport_reasons({"NET/IB"}, ranks).at(0).verdict, Verdict::inconclusive);
    ranks[0].transport.edges["NET/IB"] = 2;
    EXPECT_THAT(transport_reasons({"NET/IB"}, ranks), IsEmpty());
    ranks[1].transport.edges["NET/Socket"] = 2;
    EXPECT_EQ(transport_reasons({"NET/IB"}, ranks).at(0).verdict, Verdict::failed);
}

TEST(Decision, IsTheGravest) {
    const Reason failed{.code = "a", .verdict = Verdict::failed, .rank = 1, .text = "x"};
    const Reason unclear{.code = "b", .verdict = Verdict::inconclusive, .rank = 1, .text = "x"};
    EXPECT_EQ(decided_by({}).verdict, Verdict::passed);
    EXPECT_EQ(decided_by({unclear}).verdict, Verdict::inconclusive);
    EXPECT_EQ(decided_by({unclear, failed}).verdict, Verdict::failed);
}

TEST(Results, AreTheSameAfterTheirJson) {
    const Result result{.operation = 3,
                        .time_us = 1.5,
                        .own_us = 0.5,
                        .wrong = 2,
                        .first_wrong = WrongElement{.index = 1, .expected = 2, .actual = NAN},
                        .blame = Blame{.step = 4, .from = 5}};
    const Result read = Result::from(Json::parse(result.json().dump()));
    EXPECT_EQ(read.wrong, 2U);
    EXPECT_TRUE(std::isnan(read.first_wrong->actual));
    EXPECT_EQ(read.blame->from, 5);
    EXPECT_THROW(Result::from(Json::object()), Json::exception);
}

class Watchdog : public testing::Test {
protected:
    Watchdog() {
        for (int rank = 0; rank < 3; ++rank) {
            accounts_[static_cast<std::size_t>(rank)].rank = rank;
            accounts_[static_cast<std::size_t>(rank)].standing = {
                .operation = 4, .step = 2, .waits_for = (rank + 2) % 3, .idle_s = 0};
            ranks_.push_back({.account = &accounts_[static_cast<std::size_t>(rank)],
                              .ended = "",
                              .silent_s = 0,
                              .trouble = {},
                              .trouble_age_s = 0});
        }
    }

    Reason trouble_about(int rank) const {
        return {.code = "ring_broken", .verdict = Verdict::failed, .rank = rank, .text = "broke"};
    }

    std::array<RankAccount, 3> accounts_;
    std::vector<Watched> ranks_;
};

TEST_F(Watchdog, LetsARunGoOn) {
    EXPECT_THAT(troubles(ranks_, 10), IsEmpty());
}

TEST_F(Watchdog, NamesWhoIsGone) {
    ranks_[1].ended = "the connection was closed";
    ranks_[2].trouble = trouble_about(1);
    ranks_[2].trouble_age_s = 5;
    const std::vector<Reason> reasons = troubles(ranks_, 10);
    ASSERT_THAT(reasons, SizeIs(1));
    EXPECT_EQ(reasons[0].code, "lost_rank");
    EXPECT_EQ(reasons[0].rank, 1);
    EXPECT_THAT(reasons[0].text, HasSubstr("finished 2 steps of operation 4, waits for rank 0"));
}

TEST_F(Watchdog, NamesWhoIsSilent) {
    ranks_[1].silent_s = 11;
    EXPECT_EQ(troubles(ranks_, 10).at(0).code, "silent_rank");
    EXPECT_EQ(troubles(ranks_, 10).at(0).rank, 1);
}

// The others notice that no data moves a little before the silence is as long.
TEST_F(Watchdog, NamesWhoFellSilentWhenDataStoppedMoving) {
    ranks_[1].silent_s = 9.8;
    accounts_[2].standing.idle_s = 10.1;
    const std::vector<Reason> reasons = troubles(ranks_, 10);
    ASSERT_THAT(reasons, SizeIs(1));
    EXPECT_EQ(reasons[0].code, "silent_rank");
    EXPECT_EQ(reasons[0].rank, 1);
}

TEST_F(Watchdog, NamesWhomTheHindmostWaitsFor) {
    accounts_[2].standing.idle_s = 10.1;
    accounts_[2].standing.step = 1;
    const std::vector<Reason> reasons = troubles(ranks_, 10);
    ASSERT_THAT(reasons, SizeIs(1));
    EXPECT_EQ(reasons[0].code, "hang");
    EXPECT_EQ(reasons[0].rank, 1);
    EXPECT_THAT(reasons[0].text, HasSubstr("behind is rank 2, which finished 1 steps"));
}

TEST_F(Watchdog, WaitsALittleForTheDeathBehindABrokenConnection) {
    ranks_[0].trouble = trouble_about(1);
    ranks_[0].trouble_age_s = 0.5;
    EXPECT_THAT(troubles(ranks_, 10), IsEmpty());
    ranks_[0].trouble_age_s = 1.5;
    ranks_[2].trouble = trouble_about(1);
    EXPECT_THAT(troubles(ranks_, 10), SizeIs(1));
}

TEST_F(Watchdog, TakesARanksWordAboutItselfAtOnce) {
    ranks_[0].trouble = trouble_about(0);
    EXPECT_THAT(troubles(ranks_, 10), SizeIs(1));
}

}  // namespace
}  // namespace assay::probe::collective
