// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::cli {
namespace {

Parsed parsed(std::vector<std::string> words) {
    words.insert(words.begin(), "assay");
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    return parse_options(static_cast<int>(pointers.size()), pointers.data());
}

TEST(Options, ADurationHasAUnitOrIsInSeconds) {
    for (const auto& [text, seconds] : {std::pair("90", 90), std::pair("90s", 90),
                                        std::pair("10m", 600), std::pair("1h", 3600)}) {
        const Parsed result = parsed({"run", "--wait-settled", text});
        EXPECT_EQ(result.exit_code, -1) << text;
        EXPECT_EQ(result.options.wait_settled_s, seconds) << text;
    }
    for (const char* text : {"0", "-5m", "10 parsecs", "10M", "25h"}) {
        EXPECT_EQ(parsed({"run", "--wait-settled", text}).exit_code, 2) << text;
    }
}

TEST(Options, WhatARunIsToldAPlanOfItTakes) {
    for (const char* verb : {"run", "plan"}) {
        const Parsed result =
            parsed({verb, "--wait-settled", "1m", "--budget-minutes", "30", "--budget-accelerators",
                    "0", "--rerun-unsettled", "report", "--metric", "their_load", "--pool", "a=b"});
        EXPECT_EQ(result.exit_code, -1) << verb;
        EXPECT_EQ(result.options.budget_minutes, 30);
        EXPECT_EQ(result.options.budget_accelerators, 0);
        EXPECT_EQ(result.options.rerun_unsettled, "report");
        EXPECT_EQ(result.options.metric, "their_load");
        EXPECT_EQ(result.options.pool, "a=b");
    }
    EXPECT_EQ(parsed({"rbac", "--wait-settled", "1m"}).exit_code, -1);
    EXPECT_EQ(parsed({"run"}).options.budget_accelerators, -1);
}

TEST(Options, WhatIsUnsettledIsNotChosenTwice) {
    EXPECT_EQ(parsed({"run", "--rerun-unsettled", "r", "--select", "a"}).exit_code, 2);
    EXPECT_EQ(parsed({"run", "--rerun-unsettled", "r", "--skip", "a"}).exit_code, -1);
}

}  // namespace
}  // namespace assay::cli
