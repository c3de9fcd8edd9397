// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/allowance.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace assay::cli {
namespace {

std::string allowing(const std::string& entries) {
    return "apiVersion: assay/v1alpha1\nkind: Allowances\nallow:\n" + entries;
}

TEST(Allowances, HoldUntilTheEndOfTheirDay) {
    const auto allowed = parse_allowances(
        allowing(
            "- {assertion: gang_scheduling/deadlock_is_resolved, until: 2027-01-31, why: x}\n"),
        "a.yaml");
    ASSERT_TRUE(allowed) << allowed.error();
    ASSERT_EQ(allowed->size(), 1U);
    EXPECT_EQ(allowed->front().requirement, "gang_scheduling");
    EXPECT_EQ(allowed->front().assertion, "deadlock_is_resolved");
    EXPECT_TRUE(allowed->front().holds("2027-01-31"));
    EXPECT_FALSE(allowed->front().holds("2027-02-01"));
}

TEST(Allowances, AnEntryThatSaysTooLittleIsRefusedByItsPlace) {
    struct Wrong {
        const char* entry;
        const char* said;
    };
    for (const Wrong& one :
         {Wrong{"- {assertion: a/b, until: 2027-02-30, why: x}", "until is a day"},
          Wrong{"- {assertion: a/b, until: next year, why: x}", "until is a day"},
          Wrong{"- {assertion: a/b, until: 2027-1-31, why: x}", "until is a day"},
          Wrong{"- {assertion: a/b, until: 2027-01-31}", "why"},
          Wrong{"- {assertion: a, until: 2027-01-31, why: x}", "REQUIREMENT/ASSERTION"},
          Wrong{"- {assertion: a/b, until: 2027-01-31, why: x, forever: y}", "forever"},
          Wrong{"- {assertion: a/b, until: 2027-01-31, why: x}\n"
                "- {assertion: a/b, until: 2027-01-31, why: y}",
                "twice"}}) {
        const auto refused = parse_allowances(allowing(one.entry), "a.yaml");
        ASSERT_FALSE(refused) << one.entry;
        EXPECT_NE(refused.error().find(one.said), std::string::npos) << refused.error();
        EXPECT_NE(refused.error().find("a.yaml"), std::string::npos) << refused.error();
    }
}

TEST(Allowances, AFileThatIsNotThereIsNamed) {
    const auto refused = load_allowances("/nowhere/allow.yaml");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("/nowhere/allow.yaml"), std::string::npos);
}

}  // namespace
}  // namespace assay::cli
