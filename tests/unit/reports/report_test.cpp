// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "reports/files.h"
#include "reports/result_in_public.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test, gone with it.
class Report : public testing::Test {
protected:
    Report() {
        std::string name = (fs::temp_directory_path() / "assay-report-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    ~Report() override {
        std::error_code ignored;
        fs::permissions(folder_, fs::perms::owner_all, ignored);
        fs::remove_all(folder_, ignored);
    }

    fs::path folder_;
};

std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Report, IsWrittenWholeAndSha256sumAgrees) {
    const auto written = write_report(clean_run(), folder_);
    ASSERT_TRUE(written) << written.error();
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
        if (entry.is_regular_file()) {
            found.push_back(entry.path());
        }
    }
    EXPECT_EQ(found.size(), 8U) << "and no temporary file";
    EXPECT_EQ(written->size(), found.size());
    EXPECT_EQ(written->back(), folder_ / "statement.intoto.json");
    EXPECT_EQ(content_of(folder_ / "profile.yaml"), "kind: Profile\n");
    const std::string check =
        "cd '" + folder_.string() + "' && sha256sum --strict --quiet -c SHA256SUMS";
    EXPECT_EQ(std::system(check.c_str()), 0);
    std::ofstream(folder_ / "junit.xml", std::ios::app) << " ";
    EXPECT_NE(std::system((check + " >/dev/null 2>&1").c_str()), 0);
}

TEST_F(Report, StatesTheDigestOfEveryOtherFile) {
    ASSERT_TRUE(write_report(leaking_run(), folder_));
    const auto statement = nlohmann::json::parse(content_of(folder_ / "statement.intoto.json"));
    std::size_t stated = 0;
    for (const auto& subject : statement["subject"]) {
        const fs::path file = folder_ / subject["name"].get<std::string>();
        EXPECT_EQ(subject["digest"]["sha256"], sha256_hex(content_of(file))) << file;
        ++stated;
    }
    EXPECT_EQ(stated, 7U) << "all but the statement itself, SHA256SUMS too";
}

TEST_F(Report, ListsItsFilesSorted) {
    ASSERT_TRUE(write_report(clean_run(), folder_));
    std::ifstream in(folder_ / "SHA256SUMS");
    std::vector<std::string> names;
    for (std::string line; std::getline(in, line);) {
        names.push_back(line.substr(66));
    }
    const std::vector<std::string> expected{
        "artifacts/secure_accelerator_access/owner_reaches_its_own/01-probe.json",
        "inventory.json",
        "junit.xml",
        "profile.yaml",
        "report.html",
        "report.json"};
    EXPECT_EQ(names, expected);
}

// What nobody is to read of it, wherever it may stand.
RunResult telling_run() {
    RunResult run = leaking_run();
    run.redacted = true;
    run.cluster.context = "admin@gpu-cloud-7";
    run.cluster.server = "https://api.corp.example:6443";
    run.cluster.cluster_uid = "382abd98-7bb7-4f2e-9c7a-db5c8537f7bf";
    run.probe_image = "registry.corp.example:5000/tools/assay-probe@sha256:" + std::string(64, 'b');
    run.command = {"assay", "run", "--context", "admin@gpu-cloud-7"};
    run.inventory.nodes[0].name = "rack12-gpu-3";
    run.inventory.accelerators[0].devices_by_node = {{"rack12-gpu-3", 4}};  // a member of JSON
    Finding& finding = run.requirements[0].assertions[1].findings[0];
    finding.node = "rack12-gpu-3";
    finding.target = "pod x, node rack12-gpu-3, at 10.20.30.40";
    finding.actual = "opened GPU-6f1c2b3a-aaaa-bbbb-cccc-0123456789ab at fd00:12::7";
    run.requirements[0].evidence[0].content =
        R"({"node": "rack12-gpu-3", "uid": "6f1c2b3a-aaaa-bbbb-cccc-0123456789ab",
            "image": "registry.corp.example:5000/other"})";
    return run;
}

TEST_F(Report, ForThePublicNamesNobodyInAnyFileAndItsDigestsHold) {
    const RunResult run = telling_run();
    const auto written = write_report(run, folder_);
    ASSERT_TRUE(written) << written.error();
    for (const fs::path& file : *written) {
        const std::string content = content_of(file);
        for (const char* name : {"rack12", "corp.example", "gpu-cloud-7", "10.20.30.40", "fd00:12",
                                 "6f1c2b3a", "382abd98"}) {
            EXPECT_EQ(content.find(name), std::string::npos) << file << ": " << name;
        }
    }
    const std::string check =
        "cd '" + folder_.string() + "' && sha256sum --strict --quiet -c SHA256SUMS";
    EXPECT_EQ(std::system(check.c_str()), 0);
    const auto report = nlohmann::json::parse(content_of(folder_ / "report.json"));
    const auto inventory = nlohmann::json::parse(content_of(folder_ / "inventory.json"));
    EXPECT_EQ(report["run"]["redaction"], "public");
    EXPECT_EQ(report["cluster"]["uid"], uid_in_public(run.cluster.cluster_uid));
    // The same by the same: a finding is still of a node of the inventory.
    EXPECT_EQ(report["requirements"][0]["assertions"][1]["findings"][0]["node"],
              inventory["nodes"][0]["name"]);
    EXPECT_EQ(content_of(folder_ / "profile.yaml"), run.profile_yaml);
}

TEST_F(Report, NamesAllOfThemWhereNobodyAskedForAnythingElse) {
    RunResult run = telling_run();
    run.redacted = false;
    ASSERT_TRUE(write_report(run, folder_));
    const std::string report = content_of(folder_ / "report.json");
    for (const char* name : {"rack12-gpu-3", "api.corp.example", "10.20.30.40", "382abd98"}) {
        EXPECT_NE(report.find(name), std::string::npos) << name;
    }
}

TEST_F(Report, NeverLeavesItsFolder) {
    const char* paths[] = {"artifacts/../../x", "/etc/x",      "x.json",         "artifacts//x",
                           "artifacts/",        "artifacts/.", "artifacts/a\nb", "artifacts/a b"};
    for (const char* path : paths) {
        RunResult run = clean_run();
        run.requirements[0].evidence[0].path = path;
        EXPECT_FALSE(write_report(run, folder_)) << path;
    }
    RunResult run = clean_run();
    run.requirements[0].evidence.push_back(run.requirements[0].evidence[0]);
    EXPECT_FALSE(write_report(run, folder_)) << "two of one name";
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Report, SaysWhatToDoWhenItCannotBeWritten) {
    std::ofstream(folder_ / "artifacts") << "a file where a folder must be";
    const auto written = write_report(clean_run(), folder_);
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().find("--out"), std::string::npos);
    EXPECT_FALSE(fs::exists(folder_ / "SHA256SUMS"));
    EXPECT_FALSE(fs::exists(folder_ / "statement.intoto.json"));
}

TEST_F(Report, PreparesAFolderThatIsMissingOrEmpty) {
    EXPECT_TRUE(prepare_out(folder_));
    EXPECT_TRUE(prepare_out(folder_ / "a" / "b"));
    EXPECT_TRUE(fs::is_empty(folder_ / "a" / "b"));
}

TEST_F(Report, RefusesAFolderWithSomethingInIt) {
    std::ofstream(folder_ / "report.json") << "{}";
    const auto prepared = prepare_out(folder_);
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error(), folder_.string() +
                                    " is not empty and a report is never written over; give "
                                    "another folder with --out");
    EXPECT_FALSE(prepare_out(folder_ / "report.json"));
    EXPECT_FALSE(prepare_out(folder_ / "report.json" / "x"));
}

TEST_F(Report, RefusesAFolderThatCannotBeWrittenTo) {
    if (geteuid() == 0) {
        // Modes stop nobody who is root; /proc does.
        EXPECT_FALSE(prepare_out("/proc/assay"));
        return;
    }
    fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
    const auto prepared = prepare_out(folder_);
    ASSERT_FALSE(prepared);
    EXPECT_NE(prepared.error().find("--out"), std::string::npos);
}

TEST_F(Report, FileInPiecesIsThereOnceItIsEndedAndSaysItsDigest) {
    const std::string piece(100'000, 'x');
    {
        FileInPieces file(folder_, "a/b");
        file.add(piece);
        file.add("y");
        file.add(piece);
        EXPECT_FALSE(fs::exists(folder_ / "a" / "b"));
        EXPECT_EQ(file.end(), sha256_hex(piece + "y" + piece));
    }
    EXPECT_EQ(content_of(folder_ / "a" / "b"), piece + "y" + piece);
    {
        FileInPieces left(folder_, "a/c");
        left.add(piece);
        EXPECT_TRUE(fs::exists(folder_ / "a" / "c.part"));
    }
    EXPECT_FALSE(fs::exists(folder_ / "a" / "c.part"));
    FileInPieces below_a_file(folder_, "a/b/c");
    below_a_file.add(piece);
    EXPECT_FALSE(below_a_file.end());
}

TEST(PlainPath, IsRelativeAndSimple) {
    EXPECT_TRUE(is_plain_path("artifacts/a_b/01-x.json"));
    EXPECT_TRUE(is_plain_path("a"));
    for (const char* path : {"", "/", "/a", "a/", "a//b", "../a", "a/..", ".", "a\\b", "a\n"}) {
        EXPECT_FALSE(is_plain_path(path)) << path;
    }
}

TEST(Sha256, IsTheOneOfTheStandard) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace assay::reports
