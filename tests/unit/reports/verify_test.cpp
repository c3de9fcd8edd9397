// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "reports/files.h"
#include "reports/key_signer.h"
#include "reports/report.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using testing::HasSubstr;

std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class Verify : public testing::Test {
protected:
    Verify() {
        std::string name = (fs::temp_directory_path() / "assay-verify-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        make_key("key");
        make_key("other");
        write(leaking_run());
    }
    ~Verify() override { fs::remove_all(folder_); }

    void make_key(const std::string& name) const {
        const std::string at = (folder_ / name).string();
        const std::string command = "openssl ecparam -name prime256v1 -genkey -noout -out " + at +
                                    ".pem && openssl pkey -in " + at + ".pem -pubout -out " + at +
                                    ".pub";
        ASSERT_EQ(std::system(command.c_str()), 0);
    }
    void sign() const {
        const auto signer = KeySigner::read(folder_ / "key.pem", nullptr);
        ASSERT_TRUE(signer) << signer.error();
        ASSERT_TRUE(write_signatures(report(), **signer));
    }
    void write(RunResult run) const {
        fs::remove_all(report());
        run.profile_sha256 = sha256_hex(run.profile_yaml);
        ASSERT_TRUE(write_report(run, report()));
        sign();
    }
    void put(const char* name, const std::string& content) const {
        std::ofstream(report() / name, std::ios::binary) << content;
    }
    // SHA256SUMS, the statement and its signature as they are right for inventory.json as it is.
    void agree() const {
        auto statement = ordered_json::parse(content_of(report() / "statement.intoto.json"));
        std::string sums;
        for (auto& subject : statement["subject"]) {
            const auto name = subject["name"].get<std::string>();
            auto& digest = subject["digest"]["sha256"];
            if (name != "SHA256SUMS") {
                digest = sha256_hex(content_of(report() / name));
                sums += digest.get<std::string>() + "  " + name + "\n";
            }
        }
        statement["subject"][0]["digest"]["sha256"] = sha256_hex(sums);  // SHA256SUMS sorts first
        put("SHA256SUMS", sums);
        put("statement.intoto.json", statement.dump());
        sign();
    }
    fs::path report() const { return folder_ / "report"; }
    std::string refusal(const char* key = "key.pub") const {
        const auto verified = verify_report(report(), key[0] == 0 ? fs::path() : folder_ / key);
        return verified ? "" : verified.error();
    }

    fs::path folder_;
};

TEST_F(Verify, WhatWasWrittenAndSignedVerifies) {
    const auto verified = verify_report(report(), folder_ / "key.pub");
    ASSERT_TRUE(verified) << verified.error();
    EXPECT_EQ(verified->hint.size(), 44U);
    EXPECT_EQ(verified->result, "failed");
    EXPECT_EQ(verified->must_examined, 1);
    EXPECT_EQ(verified->must_total, 2);
    write(clean_run());
    EXPECT_EQ(refusal(), "");
    RunResult unsettled = clean_run();
    unsettled.settling =
        Settling{.settled = false, .limit_ms = 1, .unsettled = 1, .waiting_for = {"a"}};
    write(unsettled);
    EXPECT_EQ(refusal(), "");
}

TEST_F(Verify, RefusesEachFlippedByte) {
    for (const auto& entry : fs::recursive_directory_iterator(report())) {
        if (!entry.is_regular_file()) {
            continue;
        }
        const std::string good = content_of(entry.path());
        for (std::size_t i = 0; i < 9 && !good.empty(); ++i) {
            std::string bad = good;
            bad[(good.size() - 1) * i / 8] ^= 1;
            std::ofstream(entry.path(), std::ios::binary) << bad;
            EXPECT_NE(refusal(), "") << entry.path() << " at " << (good.size() - 1) * i / 8;
        }
        std::ofstream(entry.path(), std::ios::binary) << good;
    }
    EXPECT_EQ(refusal(), "");
}

TEST_F(Verify, RefusesAnotherKeyAndNoSignature) {
    EXPECT_THAT(refusal("other.pub"), HasSubstr("report.sigstore.json"));
    EXPECT_THAT(refusal("key.pem"), HasSubstr("holds no P-256 public key"));
    fs::remove(report() / "report.sigstore.json");
    EXPECT_THAT(refusal("other.pub"), HasSubstr("report.dsse.json"));
    fs::remove(report() / "report.dsse.json");
    EXPECT_THAT(refusal(), HasSubstr("not signed"));
    const auto unsigned_report = verify_report(report(), "");
    ASSERT_TRUE(unsigned_report) << unsigned_report.error();
    EXPECT_EQ(unsigned_report->hint, "");
}

TEST_F(Verify, RefusesListsThatTheReportDoesNotBear) {
    auto statement = ordered_json::parse(content_of(report() / "statement.intoto.json"));
    auto& predicate = statement["predicate"];
    std::swap(predicate["passedTests"], predicate["failedTests"]);
    put("statement.intoto.json", statement.dump());
    sign();
    EXPECT_THAT(refusal(), HasSubstr("passedTests of statement.intoto.json"));
    std::swap(predicate["passedTests"], predicate["failedTests"]);
    predicate["result"] = "PASSED";
    put("statement.intoto.json", statement.dump());
    sign();
    EXPECT_THAT(refusal(), HasSubstr("result of statement.intoto.json"));
}

TEST_F(Verify, RefusesAnInventoryOfAnotherRunOrOneThatHidesASimulation) {
    const auto refused_with = [this](const char* member, const ordered_json& value) {
        auto inventory = ordered_json::parse(content_of(report() / "inventory.json"));
        inventory[member] = value;
        put("inventory.json", inventory.dump());
        agree();
        return refusal();
    };
    RunResult run = leaking_run();
    run.simulated = run.requirements[0].assertions[0].findings[0].simulated = true;
    write(run);
    EXPECT_EQ(refusal(), "");
    EXPECT_THAT(refused_with("simulated", false), HasSubstr("hides that something was simulated"));
    write(run);
    EXPECT_THAT(refused_with("runId", "k7w4c2hp"), HasSubstr("is of another run"));
}

TEST_F(Verify, RefusesMissingAddedAndLinkedFiles) {
    put("extra.txt", "x");
    EXPECT_THAT(refusal(), HasSubstr("extra.txt does not belong here"));
    fs::remove(report() / "extra.txt");
    fs::rename(report() / "profile.yaml", folder_ / "profile.yaml");
    EXPECT_THAT(refusal(), HasSubstr("profile.yaml is missing"));
    fs::create_symlink(folder_ / "profile.yaml", report() / "profile.yaml");
    EXPECT_THAT(refusal(), HasSubstr("profile.yaml cannot be opened as a plain file"));
}

TEST_F(Verify, RefusesWhatIsNoStrictJson) {
    const std::string bundle = content_of(report() / "report.sigstore.json");
    auto more = ordered_json::parse(bundle);
    more["dsseEnvelope"]["signatures"][0]["keyid"] = "x";
    std::string twice = bundle;
    twice.insert(1, R"("mediaType":"x",)");
    for (const std::string& bad : {bundle.substr(0, bundle.size() / 2), std::string("garbage"),
                                   std::string(), std::string(100'000, '['), more.dump(), twice}) {
        put("report.sigstore.json", bad);
        EXPECT_THAT(refusal(), HasSubstr("report.sigstore.json")) << bad.substr(0, 40);
    }
    fs::remove(report() / "report.sigstore.json");
    fs::remove(report() / "report.dsse.json");
    put("statement.intoto.json", "{}");
    EXPECT_THAT(refusal(""), HasSubstr("statement.intoto.json"));
}

}  // namespace
}  // namespace assay::reports
