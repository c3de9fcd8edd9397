// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/checklist_fill.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "checklists.h"

namespace assay::reports {
namespace {

Filling filling() {
    return {
        .metadata = {{"platformName", "Turbo: \"the\" one"}, {"k8sConformanceUrl", "https://c"}},
        .answers = {{.id = "gang_scheduling",
                     .status = "Implemented",
                     .evidence = {"junit.xml#gang_scheduling", "e2e.log#gang_scheduling"},
                     .notes = "Provided by: the \\ base\nlayer."}}};
}

Filled filled(const std::string& yaml, const Filling& what = filling()) {
    auto result = fill_checklist(yaml, what, yaml_reader());
    if (!result) {
        ADD_FAILURE() << result.error();
        return {};
    }
    return *std::move(result);
}

Checklist read(const std::string& yaml) {
    auto result = parse_checklist(yaml, yaml_reader());
    if (!result) {
        ADD_FAILURE() << result.error();
        return {};
    }
    return *std::move(result);
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> result(1);
    for (const char one : text) {
        if (one == '\n') {
            result.emplace_back();
        } else {
            result.back() += one;
        }
    }
    return result;
}

TEST(ChecklistFillTest, SaysWhatWasMeant) {
    const Checklist told = read(filled(blank_checklist()).yaml);
    const ChecklistItem* item = told.item("gang_scheduling");
    EXPECT_EQ(item->status, "Implemented");
    EXPECT_EQ(item->evidence, filling().answers[0].evidence);
    EXPECT_EQ(item->notes, filling().answers[0].notes);
    EXPECT_EQ(told.field("platformName")->value, "Turbo: \"the\" one");
    EXPECT_EQ(told.field("k8sConformanceUrl")->value, "https://c");
}

TEST(ChecklistFillTest, EveryOtherLineStaysAsItIs) {
    const auto before = lines(blank_checklist());
    const auto after = lines(filled(blank_checklist()).yaml);
    std::vector<std::string> gone;
    std::vector<std::string> come;
    // No line moves past another one, so what is common is what stands in both in order.
    std::size_t at = 0;
    for (const std::string& line : after) {
        if (at < before.size() && before[at] == line) {
            ++at;
            continue;
        }
        come.push_back(line);
        const auto next =
            std::find(before.begin() + static_cast<std::ptrdiff_t>(at), before.end(), line);
        EXPECT_TRUE(next == before.end() || line.find("status") == std::string::npos);
        if (at < before.size() && after.size() > 0 &&
            (before[at].find("platformName") != std::string::npos ||
             before[at].find("status") != std::string::npos ||
             before[at].find("evidence") != std::string::npos ||
             before[at].find("notes") != std::string::npos)) {
            gone.push_back(before[at++]);
        }
    }
    EXPECT_EQ(at, before.size());
    EXPECT_EQ(gone.size(), 4u);  // platformName, status, evidence, notes
    EXPECT_EQ(come.size(), 7u);  // the same, two links and k8sConformanceUrl
}

TEST(ChecklistFillTest, FillingInAgainChangesNothing) {
    const std::string once = filled(blank_checklist()).yaml;
    const Filled twice = filled(once);
    EXPECT_EQ(twice.yaml, once);
    EXPECT_TRUE(twice.conflicts.empty());
}

TEST(ChecklistFillTest, WhatSomebodyWroteStaysAndIsTold) {
    std::string yaml = blank_checklist();
    const std::size_t at = yaml.find("gang_scheduling");
    yaml = with(yaml, "\"[Platform Name]\"", "Another");
    yaml = yaml.substr(0, at - 8) + with(with(yaml.substr(at - 8), "notes: \"\"", "notes: mine"),
                                         "evidence: []", "evidence: [\"https://mine.example\"]");
    const Filled told = filled(yaml);
    EXPECT_EQ(told.conflicts.size(), 2u);
    const Checklist after = read(told.yaml);
    EXPECT_EQ(after.field("platformName")->value, "Another");
    EXPECT_EQ(after.item("gang_scheduling")->notes, "mine");
    EXPECT_EQ(after.item("gang_scheduling")->evidence.size(), 3u);
    EXPECT_EQ(after.item("gang_scheduling")->evidence[0], "https://mine.example");
}

TEST(ChecklistFillTest, AnotherStatusTakesNoEvidence) {
    const std::string yaml = filled_checklist();
    Filling other = filling();
    other.metadata.clear();
    other.answers[0].id = "cluster_autoscaling";  // N/A there
    const Filled told = filled(yaml, other);
    EXPECT_EQ(told.yaml, yaml);
    ASSERT_EQ(told.conflicts.size(), 1u);
    EXPECT_NE(told.conflicts[0].find("cluster_autoscaling"), std::string::npos);
}

TEST(ChecklistFillTest, TakesTheFormsThatSubmissionsHave) {
    const std::string blank = blank_checklist();
    for (const auto& [what, by] :
         {std::pair<std::string, std::string>{"status: \"\"", "status: ''   # said later"},
          {"status: \"\"", "status:"},
          {"      evidence: []\n", ""},
          {"evidence: []", "evidence: []  # links"},
          {"evidence: []", "evidence:"},
          {"evidence: []", "evidence:\n        - a"},
          {"evidence: []", "evidence:\n      - a\n      # more\n      - b"},
          {"evidence: []", "evidence: ['a']"},
          {"      notes: \"\"\n", ""},
          {"notes: \"\"", "notes: |\n"}}) {
        const std::size_t at = blank.find("    - id: gang_scheduling");
        const std::string yaml = blank.substr(0, at) + with(blank.substr(at), what, by);
        const Checklist told = read(filled(yaml).yaml);
        const ChecklistItem* item = told.item("gang_scheduling");
        ASSERT_NE(item, nullptr) << by;
        EXPECT_EQ(item->status, "Implemented") << by;
        EXPECT_EQ(item->notes, filling().answers[0].notes) << by;
        EXPECT_GE(item->evidence.size(), 2u) << by;
        EXPECT_EQ(told.items.size(), 4u) << by;
    }
    std::string windows = blank;
    for (std::size_t at = 0; (at = windows.find('\n', at)) != std::string::npos; at += 2) {
        windows.insert(at, "\r");
    }
    const std::string after = filled(windows).yaml;
    EXPECT_EQ(std::ranges::count(after, '\n'), std::ranges::count(after, '\r'));
}

TEST(ChecklistFillTest, KeepsTheCommentBehindAValue) {
    const std::string yaml = with(blank_checklist(), "status: \"\"", "status: \"\"  # by us");
    Filling what = filling();
    what.answers[0].id = "secure_accelerator_access";
    EXPECT_NE(filled(yaml, what).yaml.find("status: \"Implemented\" # by us"), std::string::npos);
}

TEST(ChecklistFillTest, AnotherLayoutIsLeftAlone) {
    for (const auto& yaml :
         {with(blank_checklist(),
               "    - id: gang_scheduling\n      description: \"All of a gang or none of it.\"",
               "    - description: \"All of a gang or none of it.\"\n      id: gang_scheduling"),
          with(blank_checklist(), "evidence: []\n      notes: \"\"\n    - id: cluster",
               "evidence: [a,\n        b]\n      notes: \"\"\n    - id: cluster"),
          std::string("{metadata: {}, spec: {x: [{id: gang_scheduling}]}}")}) {
        const auto refused = fill_checklist(yaml, filling(), yaml_reader());
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().find("fresh copy"), std::string::npos) << refused.error();
    }
}

}  // namespace
}  // namespace assay::reports
