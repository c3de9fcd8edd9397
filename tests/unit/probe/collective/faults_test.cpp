// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What goes wrong is found, named, and ends the run within its limits.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/socket.h>

#include <chrono>

#include "probe/collective/frame.h"
#include "tests/unit/probe/collective/ranks.h"
#include "tests/unit/probe/traffic_server.h"

namespace assay::probe::collective {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

using Clock = std::chrono::steady_clock;

// So long a run that it is not over before something is done to it: 12 s at least, of three ranks.
const std::vector<std::string> long_run = {"--min-bytes",    "4096", "--max-bytes",    "4096",
                                           "--iterations",   "100",  "--inject",       "slow-rank",
                                           "--hang-limit-s", "3",    "--join-limit-s", "60"};

const std::vector<std::string> short_run = {"--min-bytes",    "4096", "--max-bytes",    "65536",
                                            "--join-limit-s", "60",   "--hang-limit-s", "20"};

std::vector<std::string> joining_within(const char* seconds) {
    return {"--min-bytes", "4096", "--max-bytes", "4096", "--join-limit-s", seconds};
}

double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
}

std::string texts_in(const Json& document) {
    std::string texts;
    for (const Json& reason : document.at("reasons")) {
        texts += reason.at("text").get<std::string>() + "\n";
    }
    return texts;
}

struct Injected {
    const char* fault;
    const char* code;
};

class Injection : public testing::TestWithParam<std::tuple<Injected, int>> {};

INSTANTIATE_TEST_SUITE_P(
    Faults, Injection,
    testing::Combine(testing::Values(Injected{"wrong-rank", "wrong_elements 1"},
                                     Injected{"skip-chunk", "wrong_elements 1"},
                                     Injected{"bitflip", "wrong_elements 1"},
                                     Injected{"slow-rank", "slow_rank 1"},
                                     Injected{"cut-message", "cut_message 1"},
                                     Injected{"stale-buffer", "wrong_elements 1"}),
                     testing::Values(2, 3)),
    [](const auto& one) {
        std::string name = std::get<0>(one.param).fault;
        std::erase(name, '-');
        return name + std::to_string(std::get<1>(one.param));
    });

TEST_P(Injection, FlipsTheVerdictAndNamesTheRank) {
    const auto& [injected, count] = GetParam();
    std::vector<std::string> options = short_run;
    options.insert(options.end(), {"--inject", injected.fault});
    Ranks ranks(count, options);
    const Clock::time_point from = Clock::now();
    ranks.start_all();
    for (int rank = 0; rank < count; ++rank) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 1) << end.document;
        EXPECT_EQ(end.document.at("verdict"), "failed");
        EXPECT_EQ(end.document.at("injected"), injected.fault);
        EXPECT_THAT(reasons_in(end.document), Contains(injected.code));
        if (rank == 0) {
            EXPECT_EQ(end.document.at("ranks").at(1).at("verdict"), "failed");
        }
    }
    EXPECT_LT(seconds_since(from), 20);
}

TEST(Faults, AKilledRankIsNamedByAll) {
    Ranks ranks(3, long_run);
    ranks.start_all();
    ranks.wait_until_in_the_ring(2);
    const Clock::time_point from = Clock::now();
    ranks.signal(2, SIGKILL);
    for (const int rank : {0, 1}) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 1) << end.document;
        EXPECT_THAT(reasons_in(end.document), ElementsAre("lost_rank 2"));
        EXPECT_THAT(texts_in(end.document), HasSubstr("is gone in the midst"));
    }
    EXPECT_LT(seconds_since(from), 5);  // no limit had to pass: its connection ended
}

TEST(Faults, ATerminatedRankEndsWithInconclusiveAndIsNamed) {
    Ranks ranks(3, long_run);
    ranks.start_all();
    ranks.wait_until_in_the_ring(2);
    ranks.signal(2, SIGTERM);
    EXPECT_EQ(ranks.end(2).code, 4);
    EXPECT_THAT(reasons_in(ranks.end(0).document), ElementsAre("lost_rank 2"));
}

TEST(Faults, AStoppedRankIsNamedAfterTheLimit) {
    Ranks ranks(3, long_run);
    ranks.start_all();
    ranks.wait_until_in_the_ring(2);
    const Clock::time_point from = Clock::now();
    ranks.signal(2, SIGSTOP);
    for (const int rank : {0, 1}) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 1) << end.document;
        EXPECT_THAT(reasons_in(end.document), ElementsAre("silent_rank 2"));
    }
    EXPECT_GT(seconds_since(from), 1.4);
    EXPECT_LT(seconds_since(from), 10);
    ranks.signal(2, SIGCONT);
    const RankEnd late = ranks.end(2);
    EXPECT_EQ(late.code, 1) << late.document;
}

TEST(Faults, TheRendezvousItselfIsNamedWhenItIsKilled) {
    Ranks ranks(3, long_run);
    ranks.start_all();
    ranks.wait_until_in_the_ring(1);
    ranks.signal(0, SIGKILL);
    for (const int rank : {1, 2}) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 1) << end.document;
        EXPECT_THAT(reasons_in(end.document), ElementsAre("lost_rank 0"));
    }
}

TEST(Faults, TheRendezvousItselfIsNamedWhenItIsSilent) {
    Ranks ranks(3, long_run);
    ranks.start_all();
    ranks.wait_until_in_the_ring(1);
    const Clock::time_point from = Clock::now();
    ranks.signal(0, SIGSTOP);
    for (const int rank : {1, 2}) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 1) << end.document;
        EXPECT_THAT(reasons_in(end.document), ElementsAre("lost_rank 0"));
    }
    EXPECT_LT(seconds_since(from), 10);
}

TEST(Faults, ARankThatNeverComesIsInconclusive) {
    Ranks ranks(3, joining_within("2"));
    const Clock::time_point from = Clock::now();
    ranks.start(0);
    ranks.start(1);
    for (const int rank : {0, 1}) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 4);
        EXPECT_THAT(reasons_in(end.document), ElementsAre("rank_missing 2"));
    }
    EXPECT_LT(seconds_since(from), 10);
}

TEST(Faults, ARendezvousThatNeverComesIsInconclusive) {
    Ranks ranks(2, joining_within("1"));
    const Clock::time_point from = Clock::now();
    ranks.start(1);
    const RankEnd end = ranks.end(1);
    EXPECT_EQ(end.code, 4);
    EXPECT_THAT(texts_in(end.document), HasSubstr("Connection refused"));
    EXPECT_LT(seconds_since(from), 5);
}

TEST(Faults, ANameThatDoesNotResolveIsInconclusiveWithWhatTheResolverSaid) {
    Ranks ranks(2, joining_within("1"));
    const Clock::time_point from = Clock::now();
    ranks.start(1, {{"--rendezvous", "rank-0.no-such-name.invalid:7000"}});
    const RankEnd end = ranks.end(1);
    EXPECT_EQ(end.code, 4);
    EXPECT_THAT(texts_in(end.document), AllOf(HasSubstr("within 1.0 s"), HasSubstr("resolv")));
    EXPECT_LT(seconds_since(from), 5);
}

// Refused with its address and rank, and its seat stays free for the right one.
TEST(Faults, AWrongSecretDoesNotTakeTheRunDown) {
    Ranks ranks(2, short_run);
    ranks.start(0);
    const int stranger = ranks.start_another(1, {{"--secret-file", ranks.other_secret()}});
    const RankEnd refused = ranks.end(stranger);
    EXPECT_EQ(refused.code, 4);
    EXPECT_THAT(reasons_in(refused.document), ElementsAre("refused 1"));
    EXPECT_THAT(texts_in(refused.document), HasSubstr("does not know the secret"));
    ranks.start(1);
    EXPECT_EQ(ranks.end(1).code, 0);
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 0) << end.document;
    const Json& entry = end.document.at("refused").at(0);
    EXPECT_EQ(entry.at("rank"), 1);
    EXPECT_THAT(entry.at("address").get<std::string>(), HasSubstr("127.0.0.1:"));
    EXPECT_THAT(entry.at("reason").get<std::string>(), HasSubstr("secret"));
}

TEST(Faults, AWrongSecretIsToldWhereItsRankIsMissing) {
    Ranks ranks(2, joining_within("3"));
    ranks.start(0);
    ranks.start(1, {{"--secret-file", ranks.other_secret()}});
    EXPECT_EQ(ranks.end(1).code, 4);
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 4);
    EXPECT_THAT(reasons_in(end.document), ElementsAre("rank_missing 1"));
    EXPECT_THAT(texts_in(end.document), HasSubstr("secret"));
}

TEST(Faults, ADoubledRankAndOthersThatDoNotFitAreRefused) {
    Ranks ranks(3, short_run);
    ranks.start(0);
    const std::vector<std::pair<int, std::string>> refused = {
        {ranks.start_another(7), "rank 7 is out of range, 0 to 2"},
        {ranks.start_another(1, {{"--ranks", "4"}}), "it says the run has 4 ranks; it has 3"},
        {ranks.start_another(1, {{"--iterations", "9"}}), "its options differ from rank 0's"},
        {ranks.start_another(2, {{"--max-bytes", "4096"}}), "its options differ from rank 0's"}};
    for (const auto& [index, why] : refused) {
        const RankEnd end = ranks.end(index);
        EXPECT_EQ(end.code, 4);
        EXPECT_THAT(texts_in(end.document), HasSubstr(why));
    }
    ranks.start(1);
    const int doubled = ranks.start_another(1);
    ranks.wait_until_one_ended(1, doubled);  // either may have come first
    ranks.start(2);
    const std::vector<int> codes = {ranks.end(1).code, ranks.end(doubled).code};
    EXPECT_THAT(codes, testing::UnorderedElementsAre(0, 4));
    EXPECT_EQ(ranks.end(2).code, 0);
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 0) << end.document;
    EXPECT_EQ(end.document.at("counts").at("refused"), 5);
}

TEST(Faults, GarbageAtTheRendezvousIsRefusedAndHarmless) {
    Ranks ranks(2, short_run);
    ranks.start(0);
    // Until it listens there is nobody to send garbage to: the first real guest shows that it does.
    const int listening = ranks.start_another(9);
    EXPECT_EQ(ranks.end(listening).code, 4);
    RawClient http(ranks.port());
    send_all(http.socket(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(http.read_all(), HasSubstr("refused"));
    RawClient unknown(ranks.port());
    send_all(unknown.socket(), framed(R"({"hello":"world"})"));
    EXPECT_THAT(unknown.read_all(), HasSubstr("an unknown message where a hello was due"));
    RawClient version(ranks.port());
    send_all(version.socket(), framed(R"({"assay_allreduce":99,"rank":1})"));
    EXPECT_THAT(version.read_all(), HasSubstr("version 99"));
    RawClient cut(ranks.port());
    send_all(cut.socket(), framed(R"({"assay_allreduce":1})").substr(0, 9));
    ::shutdown(cut.socket(), SHUT_WR);
    EXPECT_THAT(cut.read_all(), HasSubstr("a message cut after 9 of 25 bytes"));
    const RawClient mute(ranks.port());  // says nothing, and keeps nobody waiting
    ranks.start(1);
    EXPECT_EQ(ranks.end(1).code, 0);
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 0) << end.document;
    std::string reasons;
    for (const Json& one : end.document.at("refused")) {
        EXPECT_THAT(one.at("address").get<std::string>(), HasSubstr("127.0.0.1:"));
        reasons += one.at("reason").get<std::string>() + "\n";
    }
    EXPECT_THAT(reasons,
                AllOf(HasSubstr("a message of 1195725856 bytes"), HasSubstr("an unknown message"),
                      HasSubstr("version 99"), HasSubstr("a message cut after 9 of 25 bytes")));
}

TEST(Faults, ARunBeyondItsLimitIsInconclusive) {
    std::vector<std::string> options = long_run;
    options.insert(options.end(), {"--limit-s", "1"});
    Ranks ranks(3, options);
    ranks.start_all();
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 4) << end.document;
    EXPECT_THAT(reasons_in(end.document), ElementsAre("over_limit null"));
}

TEST(Faults, APortThatIsTakenIsInconclusive) {
    const ScriptedServer taken([](int) {});
    const std::string url = taken.url();
    const std::string port = url.substr(url.rfind(':') + 1);
    Ranks ranks(2, joining_within("2"));
    ranks.start(0, {{"--rendezvous", "127.0.0.1:" + port.substr(0, port.find('/'))}});
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 4);
    EXPECT_THAT(reasons_in(end.document), ElementsAre("no_listener 0"));
}

}  // namespace
}  // namespace assay::probe::collective
