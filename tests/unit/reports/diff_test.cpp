// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Every row of the rules of a gate, and what makes two runs say nothing of each other.

#include "reports/diff.h"

#include <gtest/gtest.h>

#include <optional>

#include "reports/diff_output.h"

namespace assay::reports {
namespace {

ReportedRequirement requirement(const std::string& id, std::optional<Outcome> outcome,
                                Level level = Level::must, Basis basis = Basis::required) {
    ReportedRequirement result;
    result.id = id;
    result.level = level;
    result.selected = true;
    if (outcome) {
        ReportedAssertion one;
        one.id = "holds";
        one.basis = basis;
        one.outcome = *outcome;
        one.target = "pod p";
        one.expected = "one";
        one.actual = "none";
        one.next_step = "look at it";
        result.assertions.push_back(one);
        result.outcome = *outcome;
    }
    return result;
}

ReportedRun run(std::vector<ReportedRequirement> requirements) {
    ReportedRun result;
    result.id = "r";
    result.complete = true;
    result.kubernetes = "v1.37.1";
    result.profile_id = "k8s-ai-1.37";
    result.profile_sha256 = "p";
    result.gate = {Level::must};
    result.accelerators = {{"gpu.nvidia.com", "H200", "dra", "580"}};
    result.requirements = std::move(requirements);
    return result;
}

Rules rules() {
    Rules result;
    result.today = "2026-11-22";
    return result;
}

struct Row {
    std::optional<Outcome> base, now;
    std::optional<Change> change;
    int exit_code;
    int beyond_exit_code;  // of the same beyond the requirement
};

TEST(Diff, EveryRowOfTheRules) {
    using enum Outcome;
    const std::optional<Outcome> none;
    for (const Row& row : {
             Row{passed, passed, {}, 0, 0},
             Row{passed, failed, Change::regression, 1, 1},
             Row{passed, inconclusive, Change::lost_answer, 4, 4},
             Row{passed, not_applicable, Change::newly_excused, 1, 1},
             Row{passed, none, Change::missing, 1, 1},
             Row{failed, passed, Change::fixed, 0, 0},
             Row{failed, failed, Change::known_failure, 1, 0},
             Row{failed, inconclusive, Change::lost_answer, 4, 4},
             Row{failed, not_applicable, Change::newly_excused, 1, 1},
             Row{failed, none, Change::missing, 1, 1},
             Row{inconclusive, passed, Change::newly_passed, 0, 0},
             Row{inconclusive, failed, Change::new_failure, 1, 1},
             Row{inconclusive, inconclusive, Change::still_open, 4, 0},
             Row{inconclusive, not_applicable, {}, 0, 0},
             Row{inconclusive, none, Change::still_open, 4, 0},
             Row{not_applicable, passed, {}, 0, 0},
             Row{not_applicable, failed, Change::regression, 1, 1},
             Row{not_applicable, inconclusive, Change::lost_answer, 4, 4},
             Row{not_applicable, not_applicable, {}, 0, 0},
             Row{not_applicable, none, Change::missing, 1, 1},
             Row{none, passed, Change::newly_passed, 0, 0},
             Row{none, failed, Change::new_failure, 1, 1},
             Row{none, inconclusive, Change::still_open, 4, 0},
             Row{none, not_applicable, {}, 0, 0},
         }) {
        const auto words = [](std::optional<Outcome> one) {
            return one ? std::string(to_string(*one)) : "absent";
        };
        SCOPED_TRACE(words(row.base) + " -> " + words(row.now));
        const Diff diff =
            compare(run({requirement("a", row.base)}), run({requirement("a", row.now)}), rules());
        EXPECT_EQ(exit_code_of(diff), row.exit_code);
        ASSERT_EQ(diff.differences.size(), row.change ? 1U : 0U);
        if (row.change) {
            EXPECT_EQ(to_string(diff.differences.front().change), to_string(*row.change));
        }
        const auto beyond = [](std::optional<Outcome> outcome) {
            return run({requirement("a", outcome, Level::must, Basis::beyond)});
        };
        EXPECT_EQ(exit_code_of(compare(beyond(row.base), beyond(row.now), rules())),
                  row.beyond_exit_code);
        const auto should = [](std::optional<Outcome> outcome) {
            return run({requirement("a", outcome, Level::should)});
        };
        EXPECT_EQ(exit_code_of(compare(should(row.base), should(row.now), rules())), 0);
        Rules stricter = rules();
        stricter.levels.insert(Level::should);
        EXPECT_EQ(exit_code_of(compare(should(row.base), should(row.now), stricter)),
                  row.exit_code);
    }
}

TEST(Diff, WhatIsSelectedAndHasNoCheckInEitherRunCannotBeTold) {
    const ReportedRun without = run({requirement("a", {})});
    const Diff diff = compare(without, without, rules());
    EXPECT_EQ(exit_code_of(diff), 4);
    ASSERT_EQ(diff.differences.size(), 1U);
    EXPECT_EQ(diff.differences[0].requirement, "a");
    const ReportedRun should = run({requirement("a", {}, Level::should)});
    EXPECT_TRUE(compare(should, should, rules()).differences.empty());
    ReportedRun left_out = without;
    left_out.requirements[0].selected = false;
    EXPECT_EQ(exit_code_of(compare(left_out, left_out, rules())), 0);
}

TEST(Diff, SaysWhoFailedAndWhatToDo) {
    const Diff diff = compare(run({requirement("a", Outcome::passed)}),
                              run({requirement("a", Outcome::failed)}), rules());
    ASSERT_EQ(diff.differences.size(), 1U);
    EXPECT_EQ(diff.differences[0].detail, "pod p; expected one; found none");
    EXPECT_EQ(diff.differences[0].next_step, "look at it");
    EXPECT_EQ(headline(diff), "GATE CLOSED: 1 regressions, 0 as before");
}

TEST(Diff, WhatIsAllowedHoldsUntilItsDayIsOver) {
    const auto after = [](const std::string& until) {
        Rules some = rules();
        some.allowed = {{"a", "holds", until, "ticket 7"}};
        return compare(run({requirement("a", Outcome::failed)}),
                       run({requirement("a", Outcome::failed)}), some);
    };
    EXPECT_EQ(exit_code_of(after("2026-11-22")), 0);
    EXPECT_EQ(after("2026-11-22").differences[0].allowed, "until 2026-11-22: ticket 7");
    EXPECT_EQ(exit_code_of(after("2026-11-21")), 1);
    EXPECT_EQ(after("2026-11-21").differences[0].allowed,
              "until 2026-11-21, which is over: ticket 7");
}

TEST(Diff, MissingIsNoMatterWhereTheUserSaysSo) {
    Rules lenient = rules();
    lenient.missing = false;
    const ReportedRun base = run({requirement("a", Outcome::passed)});
    EXPECT_EQ(exit_code_of(compare(base, run({requirement("a", {})}), lenient)), 0);
    EXPECT_EQ(exit_code_of(compare(base, run({requirement("a", Outcome::failed)}), lenient)), 1);
}

TEST(Diff, WhatAnotherProfileAsksForIsReadinessAndWhatItAsksNoMoreIsRetired) {
    const ReportedRun base =
        run({requirement("old", Outcome::passed), requirement("kept", Outcome::passed),
             requirement("left_out", Outcome::passed)});
    ReportedRun now = run({requirement("kept", Outcome::passed), requirement("left_out", {}),
                           requirement("added", Outcome::failed)});
    now.requirements[1].selected = false;
    now.profile_sha256 = "q";
    const Diff diff = compare(base, now, rules());
    EXPECT_EQ(exit_code_of(diff), 0);
    ASSERT_EQ(diff.differences.size(), 3U);
    EXPECT_EQ(diff.differences[0].change, Change::profile_changed);
    EXPECT_EQ(diff.differences[1].change, Change::retired);
    EXPECT_EQ(diff.differences[2].change, Change::readiness);
    EXPECT_EQ(diff.differences[2].requirement, "added");
    EXPECT_EQ(diff.differences[2].now, "failed");
    EXPECT_EQ(diff.count(Change::readiness), 1);
    now.profile_sha256 = "p";  // with the same profile all of it is to be accounted for
    EXPECT_EQ(compare(base, now, rules()).count(Change::missing), 2);
    EXPECT_EQ(compare(base, now, rules()).count(Change::new_failure), 1);
}

TEST(Diff, ReadinessTellsOfWhatIsNewAndOfWhatIsAskedAtAHigherLevelOnly) {
    ReportedRequirement raised = requirement("raised", Outcome::passed);
    raised.level = Level::should;
    const ReportedRun base = run({requirement("kept", Outcome::passed), raised});
    Diff diff = compare(base, base, rules());
    EXPECT_EQ(diff.differences.size(), 0U);
    ReportedRun newer = run({requirement("kept", Outcome::failed),
                             requirement("raised", Outcome::failed), requirement("added", {})});
    newer.requirements[2].reason = "no check in this version of assay";
    newer.profile_id = "q";
    add_readiness(diff, newer);
    ASSERT_EQ(diff.differences.size(), 2U);
    EXPECT_EQ(diff.differences[0].requirement, "raised");
    EXPECT_EQ(diff.differences[0].now, "failed");
    EXPECT_EQ(diff.differences[0].detail.substr(0, 21), "must of q, should of ");
    EXPECT_EQ(diff.differences[1].requirement, "added");
    EXPECT_EQ(diff.differences[1].detail, "must of q; no check in this version of assay");
    EXPECT_EQ(exit_code_of(diff), 0);
    EXPECT_NE(
        diff_text(diff).find("readiness  added  not asked -> inconclusive\n    must of q; no"),
        std::string::npos)
        << diff_text(diff);
}

TEST(Diff, RunsOfAnotherKindOfClusterDoNotCompare) {
    const ReportedRun base = run({requirement("a", Outcome::passed)});
    const ReportedRun same = base;
    EXPECT_EQ(exit_code_of(compare(base, same, rules())), 0);
    for (auto* change : {+[](ReportedRun& one) { one.accelerators[0].model = "B200"; },
                         +[](ReportedRun& one) { one.accelerators[0].allocation = "plugin"; },
                         +[](ReportedRun& one) { one.accelerators.clear(); },
                         +[](ReportedRun& one) { one.simulated = true; },
                         +[](ReportedRun& one) { one.complete = false; }}) {
        ReportedRun other = run({requirement("a", Outcome::failed)});
        change(other);
        for (const Diff& diff : {compare(base, other, rules()), compare(other, base, rules())}) {
            EXPECT_EQ(exit_code_of(diff), 4);
            EXPECT_FALSE(diff.not_comparable.empty());
            EXPECT_NE(headline(diff).find("GATE UNSETTLED"), std::string::npos);
        }
    }
}

TEST(Diff, HowManyThereAreIsNoDifference) {
    ReportedRun more = run({requirement("a", Outcome::passed)});
    more.accelerators.push_back(more.accelerators.front());
    EXPECT_EQ(exit_code_of(compare(run({requirement("a", Outcome::passed)}), more, rules())), 0);
}

TEST(Diff, WhatElseChangedIsToldAndJudgesNothing) {
    ReportedRun now = run({requirement("a", Outcome::passed)});
    now.kubernetes = "v1.38.0";
    now.accelerators[0].driver_version = "590";
    const Diff diff = compare(run({requirement("a", Outcome::passed)}), now, rules());
    EXPECT_EQ(exit_code_of(diff), 0);
    ASSERT_EQ(diff.beside.size(), 2U);
    EXPECT_EQ(diff.beside[0].what, "Kubernetes");
    EXPECT_EQ(diff.beside[1].what, "driver of gpu.nvidia.com");
    EXPECT_EQ(diff.beside[1].now, "590");
}

}  // namespace
}  // namespace assay::reports
