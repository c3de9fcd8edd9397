// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The real program: its command line, its exit codes, where its documents go.

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/unit/probe/child_process.h"
#include "tests/unit/probe/document_schema.h"

namespace assay::probe {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class Program : public testing::Test {
protected:
    Program() {
        EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
        std::filesystem::create_directory(path("dev"));
    }
    ~Program() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }

    Finished isolate(std::vector<std::string> more = {},
                     const std::vector<std::string>& environment = {}) const {
        std::vector<std::string> argv = {ASSAY_PROBE_PROGRAM, "isolate",           "--dev-root",
                                         path("dev"),         "--termination-log", path("message")};
        argv.insert(argv.end(), more.begin(), more.end());
        return run(argv, environment);
    }

    std::string message() const {
        std::ifstream file(path("message"));
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::string folder_ = "/tmp/assay-probe-test-XXXXXX";
};

std::string without_newline(const std::string& line) {
    EXPECT_TRUE(line.ends_with('\n'));
    return line.substr(0, line.size() - 1);
}

TEST_F(Program, SaysItsVersion) {
    const Finished finished = run({ASSAY_PROBE_PROGRAM, "--version"});
    EXPECT_EQ(finished.code, 0);
    EXPECT_THAT(finished.out, testing::MatchesRegex("assay-probe [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_F(Program, HelpTeachesEachVerb) {
    const Finished all = run({ASSAY_PROBE_PROGRAM, "--help"});
    EXPECT_EQ(all.code, 0);
    for (const char* word : {"facts", "isolate", "hold", "serve", "client", "gemm", "hbm", "link",
                             "selftest", "allreduce", "Exit codes", "SIGTERM"}) {
        EXPECT_THAT(all.out, HasSubstr(word));
    }
    const Finished one = run({ASSAY_PROBE_PROGRAM, "isolate", "--help"});
    EXPECT_EQ(one.code, 0);
    for (const char* word :
         {"--hold", "--node", "--number", "--uuid", "--summary-limit", "EPERM"}) {
        EXPECT_THAT(one.out, HasSubstr(word));
    }
}

TEST_F(Program, EndsWithTwoOnWrongUse) {
    EXPECT_EQ(run({ASSAY_PROBE_PROGRAM}).code, 2);
    EXPECT_EQ(run({ASSAY_PROBE_PROGRAM, "explode"}).code, 2);
    EXPECT_EQ(isolate({"--summary-limit", "10"}).code, 2);
    EXPECT_EQ(isolate({"--summary-limit", "5000"}).code, 2);
    EXPECT_EQ(isolate({"--number", "c:195:0-5000"}).code, 2);
    const Finished block = isolate({"--number", "b:8:0"});
    EXPECT_EQ(block.code, 2);
    EXPECT_THAT(block.err, HasSubstr("block devices are never opened"));
    EXPECT_EQ(block.out, "");
}

TEST_F(Program, WritesTheDocumentAndItsSummary) {
    const Finished finished = isolate({"--node", "/nowhere/nvidia0", "--uuid", "GPU-x"});
    EXPECT_EQ(finished.code, 0) << finished.err;
    const std::string full = without_newline(finished.out);
    EXPECT_EQ(schema_errors(full), "");
    EXPECT_EQ(schema_errors(message()), "");
    const Json document = Json::parse(full);
    EXPECT_EQ(document.at("refused").at(0).at("errno"), "ENOENT");
    EXPECT_EQ(document.at("uuids").at(0).at("answer"), "absent");
    EXPECT_EQ(document.at("nvml"), "absent");
    const Json summary = Json::parse(message());
    EXPECT_EQ(summary.at("counts"), document.at("counts"));
}

TEST_F(Program, SaysOnlyTheVariablesThatAskForDevices) {
    const Finished finished = isolate({}, {"NVIDIA_VISIBLE_DEVICES=all", "CUDA_VERSION=12.4.1",
                                           "ASSAY_X=1", "PASSWORD=secret", "MY_NVIDIA_KEY=secret"});
    EXPECT_EQ(
        Json::parse(finished.out).at("environment"),
        Json({{"NVIDIA_VISIBLE_DEVICES", "all"}, {"CUDA_VERSION", "12.4.1"}, {"ASSAY_X", "1"}}));
}

TEST_F(Program, IsInconclusiveWithoutDeviceNodesToList) {
    std::filesystem::remove(path("dev"));
    const Finished finished = isolate();
    EXPECT_EQ(finished.code, 4);
    const Json document = Json::parse(finished.out);
    EXPECT_EQ(document.at("unclear").at(0).at("path"), path("dev"));
}

TEST_F(Program, FailsWhereItCannotWrite) {
    std::filesystem::create_directory(path("message"));
    const Finished finished = isolate();
    EXPECT_EQ(finished.code, 3);
    EXPECT_THAT(finished.err, HasSubstr("could not write the termination message"));
}

// A device no driver serves answers ENXIO once the device cgroup lets it through: reachable.
TEST_F(Program, OpensRealNodes) {
    if (::mknod(path("dev/null").c_str(), S_IFCHR | 0600, ::makedev(1, 3)) != 0 ||
        ::mknod(path("dev/unserved").c_str(), S_IFCHR | 0600, ::makedev(60, 0)) != 0) {
        GTEST_SKIP() << "mknod needs root";
    }
    const Json document = Json::parse(isolate({"--number", "c:60:1"}).out);
    EXPECT_EQ(document.at("skipped").at(0).at("number"), "c:1:3");
    ASSERT_EQ(document.at("counts").at("tried"), 2);
    if (document.at("counts").at("refused") == 2) {
        GTEST_SKIP() << "this test runs under a device cgroup that refuses";
    }
    ASSERT_EQ(document.at("counts").at("reachable"), 2) << document;
    EXPECT_EQ(document.at("reachable").at(0).at("errno"), "ENXIO");
    EXPECT_EQ(document.at("reachable").at(0).at("by"), "node");
    EXPECT_EQ(document.at("reachable").at(1).at("by"), "mknod");
}

TEST_F(Program, AsksTheLibraryItFinds) {
    const std::string where = std::string("LD_LIBRARY_PATH=") + ASSAY_FAKE_NVML_FOLDER;
    const Finished finished =
        isolate({"--uuid", "GPU-11111111-2222-3333-4444-555555555555"}, {where});
    EXPECT_EQ(schema_errors(without_newline(finished.out)), "");
    const Json document = Json::parse(finished.out);
    EXPECT_EQ(document.at("nvml"), "ok");
    EXPECT_EQ(document.at("driver_version"), "580.95.05");
    EXPECT_EQ(document.at("gpus").at(0).at("minor"), 3);
    EXPECT_EQ(document.at("uuids").at(0).at("answer"), "found");
}

TEST_F(Program, GathersFacts) {
    const std::string where = std::string("LD_LIBRARY_PATH=") + ASSAY_FAKE_NVML_FOLDER;
    const Finished finished = run({ASSAY_PROBE_PROGRAM, "facts", "--dev-root", path("dev"),
                                   "--termination-log", path("message")},
                                  {where});
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_EQ(schema_errors(without_newline(finished.out)), "");
    EXPECT_EQ(schema_errors(message()), "");
    EXPECT_EQ(Json::parse(finished.out).at("counts").at("gpus"), 2);
}

}  // namespace
}  // namespace assay::probe
