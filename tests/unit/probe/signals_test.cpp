// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How the program ends, as a child and as PID 1 of a container.

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/unit/probe/child_process.h"
#include "tests/unit/probe/document_schema.h"

namespace assay::probe {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr std::chrono::milliseconds at_most{100};

class Ends : public testing::TestWithParam<std::tuple<ChildProcess::As, int>> {
protected:
    void SetUp() override {
        if (as() == ChildProcess::As::pid_1 && !may_be_pid_1()) {
            GTEST_SKIP() << "a PID namespace needs root";
        }
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
        std::filesystem::create_directory(folder_ + "/dev");
    }
    ~Ends() override { std::filesystem::remove_all(folder_); }

    ChildProcess::As as() const { return std::get<0>(GetParam()); }
    int signal() const { return std::get<1>(GetParam()); }

    // Signals it and holds how it ended against the promise.
    void end(ChildProcess& probe) const {
        const Clock::time_point before = Clock::now();
        ASSERT_EQ(::kill(probe.pid(), signal()), 0);
        const Finished finished = probe.wait();
        EXPECT_LT(Clock::now() - before, at_most);
        EXPECT_EQ(finished.code, 0) << finished.err;
        EXPECT_EQ(finished.out, "");
    }

    std::string folder_ = "/tmp/assay-probe-test-XXXXXX";
};

TEST_P(Ends, HoldingAtOnce) {
    ChildProcess probe({ASSAY_PROBE_PROGRAM, "hold"}, {}, as());
    const std::string document = probe.read_line();
    EXPECT_EQ(schema_errors(document), "");
    EXPECT_EQ(Json::parse(document).at("verb"), "hold");
    end(probe);
}

TEST_P(Ends, HoldingAfterIsolateWithASummary) {
    const std::string message = folder_ + "/message";
    ChildProcess probe({ASSAY_PROBE_PROGRAM, "isolate", "--hold", "--dev-root", folder_ + "/dev",
                        "--termination-log", message},
                       {}, as());
    const std::string document = probe.read_line();
    EXPECT_EQ(schema_errors(document), "");
    EXPECT_FALSE(std::filesystem::exists(message));
    end(probe);
    std::ifstream file(message);
    const std::string summary(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(schema_errors(summary), "");
    EXPECT_EQ(Json::parse(summary).at("form"), "summary");
}

TEST_P(Ends, ComputingWhileItHolds) {
    const std::string message = folder_ + "/message";
    ChildProcess probe({ASSAY_PROBE_PROGRAM, "isolate", "--hold", "--busy", "3", "--dev-root",
                        folder_ + "/dev", "--termination-log", message},
                       {}, as());
    const std::string document = probe.read_line();
    EXPECT_EQ(schema_errors(document), "");
    EXPECT_EQ(Json::parse(document).at("load"),
              (Json{{"backend", "cpu"}, {"memory_bytes", 3 * 1024 * 1024}}));
    end(probe);
}

// Stopped in the middle of its work: a FIFO nobody reads holds it up where it writes its summary.
TEST_P(Ends, WorkingAtOnce) {
    const std::string message = folder_ + "/message";
    ASSERT_EQ(::mkfifo(message.c_str(), 0600), 0);
    ChildProcess probe({ASSAY_PROBE_PROGRAM, "isolate", "--dev-root", folder_ + "/dev",
                        "--termination-log", message},
                       {}, as());
    EXPECT_EQ(schema_errors(probe.read_line()), "");
    end(probe);
}

INSTANTIATE_TEST_SUITE_P(Probe, Ends,
                         testing::Combine(testing::Values(ChildProcess::As::child,
                                                          ChildProcess::As::pid_1),
                                          testing::Values(SIGTERM, SIGINT)));

}  // namespace
}  // namespace assay::probe
