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

constexpr Outcome P = Outcome::passed;
constexpr Outcome F = Outcome::failed;
constexpr Outcome I = Outcome::inconclusive;
constexpr Outcome N = Outcome::not_applicable;
constexpr Outcome all_outcomes[] = {P, F, I, N};

TEST(Outcome, HasOneWordEach) {
    EXPECT_EQ(to_string(P), "passed");
    EXPECT_EQ(to_string(F), "failed");
    EXPECT_EQ(to_string(I), "inconclusive");
    EXPECT_EQ(to_string(N), "not_applicable");
}

TEST(Fold, OfNothingIsInconclusive) {
    EXPECT_EQ(fold({}), I);
}

TEST(Fold, OfTwoIsTheHeavier) {
    // rows and columns in the order of all_outcomes
    constexpr Outcome expected[4][4] = {{P, F, I, P}, {F, F, F, F}, {I, F, I, I}, {P, F, I, N}};
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
        {{P}, false, 0},      {{N}, false, 0},    {{P, N}, false, 0}, {{I}, false, 4},
        {{P, I}, false, 4},   {{P}, true, 4},     {{F}, false, 1},    {{F, I}, false, 1},
        {{P, F, N}, true, 1}, {{I, F}, true, 1},  {{}, true, 4},      {{}, false, 0},
        {{N, I}, false, 4},   {{P, P}, false, 0},
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
    RequirementResult below = must("should_work", F);
    below.level = Level::should;
    below.counted = false;
    EXPECT_EQ(exit_code_of(run_of({must("a", P), below, not_selected("b")})), 0);
    below.outcome = I;
    below.assertions[0].outcome = I;
    EXPECT_EQ(exit_code_of(run_of({must("a", P), below})), 0);
}

TEST(ExitCode, CountsWhatIsBeyondOnlyInAStrictProfile) {
    RunResult run = run_of({must("a", P)});
    run.requirements[0].assertions.push_back(assertion("more", Basis::beyond, F));
    run.requirements[0].beyond_outcome = F;
    EXPECT_EQ(exit_code_of(run), 0);
    EXPECT_FALSE(counts(run, run.requirements[0], run.requirements[0].assertions[1]));
    run.strict = true;
    EXPECT_EQ(exit_code_of(run), 1);
    EXPECT_TRUE(counts(run, run.requirements[0], run.requirements[0].assertions[1]));
}

TEST(ExitCode, TakesTheWorseOfARequirementAndItsAssertions) {
    RunResult run = run_of({must("a", P)});
    run.requirements[0].assertions[0].outcome = F;
    EXPECT_EQ(exit_code_of(run), 1);
    run = run_of({must("a", P)});
    run.requirements[0].outcome = I;  // the check crashed after its last assertion
    EXPECT_EQ(exit_code_of(run), 4);
}

TEST(Headline, SaysWhatWasExaminedAndWhatWasNot) {
    std::vector<RequirementResult> requirements{must("a", P)};
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
    RequirementResult should = must("s", F);
    should.level = Level::should;
    const RunResult run = run_of({must("a", P), must("b", F), must("c", I), must("d", N), should});
    EXPECT_EQ(headline(run),
              "2 of 4 MUSTs examined: 1 passed, 1 failed; 1 inconclusive, 1 not applicable, "
              "0 not selected");
    const Tally tally = must_tally(run);
    EXPECT_EQ(tally.total,
              tally.examined + tally.inconclusive + tally.not_applicable + tally.not_selected);
}

TEST(InTotoResult, IsPassedOnlyIfEveryMustPassedOnRealComponents) {
    RunResult run = run_of({must("a", P), must("b", P)});
    EXPECT_EQ(in_toto_result(run), "passed");
    run.simulated = true;
    EXPECT_EQ(in_toto_result(run), "warned");
    run.simulated = false;
    run.interrupted = true;
    EXPECT_EQ(in_toto_result(run), "warned");
    EXPECT_EQ(in_toto_result(run_of({must("a", P), not_selected("b")})), "warned");
    EXPECT_EQ(in_toto_result(run_of({must("a", P), must("b", N)})), "warned");
    EXPECT_EQ(in_toto_result(run_of({must("a", P), must("b", I)})), "warned");
    EXPECT_EQ(in_toto_result(run_of({must("a", P), must("b", F)})), "failed");
    EXPECT_EQ(in_toto_result(run_of({})), "warned");
}

TEST(InTotoResult, IsWarnedByWhatIsBeyondOrBelowTheGate) {
    RunResult run = run_of({must("a", P)});
    run.requirements[0].assertions.push_back(assertion("more", Basis::beyond, F));
    EXPECT_EQ(in_toto_result(run), "warned");
    RequirementResult should = must("s", F);
    should.level = Level::should;
    should.counted = false;
    EXPECT_EQ(in_toto_result(run_of({must("a", P), should})), "warned");
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
