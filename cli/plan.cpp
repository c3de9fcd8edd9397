// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/plan.h"

#include <fmt/format.h>

#include "cli/program.h"
#include "cli/run_plan.h"
#include "cli/signals.h"
#include "cli/site.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "engine/adapter.h"
#include "engine/planner.h"
#include "images/probe_image.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;

int refuse(int code, const std::string& sentence) {
    tell(sentence);
    return code;
}

std::vector<PlannedImage> planned_images(const ProbeImages& images) {
    std::vector<PlannedImage> result;
    for (const auto& [variant, reference] : images) {
        PlannedImage image{.variant = variant, .reference = reference, .digest = {}};
        if (const std::size_t at = reference.find('@'); at != std::string::npos) {
            image.digest = reference.substr(at + 1);
        }
        for (const auto& own : images::probe_images()) {
            if (image.digest.empty() && own.name == reference) {
                image.digest = own.root.digest;
            }
        }
        result.push_back(std::move(image));
    }
    return result;
}

}  // namespace

int plan(const Options& options) {
    const auto wanted = plan_of(options);
    if (!wanted) {
        return refuse(usage_error, wanted.error());
    }
    const auto checks = chosen_checks(*wanted);
    if (!checks) {
        return refuse(checks.error().exit_code, checks.error().why);
    }
    const auto adapters = load_adapters(options.adapters);
    if (!adapters) {
        return refuse(usage_error, adapters.error());
    }
    const std::stop_token stop = stop_on_signal("interrupted; nothing was created");
    const auto site = look_at_cluster(options, *adapters, *wanted, *checks, Look::now, stop);
    if (!site) {
        return site.error();
    }
    Plan result = make_plan(*wanted, site->inventory, site->kind, site->rights);
    result.tool_version = version_number();
    result.images = planned_images(wanted->images);
    result.cluster.context = site->access.context;
    result.cluster.server = site->access.server;
    fmt::print("{}", options.json ? reports::plan_json(result) : reports::plan_text(result));
    return exit_code_of(result);
}

}  // namespace assay::cli
