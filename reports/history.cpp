// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_runs = 500;
constexpr int enough_runs = 20;
constexpr double too_rare = 0.05;

std::vector<fs::path> reports_below(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code failure;
    if (fs::exists(folder / "report.json", failure)) {
        found.push_back(folder);
    }
    for (fs::recursive_directory_iterator
             at(folder, fs::directory_options::skip_permission_denied, failure),
         end;
         !failure && at != end; at.increment(failure)) {
        if (at->is_directory() && fs::exists(at->path() / "report.json")) {
            found.push_back(at->path());
            at.disable_recursion_pending();  // artifacts are below it
        }
    }
    return found;
}

std::set<std::string> kinds_of(const ReportedRun& run) {
    std::set<std::string> kinds;
    for (const ReportedAccelerator& one : run.accelerators) {
        kinds.insert(one.name + " " + one.model + " " + one.allocation);
    }
    return kinds;
}

bool compares(const ReportedRun& earlier, const Diff& diff) {
    return earlier.complete && earlier.simulated == diff.base.simulated &&
           earlier.profile_id == diff.base.profile_id && earlier.id != diff.now.id &&
           kinds_of(earlier) == kinds_of(diff.base);
}

const ReportedAssertion* assertion_of(const ReportedRun& run, const Difference& one) {
    for (const ReportedRequirement& requirement : run.requirements) {
        if (requirement.id == one.requirement && requirement.selected) {
            const auto found =
                std::ranges::find(requirement.assertions, one.assertion, &ReportedAssertion::id);
            return found == requirement.assertions.end() ? nullptr : &*found;
        }
    }
    return nullptr;
}

struct Record {
    int runs = 0;  // in which it passed or failed
    int failed = 0;

    double rate() const { return runs == 0 ? 0 : static_cast<double>(failed) / runs; }
};

// The classes are those of OpenShift's risk analysis: what nearly always passed is no chance.
std::string_view risk_of(const Record& record) {
    return record.rate() <= 0.02 ? "high" : record.rate() <= 0.2 ? "medium" : "low";
}

Record record_of(const std::vector<ReportedRun>& history, const Diff& diff, const Difference& one) {
    Record record;
    std::set<std::string> told;
    for (const ReportedRun& run : history) {
        const ReportedAssertion* earlier =
            compares(run, diff) && told.insert(run.id).second ? assertion_of(run, one) : nullptr;
        if (earlier != nullptr &&
            (earlier->outcome == Outcome::passed || earlier->outcome == Outcome::failed)) {
            ++record.runs;
            record.failed += earlier->outcome == Outcome::failed;
        }
    }
    return record;
}

// The logarithm of the number of ways to choose so many of them.
double log_choose(int of, int count) {
    return std::lgamma(of + 1.0) - std::lgamma(count + 1.0) - std::lgamma(of - count + 1.0);
}

bool fails_now(const Difference& one) {
    return one.change == Change::regression || one.change == Change::new_failure ||
           one.change == Change::known_failure || one.change == Change::flaky;
}

}  // namespace

double fisher_p(int failed, int runs, int failed_now, int runs_now) {
    if (runs <= 0 || runs_now <= 0) {
        return 1;
    }
    const int all_failed = failed + failed_now;
    // That so many of all failures are among the runs of now: the hypergeometric distribution.
    const auto chance = [&](int now) {
        return std::exp(log_choose(runs_now, now) + log_choose(runs, all_failed - now) -
                        log_choose(runs + runs_now, all_failed));
    };
    const double seen = chance(failed_now);
    double p = 0;
    for (int now = std::max(0, all_failed - runs); now <= std::min(all_failed, runs_now); ++now) {
        const double one = chance(now);
        p += one <= seen * (1 + 1e-9) ? one : 0;  // but for rounding
    }
    return std::min(1.0, p);
}

std::expected<std::vector<ReportedRun>, std::string> read_history(const fs::path& folder) {
    std::vector<ReportedRun> runs;
    for (const fs::path& report : reports_below(folder)) {
        auto run = read_reported_run(report);
        if (!run) {
            return std::unexpected(run.error());
        }
        runs.push_back(std::move(*run));
    }
    if (runs.empty()) {
        return std::unexpected(fmt::format(
            "{} has no report.json below it; give the folder in which earlier runs have theirs",
            folder.string()));
    }
    std::ranges::sort(runs, std::greater<>{}, &ReportedRun::started_at);
    runs.resize(std::min(runs.size(), most_runs));
    return runs;
}

void weigh(Diff& diff, const std::vector<ReportedRun>& history, const Rules& rules) {
    for (Difference& one : diff.differences) {
        if (!fails_now(one)) {
            continue;
        }
        const Record record = record_of(history, diff, one);
        if (record.runs == 0) {
            one.history = "no earlier run that compares has an answer";
            continue;
        }
        one.history = fmt::format(
            "failed in {} of {} earlier runs, in {} of {} now; p = {:.2g}; risk {}", record.failed,
            record.runs, one.failed_now, one.runs_now,
            fisher_p(record.failed, record.runs, one.failed_now, one.runs_now), risk_of(record));
        const bool counts = rules.levels.contains(one.level) && one.allowed.empty();
        if (one.change == Change::flaky && counts && record.runs >= enough_runs &&
            record.rate() < too_rare) {
            one.effect = Effect::closes;
            one.history += "; too rare before to be left to chance";
        }
    }
}

}  // namespace assay::reports
