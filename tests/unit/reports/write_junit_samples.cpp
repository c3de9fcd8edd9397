// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Writes junit.xml files of all kinds into the folder given, for a validator that is not ours.
#include <fmt/format.h>

#include <cstdio>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "reports/diff_output.h"
#include "reports/files.h"
#include "reports/junit.h"
#include "sample_diffs.h"
#include "sample_runs.h"

namespace {

using assay::RunResult;

std::vector<RunResult> samples() {
    using namespace assay::reports;
    std::vector<RunResult> runs{clean_run(), leaking_run(), RunResult{}};
    RunResult hostile = leaking_run();
    hostile.profile_id = hostile_text();
    hostile.requirements[0].reason = hostile_text();
    hostile.requirements[0].assertions[1].sentence = hostile_text();
    hostile.requirements[0].assertions[1].findings[1].actual = hostile_text();
    hostile.requirements[0].assertions[1].findings[0].target = hostile_text();
    hostile.requirements[0].assertions[3].reason = hostile_text();
    runs.push_back(hostile);
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        runs.push_back(random_run(seed));
    }
    return runs;
}

std::vector<std::string> documents() {
    using namespace assay::reports;
    std::vector<std::string> result;
    for (const RunResult& run : samples()) {
        result.push_back(junit_xml(run));
    }
    for (const Diff& diff : sample_diffs()) {
        result.push_back(diff_junit(diff));
    }
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: write_junit_samples FOLDER\n");
        return 2;
    }
    int number = 0;
    for (const std::string& document : documents()) {
        const auto written =
            assay::reports::write_file(argv[1], fmt::format("{:03}.xml", number++), document);
        if (!written) {
            fmt::print(stderr, "{}\n", written.error());
            return 1;
        }
    }
    return 0;
}
