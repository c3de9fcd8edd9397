// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/cluster.h"
#include "cli/signals.h"
#include "cli/verbs.h"
#include "engine/sweep.h"
#include "kube/discovery.h"

namespace assay::cli {

namespace {

constexpr std::chrono::minutes limit{3};

void show(const std::vector<RunTrace>& runs) {
    if (runs.empty()) {
        fmt::print("no run left anything in this cluster\n");
        return;
    }
    for (const RunTrace& run : runs) {
        fmt::print("run {}: namespaces {}; {} pod(s) elsewhere\n", run.run_id,
                   fmt::join(run.namespaces, " "), run.objects);
    }
    fmt::print(
        "remove one with: assay cleanup --run ID    all, also running ones: assay cleanup --all\n");
}

bool is_wanted(const RunTrace& run, const Options& options) {
    return options.all || run.run_id == options.run_id;
}

}  // namespace

int cleanup(const Options& options) {
    const std::stop_token stop = stop_on_signal("interrupted; run the same command again");
    auto access = open_cluster(options);
    if (!access) {
        return complain(access.error());
    }
    const kube::Client client = access->client();
    const kube::Limit until = kube::Limit::of(limit, stop);
    const auto found = traces(client, until);
    if (!found) {
        return complain(found.error());
    }
    if (options.run_id.empty() && !options.all) {
        show(*found);
        return 0;
    }
    const auto discovery = kube::Discovery::of(client, until);
    const std::string dra =
        discovery ? discovery->served("resource.k8s.io", {"v1", "v1beta2", "v1beta1"}).value_or("")
                  : "";
    int left = 0;
    for (const RunTrace& run : *found) {
        if (!is_wanted(run, options)) {
            continue;
        }
        const auto leftovers = remove_run(client, run.run_id, dra, until);
        for (const Leftover& one : leftovers) {
            fmt::print("left: {} {}: {}\n", one.kind, one.name, one.why);
            ++left;
        }
        if (leftovers.empty()) {
            fmt::print("run {}: removed\n", run.run_id);
        }
    }
    if (!options.run_id.empty() && std::ranges::none_of(*found, [&](const RunTrace& run) {
            return run.run_id == options.run_id;
        })) {
        fmt::print("run {}: nothing of it is in this cluster\n", options.run_id);
    }
    return left == 0 ? 0 : 4;
}

}  // namespace assay::cli
