// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/junit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>
#include <set>
#include <string>

#include "sample_runs.h"

namespace assay::reports {
namespace {

class Junit {
public:
    explicit Junit(const RunResult& run) {
        const std::string text = junit_xml(run);
        EXPECT_TRUE(document_.load_buffer(text.data(), text.size())) << text;
    }

    pugi::xml_node root() const { return document_.child("testsuites"); }

    pugi::xml_node find(const std::string& name) const {
        for (const pugi::xml_node suite : root().children("testsuite")) {
            if (const auto node = suite.find_child_by_attribute("testcase", "name", name.c_str())) {
                return node;
            }
        }
        return {};
    }

    std::size_t elements(const char* name) const {
        return document_.select_nodes(fmt::format("//{}", name).c_str()).size();
    }

private:
    pugi::xml_document document_;
};

std::string message(pugi::xml_node node) {
    return node.attribute("message").value();
}

// failures="2" of an element is the number of <failure> below it, and so for the other counts.
void expect_counted(pugi::xml_node node, const std::string& below) {
    const std::pair<const char*, const char*> counts[] = {{"tests", "testcase"},
                                                          {"failures", "failure"},
                                                          {"errors", "error"},
                                                          {"skipped", "skipped"}};
    for (const auto& [attribute, element] : counts) {
        if (node.attribute(attribute)) {
            EXPECT_EQ(node.attribute(attribute).as_ullong(),
                      node.select_nodes((below + element).c_str()).size())
                << attribute;
        }
    }
}

TEST(Junit, AgreesWithTheExitCodeForAnyRun) {
    int failing = 0;
    int open = 0;
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        const RunResult run = random_run(seed);
        const Junit junit(run);
        const int exit_code = exit_code_of(run);
        const auto failures = junit.root().attribute("failures").as_uint();
        const auto errors = junit.root().attribute("errors").as_uint();
        EXPECT_EQ(failures > 0, exit_code == 1) << "seed " << seed;
        EXPECT_TRUE(errors == 0 || exit_code == 1 || exit_code == 4) << "seed " << seed;
        // What ends a run as a whole is in no requirement.
        const bool as_a_whole = run.interrupted || (run.settling && !run.settling->settled);
        EXPECT_TRUE(exit_code != 4 || errors > 0 || as_a_whole) << "seed " << seed;
        failing += exit_code == 1;
        open += exit_code == 4;
    }
    EXPECT_GT(failing, 50);  // the dice reached each case
    EXPECT_GT(open, 50);
    EXPECT_LT(failing + open, 450);
}

TEST(Junit, CountsWhatItHolds) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        const Junit junit(random_run(seed));
        expect_counted(junit.root(), ".//");
        for (const pugi::xml_node suite : junit.root().children("testsuite")) {
            expect_counted(suite, ".//");
            EXPECT_LE(suite.attribute("failures").as_uint() + suite.attribute("errors").as_uint() +
                          suite.attribute("skipped").as_uint(),
                      suite.attribute("tests").as_uint());
        }
    }
}

TEST(Junit, HasACasePerAssertionAndOneName) {
    const Junit junit(leaking_run());
    EXPECT_EQ(junit.elements("testsuite"), 1U) << "what was not selected is not a suite";
    EXPECT_EQ(junit.elements("testcase"), 4U);
    const auto passed = junit.find("secure_accelerator_access/owner_reaches_its_own");
    EXPECT_STREQ(passed.attribute("classname").value(), "assay.security.secure_accelerator_access");
    EXPECT_STREQ(passed.attribute("time").value(), "1.500");
    std::set<std::string> names;
    for (const auto& node : junit.root().select_nodes(".//testcase")) {
        EXPECT_TRUE(names.insert(node.node().attribute("name").value()).second);
    }
}

TEST(Junit, TellsWhatFailedWhereAndWhatToDo) {
    const Junit junit(leaking_run());
    const auto failure =
        junit.find("secure_accelerator_access/stranger_reaches_none").child("failure");
    EXPECT_EQ(message(failure),
              "pod stranger-b, container plain, node a-2: expected no device node it can open, "
              "got opened /dev/nvidia0 by env NVIDIA_VISIBLE_DEVICES=all");
    const std::string text = failure.text().get();
    EXPECT_LT(text.find("FAILED pod stranger-b"), text.find("PASSED pod stranger-a"));
    EXPECT_NE(text.find("next step: set accept-nvidia"), std::string::npos);
}

TEST(Junit, SkipsWhatIsBeyondBelowTheGateOrNotApplicable) {
    RunResult run = leaking_run();
    EXPECT_EQ(
        message(Junit(run).find("secure_accelerator_access/log_names_no_device").child("skipped"))
            .rfind("beyond, FAILED: pod owner-x7", 0),
        0U);
    EXPECT_EQ(
        message(
            Junit(run).find("secure_accelerator_access/two_owners_share_none").child("skipped")),
        "N/A: no node has two accelerators");
    run.requirements[0].level = Level::should;
    run.requirements[0].counted = false;
    EXPECT_EQ(
        message(Junit(run).find("secure_accelerator_access/stranger_reaches_none").child("skipped"))
            .rfind("should, FAILED: pod stranger-b", 0),
        0U);
    EXPECT_EQ(Junit(run).elements("failure"), 0U);
}

TEST(Junit, FailsWhatIsBeyondInAStrictProfile) {
    RunResult run = leaking_run();
    run.strict = true;
    EXPECT_TRUE(Junit(run).find("secure_accelerator_access/log_names_no_device").child("failure"));
}

TEST(Junit, HasAnErrorForARequirementWithoutACheck) {
    RunResult run = clean_run();
    run.requirements[1].selected = true;
    run.requirements[1].counted = true;
    run.requirements[1].reason = "no check in this version";
    const Junit junit(run);
    const auto error = junit.find("dra_support").child("error");
    EXPECT_EQ(message(error), "no check in this version");
}

TEST(Junit, HasAnErrorForACheckThatEndedBadlyAfterItsAssertions) {
    RunResult run = clean_run();
    run.requirements[0].outcome = Outcome::inconclusive;
    run.requirements[0].reason = "the check ended with an exception";
    const Junit junit(run);
    EXPECT_EQ(message(junit.find("secure_accelerator_access").child("error")),
              "the check ended with an exception");
    EXPECT_EQ(exit_code_of(run), 4);
}

TEST(Junit, SaysTheHeadlineTwice) {
    RunResult run = clean_run();
    run.simulated = true;
    const Junit junit(run);
    EXPECT_EQ(junit.root().attribute("name").value(), headline(run));
    const auto properties = junit.root().child("testsuite").child("properties");
    const auto property = properties.find_child_by_attribute("name", "headline");
    EXPECT_EQ(property.attribute("value").value(), headline(run));
    EXPECT_EQ(headline(run).rfind("SIMULATED: ", 0), 0U);
}

TEST(Junit, TellsTwentyTargetsAndThenACount) {
    RunResult run = leaking_run();
    auto& findings = run.requirements[0].assertions[1].findings;
    findings = std::vector<Finding>(5000, Finding(findings[1]));
    const Junit junit(run);
    const auto failure =
        junit.find("secure_accelerator_access/stranger_reaches_none").child("failure");
    const std::string text = failure.text().get();
    std::size_t told = 0;
    for (std::size_t at = text.find("FAILED pod"); at != std::string::npos;
         at = text.find("FAILED pod", at + 1)) {
        ++told;
    }
    EXPECT_EQ(told, 20U);
    EXPECT_NE(text.find("and 4980 more, all in report.json"), std::string::npos);
    EXPECT_NE(message(failure).find("(and 4999 more)"), std::string::npos);
}

// No attribute of ours holds a line end; should one, the writer must not let a reader make it a
// blank.
TEST(Junit, EscapesLineEndsInAttributes) {
    pugi::xml_document document;
    document.append_child("a").append_attribute("b") = "x\ty\nz\r<\"&";
    std::ostringstream out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
    EXPECT_EQ(out.str(), "<a b=\"x&#09;y&#10;z&#13;&lt;&quot;&amp;\"/>");
}

TEST(Junit, KeepsEachTextBelowItsCap) {
    RunResult run = leaking_run();
    for (Finding& finding : run.requirements[0].assertions[1].findings) {
        finding.actual = std::string(1'000'000, 'x');
        finding.evidence.assign(10'000, std::string(500, 'y'));
    }
    EXPECT_LT(junit_xml(run).size(), 100'000U);
}

}  // namespace
}  // namespace assay::reports
