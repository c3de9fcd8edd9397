// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The flow of the NCCL backend with stand-ins for NCCL and the driver.

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/unit/probe/collective/ranks.h"

namespace assay::probe::collective {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> with_stand_ins(std::vector<std::string> more = {}) {
    std::vector<std::string> options = {"--backend",      "nccl",
                                        "--nccl-library", ASSAY_FAKE_NCCL,
                                        "--cuda-library", ASSAY_FAKE_CUDA,
                                        "--min-bytes",    "4096",
                                        "--max-bytes",    "65536",
                                        "--join-limit-s", "60",
                                        "--hang-limit-s", "10"};
    options.insert(options.end(), more.begin(), more.end());
    return options;
}

TEST(Nccl, SumsAndTellsItsTransport) {
    Ranks ranks(3, with_stand_ins({"--expect-transport", "NET/Socket"}), {"NCCL_IB_DISABLE=1"});
    ranks.start_all();
    for (const int rank : {0, 1, 2}) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 0) << end.document << end.err;
        EXPECT_EQ(end.document.at("backend"), "nccl");
        EXPECT_EQ(end.document.at("simulated"), false);
        EXPECT_EQ(end.document.at("environment").at("NCCL_IB_DISABLE"), "1");
        if (rank == 0) {
            EXPECT_EQ(end.document.at("transport").at("edges"), Json({{"NET/Socket", 3}}));
        }
    }
}

TEST(Nccl, HoldsItsTransportAgainstWhatIsExpected) {
    Ranks ranks(2, with_stand_ins({"--expect-transport", "NET/IB"}));
    ranks.start_all();
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 1);
    EXPECT_THAT(reasons_in(end.document), ElementsAre("transport null"));
}

class NcclInjection : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Faults, NcclInjection,
                         testing::Values("wrong-rank", "skip-chunk", "bitflip", "stale-buffer",
                                         "slow-rank"),
                         [](const auto& one) {
                             std::string name = one.param;
                             std::erase(name, '-');
                             return name;
                         });

TEST_P(NcclInjection, FlipsTheVerdict) {
    Ranks ranks(2, with_stand_ins({"--inject", GetParam()}));
    ranks.start_all();
    for (const int rank : {0, 1}) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 1) << end.document;
    }
}

TEST(Nccl, IsInconclusiveOnAllRanksWhereItIsMissing) {
    Ranks ranks(2, with_stand_ins());
    ranks.start(0);
    ranks.start(1, {{"--nccl-library", "libnccl-is-not-here.so.2"}});
    for (const int rank : {0, 1}) {
        const RankEnd end = ranks.end(rank);
        EXPECT_EQ(end.code, 4);
        EXPECT_THAT(reasons_in(end.document), ElementsAre("nccl_absent 1"));
        EXPECT_THAT(end.document.at("reasons").at(0).at("text").get<std::string>(),
                    HasSubstr("libnccl-is-not-here.so.2 not found"));
    }
}

TEST(Nccl, IsInconclusiveWithoutADriver) {
    Ranks ranks(1, with_stand_ins({"--cuda-library", "libcuda-is-not-here.so.1"}));
    ranks.start(0);
    EXPECT_THAT(reasons_in(ranks.end(0).document), ElementsAre("cuda_absent 0"));
    Ranks no_device(1, with_stand_ins(), {"ASSAY_FAKE_CUDA_INIT=100"});
    no_device.start(0);
    const RankEnd end = no_device.end(0);
    EXPECT_EQ(end.code, 4);
    EXPECT_THAT(end.document.at("reasons").at(0).at("text").get<std::string>(),
                HasSubstr("cuInit: CUDA_ERROR_NO_DEVICE"));
}

TEST(Nccl, FailsWhereItSaysSo) {
    Ranks ranks(1, with_stand_ins(), {"ASSAY_FAKE_NCCL_INIT=4"});
    ranks.start(0);
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 1);
    EXPECT_THAT(end.document.at("reasons").at(0).at("text").get<std::string>(),
                HasSubstr("ncclCommInitRankConfig: invalid argument (4)"));
}

TEST(Nccl, NamesTheRankThatIsStoppedInTheMidst) {
    const std::string mark = "/tmp/assay-fake-nccl-mark-" + std::to_string(::getpid());
    Ranks ranks(
        2, with_stand_ins({"--iterations", "100", "--inject", "slow-rank", "--hang-limit-s", "3"}),
        {"ASSAY_FAKE_NCCL_MARK=" + mark});
    ranks.start_all();
    while (!std::filesystem::exists(mark)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::filesystem::remove(mark);
    ranks.signal(1, SIGSTOP);
    const RankEnd end = ranks.end(0);
    EXPECT_EQ(end.code, 1) << end.document;
    EXPECT_THAT(reasons_in(end.document), Contains("silent_rank 1"));
}

}  // namespace
}  // namespace assay::probe::collective
