// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/site.h"

#include <fmt/format.h>

#include "cli/run_plan.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;
constexpr int nothing_asked = 3;
constexpr std::chrono::seconds discovery_limit{60};

}  // namespace

std::expected<Site, int> look_at_cluster(const Options& options,
                                         const std::vector<Adapter>& adapters, const RunPlan& plan,
                                         const std::vector<const Check*>& checks,
                                         const std::stop_token& stop) {
    auto access = open_cluster(options);
    if (!access) {
        return std::unexpected(complain(access.error()));
    }
    const kube::Client client = access->client();
    const std::vector<Denied> denied = denied_to_us(client, plan, checks, stop);
    if (!can_read(denied)) {
        print_denied(denied, plan);
        return std::unexpected(nothing_asked);
    }
    auto inventory = take_inventory(client, adapters, kube::Limit::of(discovery_limit, stop));
    if (!inventory) {
        complain(inventory.error());
        return std::unexpected(nothing_asked);
    }
    const auto kind = chosen_kind(*inventory, options.accelerator);
    if (!kind) {
        fmt::print(stderr, "assay: {}\n", kind.error());
        return std::unexpected(usage_error);
    }
    Site site{.access = std::move(*access), .inventory = {}, .kind = *kind, .rights = {}};
    site.rights = preflight_for(*kind, denied, plan, checks);
    site.inventory = std::move(*inventory);  // its kinds stay where they are
    return site;
}

}  // namespace assay::cli
