// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/document.h"

#include <gmock/gmock.h>

#include "tests/unit/probe/document_schema.h"

namespace assay::probe {
namespace {

using testing::Each;
using testing::HasSubstr;

Attempt attempt(unsigned minor, std::string path) {
    return {.number = "c:195:" + std::to_string(minor),
            .path = std::move(path),
            .by = "node",
            .error = "",
            .why = ""};
}

Isolation many_devices(unsigned count) {
    Isolation isolation;
    isolation.nvml = "ok";
    isolation.driver_version = "580.95.05";
    for (unsigned minor = 0; minor < count; ++minor) {
        const std::string path = "/dev/nvidia" + std::to_string(minor);
        isolation.attempts.reachable.push_back(attempt(minor, path));
        isolation.attempts.refused.push_back(attempt(minor, path));
        isolation.attempts.not_tried.push_back(attempt(minor, ""));
        isolation.attempts.not_tried.back().by = "mknod";
        isolation.attempts.not_tried.back().why = "mknod refused";
    }
    return isolation;
}

std::string summary_of(const Isolation& isolation, std::size_t limit = summary_limit_default) {
    return isolation_summary(isolation, isolation_full(isolation), limit);
}

TEST(Document, OfNothingIsOfTheSchema) {
    const std::string full = isolation_full({.attempts = {},
                                             .gpus = {},
                                             .uuids = {},
                                             .nvml = "absent",
                                             .driver_version = std::nullopt,
                                             .environment = {}});
    EXPECT_EQ(schema_errors(full), "");
    const Json parsed = Json::parse(full);
    EXPECT_EQ(parsed.at("complete"), true);
    EXPECT_TRUE(parsed.at("driver_version").is_null());
    EXPECT_TRUE(parsed.at("environment").is_object());
    EXPECT_FALSE(parsed.contains("document_sha256"));
}

TEST(Document, TheSchemaFindsFaults) {
    const Json good = Json::parse(summary_of(many_devices(1)));
    ASSERT_EQ(schema_errors(good.dump()), "");
    for (const char* key : {"schema", "counts", "reachable", "complete", "document_sha256"}) {
        Json bad = good;
        bad.erase(key);
        EXPECT_NE(schema_errors(bad.dump()), "") << key;
    }
    Json bad = good;
    bad["reachable"][0]["number"] = "195:0";
    EXPECT_NE(schema_errors(bad.dump()), "");
    bad = good;
    bad["surprise"] = 1;
    EXPECT_NE(schema_errors(bad.dump()), "");
    EXPECT_NE(schema_errors("{"), "");
}

TEST(Document, FitsItsLimitsAndCountsTrulyWithTenThousandDevices) {
    const Isolation isolation = many_devices(10'000);
    const std::string full = isolation_full(isolation);
    EXPECT_LE(full.size(), full_limit);
    EXPECT_GT(full.size(), full_limit - 200);  // cut no shorter than it must be
    const std::string summary = isolation_summary(isolation, full, summary_limit_default);
    EXPECT_LE(summary.size(), summary_limit_default);
    for (const std::string& text : {full, summary}) {
        EXPECT_EQ(schema_errors(text), "");
        const Json parsed = Json::parse(text);
        EXPECT_EQ(parsed.at("complete"), false);
        EXPECT_EQ(parsed.at("counts").at("reachable"), 10'000);
        EXPECT_EQ(parsed.at("counts").at("tried"), 20'000);
        EXPECT_EQ(parsed.at("counts").at("not_tried"), 10'000);
        EXPECT_GT(parsed.at("reachable").size(), 10U);
        EXPECT_EQ(parsed.at("reachable").at(0).at("path"), "/dev/nvidia0");
    }
}

TEST(Document, FitsEveryLimitAllowed) {
    Isolation isolation = many_devices(40);
    isolation.nvml = "error: " + std::string(193, 'x');
    isolation.driver_version = std::string(500, '9');
    for (std::size_t limit = summary_limit_least; limit <= summary_limit_default; ++limit) {
        const std::string summary = summary_of(isolation, limit);
        ASSERT_LE(summary.size(), limit);
        ASSERT_TRUE(Json::accept(summary)) << limit;
    }
}

TEST(Document, IsCompleteExactlyWhenNothingWasLeftOut) {
    const Isolation isolation = many_devices(12);
    const std::string whole = summary_of(isolation);
    ASSERT_EQ(Json::parse(whole).at("complete"), true);
    // "false" is one letter longer, and room is kept for it.
    EXPECT_EQ(Json::parse(summary_of(isolation, whole.size() + 1)).at("complete"), true);
    const Json cut = Json::parse(summary_of(isolation, whole.size() - 1));
    EXPECT_EQ(cut.at("complete"), false);
    EXPECT_EQ(cut.at("reachable").size(), 12U);  // the least telling list loses first
    EXPECT_LT(cut.at("not_tried").size(), 12U);
}

TEST(Document, TheSummaryNamesTheFullDocument) {
    const Isolation isolation = many_devices(2);
    const std::string full = isolation_full(isolation);
    const Json summary = Json::parse(isolation_summary(isolation, full, 4096));
    EXPECT_EQ(summary.at("document_sha256"), sha256_hex(full));
    EXPECT_EQ(summary.at("form"), "summary");
    EXPECT_FALSE(summary.contains("refused"));
    EXPECT_FALSE(summary.contains("skipped"));
}

TEST(Document, StaysOneLineOfValidJsonWithHostileNames) {
    const std::vector<std::string> names = {"\xff\xfe",
                                            "\xc3(",
                                            "quote\"back\\slash",
                                            "line\nbreak\r\t",
                                            std::string("nul\0l", 5),
                                            "</script>",
                                            "\xed\xa0\x80",
                                            "\xf5\x80\x80\x80",
                                            "\x1b[31m",
                                            "\xe2\x80\xa8"};
    Isolation isolation = many_devices(0);
    for (const std::string& name : names) {
        isolation.attempts.reachable.push_back(attempt(0, "/dev/" + name));
        isolation.environment.emplace_back("NVIDIA_" + std::to_string(isolation.environment.size()),
                                           name);
    }
    GpuIdentity gpu;
    gpu.uuid = "\xff\"";
    gpu.name = "\x80\n";
    isolation.gpus.push_back(gpu);
    isolation.uuids.emplace_back("\xff\"\n", "not_found");
    const std::string full = isolation_full(isolation);
    EXPECT_EQ(full.find('\n'), std::string::npos);
    EXPECT_EQ(schema_errors(full), "");
    const Json parsed = Json::parse(full);
    EXPECT_EQ(parsed.at("reachable").size(), names.size());
    EXPECT_EQ(parsed.at("reachable").at(2).at("path"), "/dev/quote\"back\\slash");
    EXPECT_EQ(parsed.at("reachable").at(3).at("path"), "/dev/line\nbreak\r\t");
    EXPECT_EQ(parsed.at("reachable").at(0).at("path"), "/dev/\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_EQ(schema_errors(summary_of(isolation)), "");
}

// Escapes make a name up to six times as long; the limit is of what is written.
TEST(Document, FitsWithNamesThatGrowWhenWritten) {
    Isolation isolation = many_devices(0);
    for (unsigned minor = 0; minor < 500; ++minor) {
        isolation.attempts.unclear.push_back(attempt(minor, std::string(200, '\x01')));
    }
    EXPECT_LE(isolation_full(isolation).size(), full_limit);
    EXPECT_LE(summary_of(isolation).size(), summary_limit_default);
}

TEST(Document, CutsTheEnvironmentLast) {
    Isolation isolation = many_devices(1);
    isolation.environment = {{"NVIDIA_A", "all"}, {"NVIDIA_B", std::string(70'000, 'x')}};
    const std::string full = isolation_full(isolation);
    EXPECT_LE(full.size(), full_limit);
    const Json parsed = Json::parse(full);
    EXPECT_EQ(parsed.at("complete"), false);
    EXPECT_EQ(parsed.at("environment"), Json({{"NVIDIA_A", "all"}}));
    EXPECT_EQ(parsed.at("refused").size(), 1U);
}

TEST(Digest, IsSha256) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace assay::probe
