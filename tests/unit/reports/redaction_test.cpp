// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/redaction.h"

#include <gtest/gtest.h>

namespace assay::reports {
namespace {

Redaction redaction() {
    return Redaction({.nodes = {"gpu-a-1", "gpu-a-10", "west.example"},
                      .hosts = {"api.example"},
                      .registries = {"registry.example:5000"},
                      .names = {"prod-west", ""}});
}

struct Sample {
    const char* text;
    const char* redacted;
};

class Redacted : public testing::TestWithParam<Sample> {};

TEST_P(Redacted, IsWhatIsLeft) {
    EXPECT_EQ(redaction().text(GetParam().text), GetParam().redacted);
}

INSTANTIATE_TEST_SUITE_P(
    Names, Redacted,
    testing::Values(Sample{"node gpu-a-1, node gpu-a-10", "node node-001, node node-002"},
                    Sample{"GPU-A-1", "node-001"},
                    Sample{"gpu-a-1-gpu.nvidia.com-x7k2", "node-001-gpu.nvidia.com-x7k2"},
                    Sample{"{\"gpu-a-10\": 4}", "{\"node-002\": 4}"},
                    Sample{"gpu-a-100 xgpu-a-1", "gpu-a-100 xgpu-a-1"},
                    Sample{"https://api.example:6443", "https://host-001:6443"},
                    Sample{"registry.example:5000/tools/p@sha256:ab",
                           "registry-001/tools/p@sha256:ab"},
                    Sample{"context prod-west", "context name-001"}));

INSTANTIATE_TEST_SUITE_P(
    Patterns, Redacted,
    testing::Values(Sample{"GPU-df31844c-0000-1111-2222-333344445555",
                           "GPU-00000000-0000-0000-0000-000000000001"},
                    Sample{"10.1.2.3:443, then 10.1.2.4.", "address-001:443, then address-002."},
                    Sample{"[fe80::1:2]:443 and fe80::1:2: refused",
                           "[address-001]:443 and address-001: refused"},
                    Sample{"at aa:bb:cc:dd:ee:0f", "at address-001"},
                    Sample{"127.0.0.1 0.0.0.0 ::1", "127.0.0.1 0.0.0.0 ::1"},
                    Sample{"v1.37.0, 580.95.5, 535.104.05.01, 0000:17:00.0",
                           "v1.37.0, 580.95.5, 535.104.05.01, 0000:17:00.0"},
                    Sample{"2026-11-22T12:11:50.032Z 12:11:50 std::string c:195:0 sha256:00ff",
                           "2026-11-22T12:11:50.032Z 12:11:50 std::string c:195:0 sha256:00ff"}));

TEST(RedactionTest, TheSameIsTheSameInEveryText) {
    Redaction one = redaction();
    const std::string first = one.text("10.0.0.1 df31844c-0000-1111-2222-333344445555");
    EXPECT_EQ(one.text("10.0.0.2"), "address-002");
    EXPECT_EQ(one.text("10.0.0.1 DF31844C-0000-1111-2222-333344445555"), first);
}

TEST(RedactionTest, NoWordThatStandsForSomethingIsANameItself) {
    Redaction one({.nodes = {"node-002", "a", "Node-001"},
                   .hosts = {"address-001"},
                   .names = {"host-001", "name-001"}});
    EXPECT_EQ(one.text("Node-001 a node-002"), "node-003 node-004 node-005");
    EXPECT_EQ(one.text("address-001 host-001 name-001"), "host-002 name-002 name-003");
    EXPECT_EQ(one.text("10.0.0.1"), "address-002");
    EXPECT_EQ(one.text("node-003 host-002 address-002"), "node-003 host-002 address-002");
}

TEST(RedactionTest, ReplacesWhatTheStringsOfJsonSay) {
    Redaction one({.nodes = {"gpu-1", "ready"}, .hosts = {"true"}, .names = {"status", "a\"b"}});
    EXPECT_EQ(
        one.json(R"({"status":true,"x/status":1, "s" :"a\nstatus","gpu-1":"a\"b \u0067pu-1"})"),
        R"({"status":true,"x/name-002":1, "s" :"a\nname-002","node-001":"name-001 node-001"})");
    EXPECT_EQ(one.json(R"({"Ready": 1, "s": "on gpu-1)"), R"({"node-002": 1, "s": "on node-001)");
    EXPECT_EQ(one.json("words of gpu-1"), "words of gpu-1") << "between strings is no text";
    EXPECT_EQ(one.json("\"gpu-1\xff\" \"\\"), "\"node-001\xff\" \"\\");
}

TEST(RedactionTest, TellsWhatIsKnownInAText) {
    EXPECT_EQ(redaction().known_in("x GPU-A-10"), "gpu-a-10");
    EXPECT_EQ(redaction().known_in("xgpu-a-1 10.0.0.1"), "");
}

TEST(RedactionTest, KnowsRegistriesAndHosts) {
    EXPECT_EQ(registry_of("registry.example:5000/a/b@sha256:x"), "registry.example:5000");
    EXPECT_EQ(registry_of("localhost:5000/a"), "localhost:5000");
    EXPECT_EQ(registry_of("library/a"), "");
    EXPECT_EQ(registry_of("a"), "");
    EXPECT_EQ(host_of("https://api.example:6443/x"), "api.example");
    EXPECT_EQ(host_of("https://[fe80::1]:6443"), "fe80::1");
    EXPECT_EQ(host_of(""), "");
}

}  // namespace
}  // namespace assay::reports
