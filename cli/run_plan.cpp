// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/run_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/rerun.h"
#include "engine/planner.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;
constexpr int nothing_selected = 5;
constexpr std::chrono::seconds review_limit{30};

}  // namespace

std::expected<NodePool, std::string> pool_of(const std::string& label) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
        return std::unexpected(fmt::format("--pool {}: give the nodes' label as KEY=VALUE", label));
    }
    return NodePool{.key = label.substr(0, equals), .value = label.substr(equals + 1)};
}

std::expected<std::vector<const Check*>, NoSelection> chosen_checks(const RunPlan& plan) {
    if (all_is_settled(plan)) {
        return std::unexpected(NoSelection{
            nothing_selected, "the run of --rerun-unsettled settled all that was selected"});
    }
    const auto selected = selected_requirements(plan.profile, plan.select, plan.skip);
    if (!selected) {
        return std::unexpected(NoSelection{usage_error, selected.error()});
    }
    if (selected->empty()) {
        return std::unexpected(
            NoSelection{nothing_selected, "--skip leaves nothing of what --select chose"});
    }
    return checks_for(plan.catalog, *selected);
}

std::vector<Denied> denied_to_us(const kube::Client& client, const RunPlan& plan,
                                 const std::vector<const Check*>& checks,
                                 const std::stop_token& stop) {
    const std::string& space = plan.namespace_name;
    auto denied = denied_rights(client, rights_for(checks, manner_of(plan)), space,
                                kube::Limit::of(review_limit, stop));
    if (!denied) {
        fmt::print(stderr, "warning: whether this account has every right is not known: {}\n",
                   reports::printable_line(denied.error().message));
        return {};
    }
    return std::move(*denied);
}

Preflight preflight_for(const AcceleratorKind* kind, const std::vector<Denied>& denied,
                        const RunPlan& plan, const std::vector<const Check*>& checks) {
    const bool claims = kind == nullptr || !kind->by_plugin();
    return preflight_of(denied, checks, plan.namespace_name, manner_of(plan, claims));
}

void print_denied(const std::vector<Denied>& denied, const RunPlan& plan) {
    for (const std::string& line : sentences(denied, plan.namespace_name)) {
        fmt::print(stderr, "{}\n", reports::printable_line(line));
    }
}

bool nothing_can_be_asked(const Preflight& preflight, const std::vector<const Check*>& checks) {
    return !checks.empty() && std::ranges::all_of(checks, [&](const Check* check) {
        return preflight.unaskable.contains(std::string(check->id));
    });
}

}  // namespace assay::cli
