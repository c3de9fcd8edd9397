// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

#include "cli/comparing.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "engine/profile.h"
#include "engine/run_id.h"
#include "reports/diff_output.h"
#include "reports/earlier.h"
#include "reports/escape.h"
#include "reports/history.h"
#include "reports/report.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

constexpr int closed = 1;
constexpr int usage_error = 2;
constexpr int unsettled = 4;
constexpr int not_verified = 6;
constexpr int confirming_runs = 2;

int refuse(int code, const std::string& sentence) {
    tell("the gate was not asked: " + sentence);
    return code;
}

// A run by the profile of the base, into a folder below --out, and what its report says.
class Runs {
public:
    Runs(const Options& options, int argc, char** argv)
        : asked_(options), argc_(argc), argv_(argv), out_(options.out) {
        asked_.profile = (fs::path(options.base) / "profile.yaml").string();
    }

    // As the run examines it where nothing else is said.
    void examine(const reports::ReportedRun& base) {
        if (asked_.accelerator.empty() && base.accelerators.size() == 1) {
            asked_.accelerator = base.accelerators.front().name;
        }
    }

    // The error is the exit code of a run that has no report.
    std::expected<reports::ReportedRun, int> run_all() { return once("run", asked_); }

    // Whether a requirement has no answer; what lies beyond one is not asked again.
    bool can_ask_again() const {
        const auto last = reports::read_earlier_run(last_);
        return last && !last->unsettled.empty();
    }

    std::expected<reports::ReportedRun, int> run_unsettled(int number) {
        Options again = asked_;
        again.rerun_unsettled = last_.string();
        again.select.clear();
        return once(fmt::format("retry-{}", number), again);
    }

    std::expected<reports::ReportedRun, int> run_only(const std::set<std::string>& requirements,
                                                      int number) {
        Options again = asked_;
        again.select.assign(requirements.begin(), requirements.end());
        again.skip.clear();
        return once(fmt::format("confirm-{}", number), again);
    }

    // By the newer profile, what it asks beyond the base's.
    std::expected<reports::ReportedRun, int> run_readiness(std::vector<std::string> beyond) {
        Options newer = asked_;
        newer.profile = asked_.readiness;
        newer.select = std::move(beyond);
        newer.skip.clear();
        return once("readiness", newer);
    }

private:
    std::expected<reports::ReportedRun, int> once(const std::string& name, Options options) {
        options.out = (out_ / name).string();
        const int code = cli::run(options, argc_, argv_);
        if (code != 0 && code != closed && code != unsettled) {
            return std::unexpected(code);
        }
        auto told = reports::read_reported_run(options.out);
        if (!told) {
            return std::unexpected(refuse(unsettled, told.error()));
        }
        last_ = options.out;
        return std::move(*told);
    }

    Options asked_;
    int argc_;
    char** argv_;
    fs::path out_;
    fs::path last_;  // the report of the run before
};

std::set<std::string> newly_failing(const reports::Diff& diff) {
    std::set<std::string> result;
    for (const reports::Difference& one : diff.differences) {
        if (one.effect == reports::Effect::closes && (one.change == reports::Change::regression ||
                                                      one.change == reports::Change::new_failure)) {
            result.insert(one.requirement);
        }
    }
    return result;
}

// What it comes to once what has no answer was asked again, and what newly fails was confirmed.
std::expected<reports::Diff, int> judged(Runs& runs, const reports::ReportedRun& base,
                                         const Options& options, const reports::Rules& rules) {
    auto now = runs.run_all();
    if (!now) {
        return std::unexpected(now.error());
    }
    reports::Diff diff = reports::compare(base, *now, rules);
    for (int i = 1; i <= options.retry_inconclusive && now->complete && runs.can_ask_again() &&
                    diff.count(reports::Effect::unsettles) > 0;
         ++i) {
        const auto again = runs.run_unsettled(i);
        if (!again) {
            return std::unexpected(again.error());
        }
        *now = reports::with_answers_of(std::move(*now), *again);
        diff = reports::compare(base, *now, rules);
    }
    const auto failing = newly_failing(diff);
    std::vector<reports::ReportedRun> attempts;
    for (int i = 1; options.confirm && !failing.empty() && i <= confirming_runs; ++i) {
        auto attempt = runs.run_only(failing, i);
        if (!attempt) {
            return std::unexpected(attempt.error());
        }
        attempts.push_back(std::move(*attempt));
    }
    if (!attempts.empty()) {
        reports::confirm(diff, attempts, rules);
    }
    return diff;
}

// What the profile of --readiness asks that the base's does not, or at a lower level.
std::expected<std::vector<std::string>, std::string> asked_beyond(const Options& options) {
    if (options.readiness.empty()) {
        return {};
    }
    const auto newer = load_profile(options.readiness);
    if (!newer) {
        return std::unexpected("--readiness: " + newer.error());
    }
    const auto older = load_profile((fs::path(options.base) / "profile.yaml").string());
    if (!older) {
        return std::unexpected(older.error());
    }
    std::vector<std::string> result;
    for (const Requirement& one : newer->requirements) {
        const auto before = std::ranges::find(older->requirements, one.id, &Requirement::id);
        if (before == older->requirements.end() || one.level < before->level) {
            result.push_back(one.id);
        }
    }
    return result;
}

// Whatever comes of it, the gate is as open as it was.
void examine_readiness(Runs& runs, const std::vector<std::string>& beyond, const Options& options,
                       reports::Diff& diff) {
    if (options.readiness.empty()) {
        return;
    }
    if (beyond.empty()) {
        tell(fmt::format("{} asks nothing beyond the profile of the base", options.readiness));
        return;
    }
    if (const auto newer = runs.run_readiness(beyond)) {
        reports::add_readiness(diff, *newer);
        return;
    }
    tell(fmt::format("what {} asks beyond the profile of the base was not examined",
                     options.readiness));
}

}  // namespace

int gate(const Options& given, int argc, char** argv) {
    Options options = given;
    options.out = options.out.empty() ? "assay-gate-" + new_run_id() : options.out;
    const auto rules = gate_rules(options);
    if (!rules) {
        return refuse(usage_error, rules.error());
    }
    std::error_code ignored;
    if (!fs::is_directory(options.base, ignored)) {
        return refuse(usage_error,
                      fmt::format("--base {} is no folder that `assay run` wrote", options.base));
    }
    const auto base = reports::read_reported_run(options.base);
    if (!base) {
        return refuse(usage_error, base.error());
    }
    if (const auto whole = check_whole(options.base, options.public_key); !whole) {
        return refuse(not_verified, whole.error());
    }
    const auto history = earlier_runs(options);
    if (!history) {
        return refuse(usage_error, history.error());
    }
    const auto beyond = asked_beyond(options);
    if (!beyond) {
        return refuse(usage_error, beyond.error());
    }
    if (const auto ready = reports::prepare_out(options.out); !ready) {
        return refuse(usage_error, ready.error());
    }
    Runs runs(options, argc, argv);
    runs.examine(*base);
    auto diff = judged(runs, *base, options, *rules);
    if (!diff) {
        return diff.error();
    }
    if (!history->empty()) {
        reports::weigh(*diff, *history, *rules);
    }
    examine_readiness(runs, *beyond, options, *diff);
    fmt::print("\n{}", reports::diff_text(*diff));
    if (const auto written = write_diff(*diff, options.out); !written) {
        return refuse(usage_error, written.error());
    }
    return reports::exit_code_of(*diff);
}

}  // namespace assay::cli
