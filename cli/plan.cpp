// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/plan.h"

#include <fmt/format.h>

#include "cli/cluster.h"
#include "cli/run_plan.h"
#include "cli/signals.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "engine/adapter.h"
#include "engine/planner.h"
#include "images/probe_image.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;
constexpr int nothing_asked = 3;
constexpr std::chrono::seconds discovery_limit{60};

int refuse(int code, const std::string& sentence) {
    fmt::print(stderr, "assay: {}\n", sentence);
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
                image.digest = own.manifest_digest;
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
    auto access = open_cluster(options);
    if (!access) {
        return complain(access.error());
    }
    const kube::Client client = access->client();
    const Preflight rights = preflight(client, *wanted, *checks, stop);
    if (!rights.can_read) {
        return nothing_asked;
    }
    const auto inventory =
        take_inventory(client, *adapters, kube::Limit::of(discovery_limit, stop));
    if (!inventory) {
        complain(inventory.error());
        return nothing_asked;
    }
    const auto kind = chosen_kind(*inventory, options.accelerator);
    if (!kind) {
        return refuse(usage_error, kind.error());
    }
    Plan result = make_plan(*wanted, *inventory, *kind, rights);
    result.tool_version = version_number();
    result.images = planned_images(wanted->images);
    result.cluster.context = access->context;
    result.cluster.server = access->server;
    fmt::print("{}", options.json ? reports::plan_json(result) : reports::plan_text(result));
    return exit_code_of(result);
}

}  // namespace assay::cli
