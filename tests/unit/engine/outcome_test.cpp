// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How outcomes fold, what a run's first line says and which exit code it has.
#include "engine/outcome.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/result.h"

namespace assay {
namespace {

using enum Outcome;
constexpr Outcome all_outcomes[] = {passed, failed, inconclusive, not_applicable};

TEST(Outcome, HasOneWordEach) {
    EXPECT_EQ(to_string(passed), "passed");
    EXPECT_EQ(to_string(failed), "failed");
    EXPECT_EQ(to_string(inconclusive), "inconclusive");
    EXPECT_EQ(to_string(not_applicable), "not_applicable");
}

TEST(Fold, OfNothingIsInconclusive) {
    EXPECT_EQ(fold({}), inconclusive);
}

TEST(Fold, OfTwoIsTheHeavier) {
    // rows and columns in the order of all_outcomes
    constexpr Outcome expected[4][4] = {{passed, failed, inconclusive, passed},
                                        {failed, failed, failed, failed},
                                        {inconclusive, failed, inconclusive, inconclusive},
                                        {passed, failed, inconclusive, not_applicable}};
    for (std::size_t a = 0; a < 4; ++a) {
        EXPECT_EQ(fold(std::vector{all_outcomes[a]}), all_outcomes[a]);
        for (std::size_t b = 0; b < 4; ++b) {
            EXPECT_EQ(fold(std::vector{all_outcomes[a], all_outcomes[b]}), expected[a][b])
                << to_string(all_outcomes[a]) << " + " << to_string(all_outcomes[b]);
        }
    }
}

TEST(Fold, OfThreeIsTheFoldOfTheFirstTwoAndTheThird) {
    for (const Outcome a : all_outcomes) {
        for (const Outcome b : all_outcomes) {
            for (const Outcome c : all_outcomes) {
                const Outcome first = fold(std::vector{a, b});
                EXPECT_EQ(fold(std::vector{a, b, c}), fold(std::vector{first, c}));
                EXPECT_EQ(fold(std::vector{a, b, c}), fold(std::vector{c, a, b}));
            }
        }
    }
}

AssertionResult assertion(std::string id, Basis basis, Outcome outcome) {
    AssertionResult result;
    result.id = std::move(id);
    result.basis = basis;
    result.outcome = outcome;
    return result;
}

// A selected MUST of the gate with one required assertion.
RequirementResult must(std::string id, Outcome outcome) {
    RequirementResult result;
    result.id = std::move(id);
    result.outcome = outcome;
    result.assertions.push_back(assertion("one", Basis::required, outcome));
    return result;
}

RequirementResult not_selected(std::string id) {
    RequirementResult result;
    result.id = std::move(id);
    result.selected = false;
    result.counted = false;
    result.reason = "not selected";
    return result;
}

RunResult run_of(std::vector<RequirementResult> requirements) {
    RunResult run;
    run.requirements = std::move(requirements);
    return run;
}

TEST(ExitCode, IsTheFirstThatHolds) {
    struct Row {
        std::vector<Outcome> outcomes;
        bool interrupted;
        int expected;
    };
    const Row rows[] = {
        {{passed}, false, 0},
        {{not_applicable}, false, 0},
        {{passed, not_applicable}, false, 0},
        {{inconclusive}, false, 4},
        {{passed, inconclusive}, false, 4},
        {{passed}, true, 4},
        {{failed}, false, 1},
        {{failed, inconclusive}, false, 1},
        {{passed, failed, not_applicable}, true, 1},
        {{inconclusive, failed}, true, 1},
        {{}, true, 4},
        {{}, false, 0},
        {{not_applicable, inconclusive}, false, 4},
        {{passed, passed}, false, 0},
    };
    for (const Row& row : rows) {
        RunResult run;
        run.interrupted = row.interrupted;
        for (const Outcome outcome : row.outcomes) {
            run.requirements.push_back(must("r", outcome));
        }
        EXPECT_EQ(exit_code_of(run), row.expected);
    }
}

TEST(ExitCode, LeavesOutWhatIsNotSelectedOrBelowTheGate) {
    RequirementResult below = must("should_work", failed);
    below.level = Level::should;
    below.counted = false;
    EXPECT_EQ(exit_code_of(run_of({must("a", passed), below, not_selected("b")})), 0);
    below.outcome = inconclusive;
    below.assertions[0].outcome = inconclusive;
    EXPECT_EQ(exit_code_of(run_of({must("a", passed), below})), 0);
}

TEST(ExitCode, CountsWhatIsBeyondOnlyInAStrictProfile) {
    RunResult run = run_of({must("a", passed)});
    run.requirements[0].assertions.push_back(assertion("more", Basis::beyond, failed));
    run.requirements[0].beyond_outcome = failed;
    EXPECT_EQ(exit_code_of(run), 0);
    EXPECT_FALSE(counts(run, run.requirements[0], run.requirements[0].assertions[1]));
    run.strict = true;
    EXPECT_EQ(exit_code_of(run), 1);
    EXPECT_TRUE(counts(run, run.requirements[0], run.requirements[0].assertions[1]));
}

TEST(ExitCode, TakesTheWorseOfARequirementAndItsAssertions) {
    RunResult run = run_of({must("a", passed)});
    run.requirements[0].assertions[0].outcome = failed;
    EXPECT_EQ(exit_code_of(run), 1);
    run = run_of({must("a", passed)});
    run.requirements[0].outcome = inconclusive;  // the check crashed after its last assertion
    EXPECT_EQ(exit_code_of(run), 4);
}

TEST(Headline, SaysWhatWasExaminedAndWhatWasNot) {
    std::vector<RequirementResult> requirements{must("a", passed)};
    for (int i = 0; i < 7; ++i) {
        requirements.push_back(not_selected("other"));
    }
    RunResult run = run_of(requirements);
    EXPECT_EQ(headline(run),
              "1 of 8 MUSTs examined: 1 passed, 0 failed; 0 inconclusive, 7 not selected");
    run.simulated = true;
    EXPECT_EQ(headline(run),
              "SIMULATED: 1 of 8 MUSTs examined: 1 passed, 0 failed; 0 inconclusive, "
              "7 not selected");
}

TEST(Headline, CountsOnlyMustsAndNamesNotApplicable) {
    RequirementResult should = must("s", failed);
    should.level = Level::should;
    const RunResult run = run_of({must("a", passed), must("b", failed), must("c", inconclusive),
                                  must("d", not_applicable), should});
    EXPECT_EQ(headline(run),
              "2 of 4 MUSTs examined: 1 passed, 1 failed; 1 inconclusive, 1 not applicable, "
              "0 not selected");
    const Tally tally = must_tally(run);
    EXPECT_EQ(tally.total,
              tally.examined + tally.inconclusive + tally.not_applicable + tally.not_selected);
}

TEST(InTotoResult, IsPassedOnlyIfEveryMustPassedOnRealComponents) {
    RunResult run = run_of({must("a", passed), must("b", passed)});
    EXPECT_EQ(in_toto_result(run), "passed");
    run.simulated = true;
    EXPECT_EQ(in_toto_result(run), "warned");
    run.simulated = false;
    run.interrupted = true;
    EXPECT_EQ(in_toto_result(run), "warned");
    EXPECT_EQ(in_toto_result(run_of({must("a", passed), not_selected("b")})), "warned");
    EXPECT_EQ(in_toto_result(run_of({must("a", passed), must("b", not_applicable)})), "warned");
    EXPECT_EQ(in_toto_result(run_of({must("a", passed), must("b", inconclusive)})), "warned");
    EXPECT_EQ(in_toto_result(run_of({must("a", passed), must("b", failed)})), "failed");
    EXPECT_EQ(in_toto_result(run_of({})), "warned");
}

TEST(InTotoResult, IsFailedByAMustThatTheGateLeavesOut) {
    RunResult run = run_of({must("a", passed), must("b", failed)});
    run.requirements[1].counted = false;
    EXPECT_EQ(exit_code_of(run), 0);
    EXPECT_EQ(in_toto_result(run), "failed");
}

TEST(InTotoResult, IsWarnedByWhatIsBeyondOrBelowTheGate) {
    RunResult run = run_of({must("a", passed)});
    run.requirements[0].assertions.push_back(assertion("more", Basis::beyond, failed));
    EXPECT_EQ(in_toto_result(run), "warned");
    RequirementResult should = must("s", failed);
    should.level = Level::should;
    should.counted = false;
    EXPECT_EQ(in_toto_result(run_of({must("a", passed), should})), "warned");
}

TEST(Words, OfLevelsKindsAndBases) {
    EXPECT_EQ(to_string(Level::must), "must");
    EXPECT_EQ(to_string(Level::should), "should");
    EXPECT_EQ(to_string(Level::informative), "informative");
    EXPECT_EQ(to_string(Kind::control), "control");
    EXPECT_EQ(to_string(Kind::positive), "positive");
    EXPECT_EQ(to_string(Kind::negative), "negative");
    EXPECT_EQ(to_string(Kind::measure), "measure");
    EXPECT_EQ(to_string(Basis::required), "required");
    EXPECT_EQ(to_string(Basis::beyond), "beyond");
}

}  // namespace
}  // namespace assay
