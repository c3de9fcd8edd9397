// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The three kinds of files that the certification programme's validator parses, read by its rules
// (cncf/k8s-ai-conformance, scripts/validate.go, October 2026): what counts as a test, which of two
// results of one name holds, what makes a file unreadable. Pure, any thread; the files may be
// anybody's. Stricter in one thing: JSON that is not UTF-8, which the validator mends, is an error.
// Errors are one sentence without the file's name.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports {

// By the base name alone, in any case: "junit.xml", "results.json", "e2e.log".
enum class ArtifactKind { none, junit, go_test_json, e2e_log };
ArtifactKind artifact_kind(std::string_view path);

enum class TestOutcome { unknown, passed, failed, skipped };

struct TestArtifact {
    std::map<std::string, TestOutcome, std::less<>> tests;
    std::vector<std::string> failures;  // names, or "package P" where one failed without a test

    // Of the test of that name; without one, what the tests below it ("NAME/…") come to: one
    // failure fails it, and it is skipped only if all of them are.
    TestOutcome outcome_of(std::string_view name) const;
};

// kind: not none.
std::expected<TestArtifact, std::string> parse_artifact(ArtifactKind kind, std::string_view text);

// One line of a log as the validator reads it: "--- PASS: NAME", indented or not.
struct ResultLine {
    TestOutcome outcome = TestOutcome::unknown;  // unknown: the line is no result
    std::string_view name;
};
ResultLine result_line(std::string_view line);

}  // namespace assay::reports
