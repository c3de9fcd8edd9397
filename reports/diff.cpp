// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/diff.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "reports/diff_parts.h"

namespace assay::reports {

namespace {

struct Name {
    Change change;
    std::string_view word;   // in diff.json
    std::string_view words;  // of several, in the headline
};
constexpr std::array names{
    Name{Change::regression, "regression", "regressions"},
    Name{Change::new_failure, "new_failure", "new failures"},
    Name{Change::known_failure, "known_failure", "known failures"},
    Name{Change::missing, "missing", "no longer asked"},
    Name{Change::newly_excused, "newly_not_applicable", "newly not applicable"},
    Name{Change::lost_answer, "inconclusive", "without an answer now"},
    Name{Change::still_open, "still_inconclusive", "still without an answer"},
    Name{Change::slower, "perf_regression", "slower"},
    Name{Change::flaky, "flaky", "flaky"},
    Name{Change::fixed, "fixed", "fixed"},
    Name{Change::faster, "perf_improvement", "faster"},
    Name{Change::newly_passed, "new_pass", "newly passed"},
    Name{Change::profile_changed, "profile_changed", "left out by the profile"},
    Name{Change::retired, "retired", "retired"},
    Name{Change::readiness, "readiness", "of the newer profile"},
};

using Outcomes = std::optional<Outcome>;  // nullopt: not asked

bool had_answer(Outcomes one) {
    return one && *one != Outcome::inconclusive;
}

// nullopt: nothing to tell.
std::optional<Change> change_of(Outcomes base, Outcomes now) {
    if (!now) {
        return had_answer(base) ? Change::missing : Change::still_open;
    }
    switch (*now) {
        case Outcome::failed:
            return base == Outcome::failed ? Change::known_failure
                   : had_answer(base)      ? Change::regression
                                           : Change::new_failure;
        case Outcome::inconclusive:
            return had_answer(base) ? Change::lost_answer : Change::still_open;
        case Outcome::not_applicable:
            return had_answer(base) && base != Outcome::not_applicable
                       ? std::optional(Change::newly_excused)
                       : std::nullopt;
        case Outcome::passed:
            return base == Outcome::failed ? std::optional(Change::fixed)
                   : had_answer(base)      ? std::nullopt
                                           : std::optional(Change::newly_passed);
    }
    return std::nullopt;
}

const ReportedRequirement* requirement_in(const ReportedRun& run, std::string_view id) {
    const auto found = std::ranges::find(run.requirements, id, &ReportedRequirement::id);
    return found == run.requirements.end() ? nullptr : &*found;
}

const ReportedAssertion* assertion_in(const ReportedRequirement* requirement, std::string_view id) {
    if (requirement == nullptr || !requirement->selected) {
        return nullptr;
    }
    const auto found = std::ranges::find(requirement->assertions, id, &ReportedAssertion::id);
    return found == requirement->assertions.end() ? nullptr : &*found;
}

std::string detail_of(const ReportedAssertion& one) {
    std::vector<std::string> parts;
    for (const auto& [name, text] : {std::pair{"", &one.target},
                                     {"expected ", &one.expected},
                                     {"found ", &one.actual},
                                     {"", &one.reason}}) {
        if (!text->empty()) {
            parts.push_back(name + *text);
        }
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

class Comparison {
public:
    Comparison(Diff& diff, const Rules& rules)
        : diff_(&diff),
          rules_(&rules),
          same_profile_(diff.base.profile_sha256 == diff.now.profile_sha256) {}

    void compare_all() {
        for (const ReportedRequirement& one : diff_->base.requirements) {
            compare_one(&one, requirement_in(diff_->now, one.id));
        }
        for (const ReportedRequirement& one : diff_->now.requirements) {
            if (same_profile_ && requirement_in(diff_->base, one.id) == nullptr) {
                compare_one(nullptr, &one);
            }
        }
        if (!same_profile_) {
            add_readiness(*diff_, diff_->now);
        }
        std::ranges::stable_sort(diff_->differences, {}, &Difference::change);
    }

private:
    void compare_one(const ReportedRequirement* base, const ReportedRequirement* now) {
        std::vector<std::string> ids;
        for (const ReportedRequirement* one : {base, now}) {
            for (std::size_t i = 0; one != nullptr && one->selected && i < one->assertions.size();
                 ++i) {
                const std::string& id = one->assertions[i].id;
                if (std::ranges::find(ids, id) == ids.end()) {
                    ids.push_back(id);
                }
            }
        }
        for (const std::string& id : ids) {
            compare_assertion(base, now, id);
        }
        if (base != nullptr && now != nullptr) {
            compare_measures(*base, *now);
        }
        if (ids.empty() && now != nullptr && now->selected) {
            note_unanswered(*now);
        }
    }

    void compare_measures(const ReportedRequirement& base, const ReportedRequirement& now) {
        for (Difference& one : performance_differences(base, now)) {
            one.effect = effect_of(one);
            diff_->differences.push_back(std::move(one));
        }
    }

    // Selected, and neither run has a check for it: that nothing got worse is not known.
    void note_unanswered(const ReportedRequirement& now) {
        Difference one;
        one.requirement = now.id;
        one.level = now.level;
        one.detail = "no check settles it in either run";
        one.effect = effect_of(one);
        if (one.effect != Effect::none) {
            diff_->differences.push_back(std::move(one));
        }
    }

    void compare_assertion(const ReportedRequirement* base, const ReportedRequirement* now,
                           const std::string& id) {
        const ReportedAssertion* then = assertion_in(base, id);
        const ReportedAssertion* present = assertion_in(now, id);
        const auto change = change_of(then == nullptr ? Outcomes{} : then->outcome,
                                      present == nullptr ? Outcomes{} : present->outcome);
        if (!change) {
            diff_->unchanged += present != nullptr;
            return;
        }
        const ReportedAssertion& told = present == nullptr ? *then : *present;
        Difference one;
        one.requirement = (now == nullptr ? base : now)->id;
        one.assertion = id;
        one.level = (now == nullptr ? base : now)->level;
        one.basis = told.basis;
        one.change = *change;
        one.base = then == nullptr ? "" : to_string(then->outcome);
        one.now = present == nullptr ? "" : to_string(present->outcome);
        one.detail = detail_of(told);
        place_by_profile(one, now);
        if (present != nullptr && present->outcome == Outcome::failed) {
            one.next_step = told.next_step;
        }
        one.effect = effect_of(one);
        diff_->differences.push_back(std::move(one));
    }

    // What only one of two profiles asks for is none of the cluster's doing.
    void place_by_profile(Difference& one, const ReportedRequirement* now) const {
        if (now == nullptr && !same_profile_) {
            one.change = Change::retired;
        } else if (one.change == Change::missing && !same_profile_ && !now->selected) {
            one.change = Change::profile_changed;
        }
    }

    Effect effect_of(Difference& one) const {
        const bool level = rules_->levels.contains(one.level);
        const bool required = one.basis == Basis::required;
        const bool excused = is_allowed(one);
        switch (one.change) {
            case Change::regression:
            case Change::new_failure:
            case Change::newly_excused:
                return level && !excused ? Effect::closes : Effect::none;
            case Change::known_failure:
                return level && required && !excused ? Effect::closes : Effect::none;
            case Change::missing:
                return level && rules_->missing && !excused ? Effect::closes : Effect::none;
            case Change::slower:
                return level && rules_->slower && !excused ? Effect::closes : Effect::none;
            case Change::lost_answer:
                return level && !excused ? Effect::unsettles : Effect::none;
            case Change::still_open:
                return level && required && !excused ? Effect::unsettles : Effect::none;
            default:
                return Effect::none;
        }
    }

    bool is_allowed(Difference& one) const {
        for (const Allowance& allowance : rules_->allowed) {
            if (allowance.requirement == one.requirement && allowance.assertion == one.assertion) {
                one.allowed = fmt::format("until {}{}: {}", allowance.until,
                                          allowance.holds(rules_->today) ? "" : ", which is over",
                                          allowance.why);
                return allowance.holds(rules_->today);
            }
        }
        return false;
    }

    Diff* diff_;
    const Rules* rules_;
    bool same_profile_;
};

// By accelerator, in whatever order and however often they are told of.
std::map<std::string, std::set<std::string>> values_of(const ReportedRun& run,
                                                       std::string ReportedAccelerator::* member) {
    std::map<std::string, std::set<std::string>> result;
    for (const ReportedAccelerator& one : run.accelerators) {
        result[one.name].insert(one.*member);
    }
    return result;
}

std::string words_of(const std::set<std::string>& values) {
    return values.empty() ? "none" : fmt::format("{}", fmt::join(values, ", "));
}

void note_beside(Diff& diff, const std::string& what, const std::string& base,
                 const std::string& now) {
    if (base != now) {
        diff.beside.push_back({what, base, now});
    }
}

void note_all_beside(Diff& diff) {
    note_beside(diff, "Kubernetes", diff.base.kubernetes, diff.now.kubernetes);
    note_beside(diff, "profile", diff.base.profile_id, diff.now.profile_id);
    note_beside(diff, "cluster", diff.base.cluster_uid, diff.now.cluster_uid);
    note_beside(diff, "assay", diff.base.tool_version, diff.now.tool_version);
    const auto then = values_of(diff.base, &ReportedAccelerator::driver_version);
    for (const auto& [name, versions] : values_of(diff.now, &ReportedAccelerator::driver_version)) {
        if (const auto found = then.find(name); found != then.end()) {
            note_beside(diff, "driver of " + name, words_of(found->second), words_of(versions));
        }
    }
}

void note_not_comparable(Diff& diff, std::string_view what, const std::set<std::string>& base,
                         const std::set<std::string>& now) {
    if (base != now) {
        diff.not_comparable.push_back(
            fmt::format("{}: {} in the base, {} now", what, words_of(base), words_of(now)));
    }
}

std::set<std::string> all_of(const ReportedRun& run, std::string ReportedAccelerator::* member) {
    std::set<std::string> result;
    for (const ReportedAccelerator& one : run.accelerators) {
        if (!(one.*member).empty()) {
            result.insert(one.*member);
        }
    }
    return result;
}

// Counts are left out: an upgrade takes nodes away and brings others.
void note_what_does_not_compare(Diff& diff) {
    for (const auto& [run, word] : {std::pair{&diff.base, "base"}, {&diff.now, "new"}}) {
        if (!run->complete) {
            diff.not_comparable.push_back(
                fmt::format("the {} run {} was interrupted", word, run->id));
        }
    }
    if (diff.base.simulated != diff.now.simulated) {
        diff.not_comparable.push_back(fmt::format("the {} run is simulated, the other is not",
                                                  diff.base.simulated ? "base" : "new"));
    }
    note_not_comparable(diff, "accelerator", all_of(diff.base, &ReportedAccelerator::name),
                        all_of(diff.now, &ReportedAccelerator::name));
    note_not_comparable(diff, "model", all_of(diff.base, &ReportedAccelerator::model),
                        all_of(diff.now, &ReportedAccelerator::model));
    note_not_comparable(diff, "allocation", all_of(diff.base, &ReportedAccelerator::allocation),
                        all_of(diff.now, &ReportedAccelerator::allocation));
}

}  // namespace

std::string_view to_string(Change change) {
    return std::ranges::find(names, change, &Name::change)->word;
}

int Diff::count(Effect effect) const {
    return static_cast<int>(std::ranges::count(differences, effect, &Difference::effect));
}

int Diff::count(Change change) const {
    return static_cast<int>(std::ranges::count(differences, change, &Difference::change));
}

Diff compare(ReportedRun base, ReportedRun now, const Rules& rules) {
    Diff diff;
    diff.base = std::move(base);
    diff.now = std::move(now);
    Comparison(diff, rules).compare_all();
    note_what_does_not_compare(diff);
    note_all_beside(diff);
    return diff;
}

void confirm(Diff& diff, const std::vector<ReportedRun>& attempts, const Rules& rules) {
    for (Difference& one : diff.differences) {
        if (one.change != Change::regression && one.change != Change::new_failure) {
            continue;
        }
        int failed = 1;
        int answered = 1;
        for (const ReportedRun& attempt : attempts) {
            const auto* again =
                assertion_in(requirement_in(attempt, one.requirement), one.assertion);
            failed += again != nullptr && again->outcome == Outcome::failed;
            answered += again != nullptr && had_answer(again->outcome);
        }
        one.detail += fmt::format("; failed in {} of {} runs", failed, answered);
        one.failed_now = failed;
        one.runs_now = answered;
        if (2 * failed < answered) {
            one.change = Change::flaky;
            one.effect = rules.flaky ? one.effect : Effect::none;
        }
    }
    std::ranges::stable_sort(diff.differences, {}, &Difference::change);
}

int exit_code_of(const Diff& diff) {
    if (!diff.not_comparable.empty()) {
        return 4;
    }
    return diff.count(Effect::closes) > 0 ? 1 : diff.count(Effect::unsettles) > 0 ? 4 : 0;
}

std::string headline(const Diff& diff) {
    const int code = exit_code_of(diff);
    std::vector<std::string> parts;
    for (const Name& name : names) {
        if (const int count = diff.count(name.change); count > 0) {
            parts.push_back(fmt::format("{} {}", count, name.words));
        }
    }
    parts.push_back(fmt::format("{} as before", diff.unchanged));
    return fmt::format("{}{}: {}", diff.now.simulated ? "SIMULATED: " : "",
                       code == 0   ? "gate open"
                       : code == 1 ? "GATE CLOSED"
                                   : "GATE UNSETTLED",
                       fmt::join(parts, ", "));
}

}  // namespace assay::reports
