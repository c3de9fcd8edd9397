// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/rerun.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/earlier.h"
#include "reports/escape.h"
#include "reports/result_in_public.h"

namespace assay::cli {

namespace {

constexpr int something_failed = 1;
constexpr int something_inconclusive = 4;

}  // namespace

std::expected<void, std::string> choose_unsettled(const Options& options, RunPlan& plan) {
    if (options.rerun_unsettled.empty()) {
        return {};
    }
    auto earlier = reports::read_earlier_run(options.rerun_unsettled);
    if (!earlier) {
        return std::unexpected("--rerun-unsettled: " + earlier.error());
    }
    if (earlier->profile_sha256 != plan.profile.sha256) {
        return std::unexpected(fmt::format(
            "--rerun-unsettled: run {} was of profile {} with sha256 {}, and this one is of {} "
            "with sha256 {}; give the same with --profile, or ask everything anew without "
            "--rerun-unsettled",
            reports::printable_line(earlier->run_id), reports::printable_line(earlier->profile_id),
            reports::printable_line(earlier->profile_sha256), plan.profile.id,
            plan.profile.sha256));
    }
    plan.select = earlier->unsettled;
    plan.rerun_of = std::move(*earlier);
    return {};
}

bool all_is_settled(const RunPlan& plan) {
    return plan.rerun_of && plan.rerun_of->unsettled.empty();
}

std::string another_cluster(const RunPlan& plan, const std::string& cluster_uid) {
    if (!plan.rerun_of || plan.rerun_of->cluster_uid == cluster_uid ||
        plan.rerun_of->cluster_uid == reports::uid_in_public(cluster_uid)) {
        return {};
    }
    return fmt::format(
        "--rerun-unsettled: run {} was of another cluster (its namespace kube-system has uid {}, "
        "here it is {}); choose its context, or ask everything here without --rerun-unsettled",
        plan.rerun_of->run_id, plan.rerun_of->cluster_uid, cluster_uid);
}

std::string failed_in(const EarlierRun& earlier) {
    if (earlier.failed.empty()) {
        return {};
    }
    return fmt::format("failed in run {}, and not asked again: {}", earlier.run_id,
                       fmt::join(earlier.failed, ", "));
}

int verdict_of_both(const RunPlan& plan, int exit_code) {
    const bool open = exit_code == 0 || exit_code == something_inconclusive;
    return open && plan.rerun_of && !plan.rerun_of->failed.empty() ? something_failed : exit_code;
}

}  // namespace assay::cli
