// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/site.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/console.h"
#include "cli/program.h"
#include "cli/run_plan.h"
#include "engine/run_choice.h"
#include "engine/settling.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;
constexpr int nothing_asked = 3;
constexpr std::chrono::seconds discovery_limit{60};

// Whoever names an accelerator expects it to be there: a cluster whose drivers are all still down
// offers none, and has nothing that could be unsettled.
std::string missing_accelerator(const kube::Client& client, const std::vector<Adapter>& adapters,
                                const std::string& name, const std::stop_token& stop) {
    if (name.empty()) {
        return {};
    }
    const auto inventory = take_inventory(client, adapters, kube::Limit::of(discovery_limit, stop));
    if (!inventory) {
        return fmt::format("what the cluster offers cannot be seen: {}", inventory.error().message);
    }
    const bool offered = std::ranges::any_of(inventory->kinds, [&](const AcceleratorKind& kind) {
        return !kind.devices.empty() && is_called(kind, name);
    });
    return offered ? "" : fmt::format("no node offers accelerator {} yet", name);
}

Settling waited_for(const kube::Client& client, const std::vector<Adapter>& adapters,
                    const Options& options, const RunPlan& plan, const std::stop_token& stop) {
    constexpr const char* what = "--wait-settled";
    Console console(options.quiet);
    const std::chrono::milliseconds patience = plan.wait_settled;
    Settling settling = wait_settled(
        client, std::min(patience, time_left(plan.budget).value_or(patience)),
        [&] { return missing_accelerator(client, adapters, options.accelerator, stop); },
        [&](const std::string& words) { console.progressed(what, words); }, stop);
    const double seconds = static_cast<double>(settling.duration_ms) / 1000;
    console.progressed(what, fmt::format("{} after {:.1f} s",
                                         settling.settled ? "settled" : "not settled", seconds));
    return settling;
}

}  // namespace

std::expected<Site, int> look_at_cluster(const Options& options,
                                         const std::vector<Adapter>& adapters, const RunPlan& plan,
                                         const std::vector<const Check*>& checks, Look look,
                                         const std::stop_token& stop) {
    auto access = open_cluster(options);
    if (!access) {
        return std::unexpected(complain(access.error()));
    }
    const kube::Client client = access->client();
    const std::vector<Denied> denied = denied_to_us(client, plan, checks, stop);
    const bool waits = look == Look::when_settled && plan.wait_settled.count() > 0;
    if (!can_read(denied) || (waits && !can_wait(denied))) {
        print_denied(denied, plan);
        return std::unexpected(nothing_asked);
    }
    std::optional<Settling> settling;
    if (waits) {
        settling = waited_for(client, adapters, options, plan, stop);
    }
    // Who interrupts the wait gets a report all the same, and a report says of which cluster.
    const bool left = settling && stop.stop_requested();
    auto inventory = take_inventory(
        client, adapters, kube::Limit::of(discovery_limit, left ? std::stop_token{} : stop),
        plan.pool);
    if (!inventory) {
        complain(inventory.error());
        const bool no_such_pool = inventory.error().kind == kube::Error::Kind::config;
        return std::unexpected(no_such_pool ? usage_error : nothing_asked);
    }
    auto kind = chosen_kind(*inventory, options.accelerator);
    if (!kind && settling && !settling->settled) {
        kind = nullptr;  // it may still come: nothing is asked, and the report says why
    }
    if (!kind && options.accelerator.empty() && !ask_for_accelerators(checks)) {
        kind = nullptr;
    }
    if (!kind) {
        tell(kind.error());
        return std::unexpected(usage_error);
    }
    Site site{.access = std::move(*access),
              .inventory = {},
              .kind = *kind,
              .rights = {},
              .settling = std::move(settling)};
    site.rights = preflight_for(*kind, denied, plan, checks);
    site.inventory = std::move(*inventory);  // its kinds stay where they are
    return site;
}

}  // namespace assay::cli
