// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Lines as NCCL writes them; host names and process numbers made up.

#include "probe/collective/transport.h"

#include <gmock/gmock.h>

namespace assay::probe::collective {
namespace {

using Edges = std::map<std::string, int>;

TEST(Transport, OfSeveralNodes) {
    const Transport transport = transport_in_log(
        "pod-0:15:32 [1] NCCL INFO Channel 07/0 : 0[0] -> 2[0] [receive] via NET/IB/3/GDRDMA\n"
        "pod-0:15:32 [1] NCCL INFO Channel 01/0 : 3[1] -> 1[1] [send] via NET/IB/2/GDRDMA\n"
        "pod-0:15:32 [1] NCCL INFO Channel 03/0 : 3[1] -> 1[1] [send] via NET/IB/2(4)/GDRDMA\n"
        "pod-0:15:32 [1] NCCL INFO Channel 04/0 : 3[1] -> 1[1] [send] via NET/IB/2\n"
        "pod-0:15:32 [1] NCCL INFO Channel 00/0 : 3[1] -> 2[0] via P2P/CUMEM\n");
    EXPECT_EQ(transport.edges, (Edges{{"NET/IB", 3}, {"P2P/CUMEM", 1}}));
    EXPECT_EQ(transport.gdr_edges, 2);
    EXPECT_EQ(transport.nvls, std::nullopt);
    EXPECT_EQ(transport.mnnvl_clique_size, std::nullopt);
}

TEST(Transport, OfOlderAndNewerVersions) {
    const Transport transport = transport_in_log(
        "a:46841:46897 [6] NCCL INFO Channel 02 : 14[e1000] -> 13[a7000] via P2P/direct "
        "pointer/read\n"
        "a:46841:46897 [6] NCCL INFO Channel 02 : 14[e1000] -> 13[a7000] via P2P/IPC/read\n"
        "a:1:2 [0] NCCL INFO Channel 00 : 0[0] -> 1[1] via SHM/direct/direct\n"
        "a:1:2 [0] NCCL INFO Channel 00/1 : 0[0] -> 1[1] via SHM/direct/direct\r\n"
        "a:1:2 [0] NCCL INFO Channel 00/0 : 33[1] -> 40[0] [send] via NET/IBext_v8/7\n"
        "a:1:2 [0] NCCL INFO Channel 00/0 : 33[1] -> 40[0] [send] via NET/AWS Libfabric/0/GDRDMA\n"
        "a:1:2 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[0] [send] via NET/Socket/0/Shared\n"
        "a:1:2 [0] NCCL INFO Channel 23/0 : 0[0] -> 4[0] via P2P/MNNVL\n");
    EXPECT_EQ(transport.edges, (Edges{{"NET/AWS Libfabric", 1},
                                      {"NET/IBext_v8", 1},
                                      {"NET/Socket", 1},
                                      {"P2P/IPC", 1},
                                      {"P2P/MNNVL", 1},
                                      {"P2P/direct pointer", 1},
                                      {"SHM/direct/direct", 2}}));
    EXPECT_EQ(transport.gdr_edges, 1);
}

TEST(Transport, KnowsNvlsAndMnnvl) {
    const Transport with = transport_in_log(
        "a:1:2 [0] NCCL INFO NVLS multicast support is available on dev 0 (NVLS_NCHANNELS 24)\n"
        "a:1:2 [0] NCCL INFO MNNVL 1 cliqueId 7fff cliqueSize 8 cliqueRank 0\n");
    EXPECT_EQ(with.nvls, true);
    EXPECT_EQ(with.mnnvl_clique_size, 8);
    const Transport without = transport_in_log(
        "a:1:2 [0] NCCL INFO NVLS multicast support is not available on dev 0\n"
        "a:1:2 [0] NCCL INFO MNNVL 0 cliqueId 0 cliqueSize 1 cliqueRank 0\n");
    EXPECT_EQ(without.nvls, false);
    EXPECT_EQ(without.mnnvl_clique_size, std::nullopt);
}

TEST(Transport, PassesOverEverythingElse) {
    const Transport transport = transport_in_log(
        "a:1:2 [0] NCCL INFO Connected all rings, use ring PXN 0 GDR 1\n"
        "a:1:2 [0] NCCL INFO Bootstrap: Using eth0:10.0.0.1<0>\n"
        "a:1:2 [0] NCCL INFO Channel 00/02 : 0 1 2 3\n"
        "Channel via NET/IB\n" +
        std::string(100'000, 'x') + " via NET/IB/0\n");
    EXPECT_TRUE(transport.edges.empty());
}

TEST(Transport, IsAsExpectedOrNot) {
    Transport transport;
    transport.edges = {{"NET/IB", 4}, {"P2P/CUMEM", 28}};
    EXPECT_EQ(unexpected(transport, {"NET/IB", "P2P/CUMEM"}), "");
    EXPECT_EQ(unexpected(transport, {"NET/IB"}), "28 channels go by P2P/CUMEM; expected NET/IB");
    EXPECT_EQ(unexpected(transport, {"NET", "P2P"}), "");
    EXPECT_EQ(unexpected(transport, {"NET/I", "P2P"}),
              "4 channels go by NET/IB; expected NET/I, P2P");
    transport.edges = {{"NET/Socket", 4}};
    EXPECT_EQ(unexpected(transport, {"NET/IB", "NET/Socket"}), "no channel goes by NET/IB");
}

TEST(Transport, IsTheSameAfterItsJson) {
    Transport transport;
    transport.edges = {{"NET/IB", 4}};
    transport.gdr_edges = 2;
    transport.nvls = true;
    const Transport read = transport_from(transport.json());
    EXPECT_EQ(read.edges, transport.edges);
    EXPECT_EQ(read.gdr_edges, 2);
    EXPECT_EQ(read.nvls, true);
    EXPECT_EQ(read.mnnvl_clique_size, std::nullopt);
}

}  // namespace
}  // namespace assay::probe::collective
