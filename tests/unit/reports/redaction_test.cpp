// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/redaction.h"

#include <gtest/gtest.h>

#include <utility>

namespace assay::reports {
namespace {

Redaction redaction() {
    auto made = Redaction::make({.nodes = {"gpu-a-1", "gpu-a-10", "west.example"},
                                 .hosts = {"api.example"},
                                 .registries = {"registry.example:5000"},
                                 .names = {"prod-west", ""}},
                                {"node", "outcome"});
    if (!made) {
        ADD_FAILURE() << made.error();
    }
    return *std::move(made);
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

TEST(RedactionTest, RefusesWhatWouldBreakTheTexts) {
    const auto refused = Redaction::make({.nodes = {"Node"}}, {"node"});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("--redact none"), std::string::npos);
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
