// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/test_artifact.h"

#include <gtest/gtest.h>

#include <cstddef>

namespace assay::reports {
namespace {

using enum TestOutcome;

struct Sample {
    const char* what;
    ArtifactKind kind;
    std::string text;
    bool readable;
    TestOutcome asked;  // of the test "A"
    std::size_t failures = 0;
};

void PrintTo(const Sample& sample, std::ostream* out) {
    *out << sample.what;
}

class Artifact : public testing::TestWithParam<Sample> {};

TEST_P(Artifact, IsReadAsTheValidatorReadsIt) {
    const auto read = parse_artifact(GetParam().kind, GetParam().text);
    ASSERT_EQ(read.has_value(), GetParam().readable) << (read ? "" : read.error());
    if (read) {
        EXPECT_EQ(read->outcome_of("A"), GetParam().asked);
        EXPECT_EQ(read->failures.size(), GetParam().failures);
    }
}

std::string suite(const std::string& cases) {
    return "<testsuites><testsuite name=\"s\">" + cases + "</testsuite></testsuites>";
}

constexpr ArtifactKind xml = ArtifactKind::junit;
constexpr ArtifactKind go = ArtifactKind::go_test_json;
constexpr ArtifactKind log = ArtifactKind::e2e_log;

INSTANTIATE_TEST_SUITE_P(
    Junit, Artifact,
    testing::Values(
        Sample{"passed", xml, suite("<testcase name='A'/>"), true, passed},
        Sample{"failure", xml, suite("<testcase name='A'><failure/></testcase>"), true, failed, 1},
        Sample{"error", xml, suite("<testcase name='A'><error/></testcase>"), true, failed, 1},
        Sample{"skipped", xml, suite("<testcase name='A'><skipped/></testcase>"), true, skipped},
        Sample{"failure of another", xml,
               suite("<testcase name='A'/><testcase name='B'><failure/></testcase>"), true, passed,
               1},
        Sample{"a later pass leaves a failure", xml,
               suite("<testcase name='A'><failure/></testcase><testcase name='A'/>"), true, failed,
               1},
        Sample{"a later skip replaces a pass", xml,
               suite("<testcase name='A'/><testcase name='A'><skipped/></testcase>"), true,
               skipped},
        Sample{"below it", xml,
               suite("<testcase name='A/x'/><testcase name='A/y'><skipped/></testcase>"), true,
               passed},
        Sample{"below it, all skipped", xml, suite("<testcase name='A/x'><skipped/></testcase>"),
               true, skipped},
        Sample{"below it, one failed", xml,
               suite("<testcase name='A/x'/><testcase name='A/y'><error/></testcase>"), true,
               failed, 1},
        Sample{"a name that only begins alike", xml, suite("<testcase name='AB/x'/>"), true,
               unknown},
        Sample{"bare suite, nested suites", xml,
               "<testsuite><testsuite><testcase name='A'/></testsuite></testsuite>", true, passed},
        Sample{"no case", xml, suite(""), false, unknown},
        Sample{"no XML", xml, "{}", false, unknown},
        Sample{"entity that is not defined", xml, suite("<testcase name='A&nbsp;'/>"), false,
               unknown},
        Sample{"reference to a forbidden character", xml, suite("<testcase name='A&#27;'/>"), false,
               unknown},
        Sample{"forbidden character", xml, suite("<testcase name='A'/>\x1B"), false, unknown},
        Sample{"a bare < in an attribute", xml, suite("<testcase name='A' note='<'/>"), false,
               unknown},
        Sample{"version 1.1", xml, "<?xml version='1.1'?>" + suite("<testcase name='A'/>"), false,
               unknown},
        Sample{"not UTF-8", xml, suite("<testcase name='A'>\xFF</testcase>"), false, unknown},
        Sample{"another encoding", xml,
               "<?xml version='1.0' encoding='latin1'?>" + suite("<testcase name='A'/>"), false,
               unknown},
        Sample{"entities in CDATA are none", xml,
               suite("<testcase name='A'><system-out><![CDATA[&nbsp;]]></system-out></testcase>"),
               true, passed}));

INSTANTIATE_TEST_SUITE_P(
    GoTestJson, Artifact,
    testing::Values(
        Sample{"passed", go, "{\"Action\":\"pass\",\"Test\":\"A\"}\n", true, passed},
        Sample{"members in another case", go, "{\"action\":\"skip\",\"TEST\":\"A\"}", true,
               skipped},
        Sample{"blank lines and CRLF", go, "\r\n{\"Action\":\"pass\",\"Test\":\"A\"}\r\n\n", true,
               passed},
        Sample{"failed", go, "{\"Action\":\"fail\",\"Test\":\"A\"}", true, failed, 1},
        Sample{"package failed without a test", go, "{\"Action\":\"fail\",\"Package\":\"p\"}", true,
               unknown, 1},
        Sample{"package failed for its test", go,
               "{\"Action\":\"fail\",\"Test\":\"A\"}\n{\"Action\":\"fail\",\"Package\":\"p\"}",
               true, failed, 1},
        Sample{"what a test prints is no result", go,
               "{\"Action\":\"output\",\"Test\":\"A\",\"Output\":\"--- FAIL: "
               "A\\n\"}\n{\"Action\":\"pass\",\"Test\":\"A\"}",
               true, passed},
        Sample{"a document over several lines", go, "{\n  \"Action\": \"pass\"\n}", false, unknown},
        Sample{"a line that is no object", go, "[1]", false, unknown},
        Sample{"a name that is no text", go, "{\"Action\":\"pass\",\"Test\":1}", false, unknown},
        Sample{"something behind a NUL", go,
               std::string("{\"Action\":\"pass\",\"Test\":\"A\"}\0{", 30), false, unknown},
        Sample{"no event of a test", go, "{\"Action\":\"start\",\"Package\":\"p\"}", false,
               unknown},
        Sample{"nothing", go, "", false, unknown}));

INSTANTIATE_TEST_SUITE_P(
    E2eLog, Artifact,
    testing::Values(Sample{"passed", log, "=== RUN   A\n--- PASS: A (0.00s)\nPASS\n", true, passed},
                    Sample{"indented", log, "\t    --- SKIP: A (0.00s)\n", true, skipped},
                    Sample{"failed", log, "--- FAIL: A (0.00s)", true, failed, 1},
                    Sample{"CRLF", log, "--- PASS: A\r\n", true, passed},
                    Sample{"quoted", log, "--- PASS: A\n| --- FAIL: B\n", true, passed},
                    Sample{"a quotation that is not marked", log, "--- PASS: A\n    --- FAIL: B\n",
                           true, passed, 1},
                    Sample{"of Ginkgo", log,
                           "Ran 11 of 7144 Specs\nSUCCESS! -- 11 Passed | 0 Failed\nPASS\n", false,
                           unknown},
                    Sample{"without a name", log, "--- PASS: \n", false, unknown},
                    Sample{"a line over 16 MiB", log,
                           "--- PASS: A\n" + std::string(16u * 1024 * 1024, 'x') + "\n", false,
                           unknown}));

TEST(ArtifactKindTest, GoesByTheBaseNameAlone) {
    EXPECT_EQ(artifact_kind("results/JUnit.xml"), ArtifactKind::junit);
    EXPECT_EQ(artifact_kind("a/results.json"), ArtifactKind::go_test_json);
    EXPECT_EQ(artifact_kind("E2E.LOG"), ArtifactKind::e2e_log);
    EXPECT_EQ(artifact_kind("junit_01.xml"), ArtifactKind::none);
    EXPECT_EQ(artifact_kind("should-junit.xml"), ArtifactKind::none);
    EXPECT_EQ(artifact_kind("junit.xml/report.json"), ArtifactKind::none);
}

}  // namespace
}  // namespace assay::reports
