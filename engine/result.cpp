// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/result.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace assay {

namespace {

bool any_counted(const RunResult& run, Outcome outcome) {
    return std::ranges::any_of(run.requirements, [&](const RequirementResult& requirement) {
        return requirement.selected && requirement.counted &&
               settled_outcome(run, requirement) == outcome;
    });
}

// Whether something that was asked, counted or not, went wrong or was left open.
bool anything_open(const RunResult& run) {
    const auto open = [](Outcome outcome) {
        return outcome == Outcome::failed || outcome == Outcome::inconclusive;
    };
    return std::ranges::any_of(run.requirements, [&](const RequirementResult& requirement) {
        if (!requirement.selected) {
            return false;
        }
        return open(settled_outcome(run, requirement)) ||
               (requirement.beyond_outcome && open(*requirement.beyond_outcome)) ||
               std::ranges::any_of(requirement.assertions, open, &AssertionResult::outcome);
    });
}

void count(Tally& tally, Outcome outcome) {
    switch (outcome) {
        case Outcome::passed:
            ++tally.passed;
            break;
        case Outcome::failed:
            ++tally.failed;
            break;
        case Outcome::inconclusive:
            ++tally.inconclusive;
            break;
        case Outcome::not_applicable:
            ++tally.not_applicable;
            break;
    }
}

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::control:
            return "control";
        case Kind::positive:
            return "positive";
        case Kind::negative:
            return "negative";
        case Kind::measure:
            return "measure";
    }
    return "positive";
}

std::string_view to_string(Basis basis) {
    return basis == Basis::beyond ? "beyond" : "required";
}

std::string_view to_string(Level level) {
    switch (level) {
        case Level::must:
            return "must";
        case Level::should:
            return "should";
        case Level::informative:
            return "informative";
    }
    return "must";
}

std::string Settling::describe() const {
    constexpr std::size_t told = 3;
    const std::size_t shown = std::min(told, waiting_for.size());
    std::string words = fmt::format(
        "{}", fmt::join(waiting_for.begin(),
                        waiting_for.begin() + static_cast<std::ptrdiff_t>(shown), "; "));
    if (unsettled > static_cast<int>(shown)) {
        words += fmt::format("; and {} more", unsettled - static_cast<int>(shown));
    }
    return words;
}

bool folds(const RunResult& run, const AssertionResult& assertion) {
    return assertion.basis == Basis::required || run.strict;
}

bool counts(const RunResult& run, const RequirementResult& requirement,
            const AssertionResult& assertion) {
    return requirement.selected && requirement.counted && folds(run, assertion);
}

Outcome settled_outcome(const RunResult& run, const RequirementResult& requirement) {
    std::vector<Outcome> outcomes{requirement.outcome};
    for (const AssertionResult& assertion : requirement.assertions) {
        if (folds(run, assertion)) {
            outcomes.push_back(assertion.outcome);
        }
    }
    return fold(outcomes);
}

Tally must_tally(const RunResult& run) {
    Tally tally;
    for (const RequirementResult& requirement : run.requirements) {
        if (requirement.level != Level::must) {
            continue;
        }
        ++tally.total;
        if (requirement.selected) {
            count(tally, settled_outcome(run, requirement));
        } else {
            ++tally.not_selected;
        }
    }
    tally.examined = tally.passed + tally.failed;
    return tally;
}

std::string headline(const RunResult& run) {
    const Tally tally = must_tally(run);
    std::string line =
        fmt::format("{}{} of {} MUSTs examined: {} passed, {} failed; {} inconclusive",
                    run.simulated ? "SIMULATED: " : "", tally.examined, tally.total, tally.passed,
                    tally.failed, tally.inconclusive);
    if (tally.not_applicable > 0) {
        line += fmt::format(", {} not applicable", tally.not_applicable);
    }
    line += fmt::format(", {} not selected", tally.not_selected);
    return line;
}

std::string_view in_toto_result(const RunResult& run) {
    const Tally tally = must_tally(run);
    if (tally.failed > 0 || exit_code_of(run) == 1) {
        return "failed";
    }
    const bool every_must_passed = tally.total > 0 && tally.passed == tally.total;
    if (every_must_passed && !run.simulated && !run.interrupted && !anything_open(run)) {
        return "passed";
    }
    return "warned";
}

int exit_code_of(const RunResult& run) {
    if (any_counted(run, Outcome::failed)) {
        return 1;
    }
    const bool unsettled = run.settling && !run.settling->settled;
    if (run.interrupted || unsettled || any_counted(run, Outcome::inconclusive)) {
        return 4;
    }
    return 0;
}

}  // namespace assay
