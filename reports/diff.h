// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What changed between two runs, assertion by assertion, and whether a gate closes for it. Runs are
// joined by the ids of requirements and assertions, never by the names of nodes or devices, which
// an upgrade replaces. Pure, any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reports/reported_run.h"

namespace assay::reports {

enum class Change {
    regression,       // passed or not applicable, and fails now
    new_failure,      // was not asked, or without an answer, and fails now
    known_failure,    // failed, and fails now
    missing,          // had an answer, and is not asked now
    newly_excused,    // had an answer, and is not applicable now
    lost_answer,      // had an answer, and is inconclusive now
    still_open,       // inconclusive or not asked in both, and in one of them inconclusive
    slower,           // a measure is worse than it was
    flaky,            // failed now, and passed in most of the runs that were to confirm it
    fixed,            // failed, and passes now
    faster,           // a measure is better than it was
    newly_passed,     // was not asked or without an answer, and passes now
    profile_changed,  // had an answer, and the profile asks for it no more
    retired,          // its requirement is no longer in the profile
    readiness,        // a requirement that the newer profile alone has, or has at a higher level
};
std::string_view to_string(Change change);

// What it means for the gate.
enum class Effect { closes, unsettles, none };

struct Difference {
    std::string requirement;
    std::string assertion;  // or measure; "" where the requirement has none in either run
    Level level = Level::must;
    Basis basis = Basis::required;
    Change change = Change::still_open;
    Effect effect = Effect::none;
    std::string base;  // its outcome then; "" where it was not asked
    std::string now;
    std::string detail;  // of the run in which it is wrong: target, expected, found; or the reason
    std::string next_step;  // where it fails
    int failed_now = 1;     // of so many runs_now, where it fails; more with confirm
    int runs_now = 1;
    std::string history;  // what weigh says of it
    std::string allowed;  // "until 2027-01-31: why", also where that day is over
};

// Something else that is not as it was, and may be why: "Kubernetes", "driver of gpu.nvidia.com".
struct Beside {
    std::string what;
    std::string base;
    std::string now;
};

// What somebody has agreed to live with for a while.
struct Allowance {
    std::string requirement;
    std::string assertion;
    std::string until;  // the last day it holds, UTC: "2027-01-31"
    std::string why;

    // today: a date likewise.
    bool holds(std::string_view today) const { return today <= until; }
};

struct Rules {
    std::set<Level> levels{Level::must};
    bool missing = true;  // what is no longer asked closes the gate
    bool slower = true;   // what is measured to be worse closes the gate
    bool flaky = false;   // what did not fail again closes it, too
    std::vector<Allowance> allowed;
    std::string today;  // UTC: "2026-11-22"
};

struct Diff {
    ReportedRun base;
    ReportedRun now;
    std::vector<Difference> differences;      // in the order of Change, then of the profile
    int unchanged = 0;                        // assertions with the same outcome that need no word
    std::vector<std::string> not_comparable;  // why the two say nothing of each other
    std::vector<Beside> beside;

    int count(Effect effect) const;
    int count(Change change) const;
};

Diff compare(ReportedRun base, ReportedRun now, const Rules& rules);

// What the profile of the newer run asks beyond that of the base, requirement by requirement: how
// it came out in that run. It is none of the gate's business.
void add_readiness(Diff& diff, const ReportedRun& newer);

// What newly fails stays so unless it passed in more than half of the runs that have an answer, the
// compared one among them: then it is flaky. Attempts of which none answers confirm nothing away.
void confirm(Diff& diff, const std::vector<ReportedRun>& attempts, const Rules& rules);

// 1 the gate is closed; 4 it cannot be told: the runs do not compare, or something has no answer
// any more; 0.
int exit_code_of(const Diff& diff);

// "GATE CLOSED: 2 regressions, 1 missing; 3 fixed, 97 as before"
std::string headline(const Diff& diff);

}  // namespace assay::reports
