// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The options of `allreduce`.

#include "probe/collective/request.h"

#include <gmock/gmock.h>

namespace assay::probe::collective {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Json good() {
    return {{"rank", 1.0},
            {"ranks", 4.0},
            {"rendezvous", "ring-0.ring:7000"},
            {"secret_file", "/secret/key"}};
}

Json good_with(const char* member, const Json& value) {
    Json options = good();
    options[member] = value;
    return options;
}

TEST(Request, IsTakenFromItsOptions) {
    Json options = good_with("expect_transport", "NET/IB,P2P/CUMEM");
    options["backend"] = "nccl";
    options["min_bytes"] = 1024.0;
    const ParsedRequest parsed = parse_request(options, "");
    ASSERT_EQ(parsed.complaint, "");
    const Request& request = parsed.request;
    EXPECT_EQ(request.rank, 1);
    EXPECT_EQ(request.ranks, 4);
    EXPECT_EQ(request.host, "ring-0.ring");
    EXPECT_EQ(request.port, 7000);
    EXPECT_TRUE(request.nccl);
    EXPECT_EQ(request.sweep.min_bytes, 1024U);
    EXPECT_THAT(request.expected_transport, ElementsAre("NET/IB", "P2P/CUMEM"));
    EXPECT_EQ(request.injection.fault, Fault::none);
}

TEST(Request, TakesTheRankFromTheIndexedJob) {
    Json options = good();
    options.erase("rank");
    EXPECT_EQ(parse_request(options, "3").request.rank, 3);
    for (const char* index : {"", "x", "3x", "-1"}) {
        EXPECT_NE(parse_request(options, index).complaint, "") << index;
    }
    EXPECT_EQ(parse_request(good(), "3").request.rank, 1);
}

TEST(Request, UnderstandsIPv6) {
    const ParsedRequest parsed = parse_request(good_with("rendezvous", "[fd00::1]:7000"), "");
    EXPECT_EQ(parsed.request.host, "fd00::1");
    EXPECT_EQ(parsed.request.port, 7000);
}

TEST(Request, RefusesWhatIsWrong) {
    const std::vector<std::pair<const char*, Json>> wrong = {
        {"ranks", 0.0},          {"ranks", 1025.0},       {"rank", 0.5},
        {"rendezvous", "host"},  {"rendezvous", ":7000"}, {"rendezvous", "host:0"},
        {"rendezvous", "h:70x"}, {"secret_file", ""},     {"backend", "mpi"},
        {"min_bytes", 2.0},      {"iterations", 4.0},     {"iterations", 101.0},
        {"factor", 1.0},         {"min_bytes", 1e9},      {"inject", "fire"},
        {"inject_rank", 4.0},    {"hang_limit_s", 0.0},   {"warmup", -1.0},
    };
    for (const auto& [member, value] : wrong) {
        EXPECT_THAT(parse_request(good_with(member, value), "").complaint, HasSubstr("allreduce: "))
            << member << " " << value;
    }
    Json cut = good_with("inject", "cut-message");
    cut["backend"] = "nccl";
    EXPECT_NE(parse_request(cut, "").complaint, "");
}

TEST(Request, SaysWhatTheRanksMustAgreeOn) {
    const Json one = parse_request(good(), "").request.plan();
    EXPECT_EQ(one, parse_request(good_with("rank", 2.0), "").request.plan());
    EXPECT_NE(one, parse_request(good_with("iterations", 6.0), "").request.plan());
    EXPECT_NE(one, parse_request(good_with("backend", "nccl"), "").request.plan());
}

}  // namespace
}  // namespace assay::probe::collective
