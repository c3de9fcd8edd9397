// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/program.h"
#include "cli/run_plan.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "engine/planner.h"
#include "engine/role.h"
#include "engine/triage_collect.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;

std::string heading(const RunPlan& plan, const std::vector<const Check*>& checks) {
    std::vector<std::string_view> ids;
    std::ranges::transform(checks, std::back_inserter(ids), &Check::id);
    return fmt::format(
        "# The rights of a run of profile {}{}, by assay {}; settled by checks: {}.\n"
        "# Every account has by default, so not here: get /version and /apis (system:discovery),\n"
        "# create selfsubjectaccessreviews.authorization.k8s.io (system:basic-user).\n",
        plan.profile.id, plan.namespace_name.empty() ? "" : " in namespace " + plan.namespace_name,
        version_number(), checks.empty() ? "none" : fmt::format("{}", fmt::join(ids, ", ")));
}

}  // namespace

namespace {

int rbac_of_triage(const Options& options) {
    const auto request = role_request(options.role_name, options.service_account, "");
    if (!request) {
        tell(request.error());
        return usage_error;
    }
    std::vector<const Right*> rights;
    for (const Right& right : triage::triage_rights()) {
        rights.push_back(&right);
    }
    fmt::print("{}",
               role_yaml(rights, *request,
                         fmt::format("# The rights of assay triage {}, all of them to read.\n",
                                     version_number())));
    return 0;
}

}  // namespace

int rbac(const Options& options) {
    if (options.for_triage) {
        return rbac_of_triage(options);
    }
    const auto plan = plan_of(options);
    if (!plan) {
        tell(plan.error());
        return usage_error;
    }
    const auto checks = chosen_checks(*plan);
    if (!checks) {
        tell(checks.error().why);
        return checks.error().exit_code;
    }
    const auto request =
        role_request(options.role_name, options.service_account, plan->namespace_name);
    if (!request) {
        tell(request.error());
        return usage_error;
    }
    fmt::print("{}",
               role_yaml(rights_for(*checks, manner_of(*plan)), *request, heading(*plan, *checks)));
    return 0;
}

}  // namespace assay::cli
