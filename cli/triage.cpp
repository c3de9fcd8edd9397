// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/triage.h"

#include <fmt/format.h>

#include "cli/cluster.h"
#include "cli/program.h"
#include "cli/run_plan.h"
#include "cli/signals.h"
#include "cli/verbs.h"
#include "engine/adapter.h"
#include "engine/triage_collect.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;
constexpr std::chrono::seconds look_limit{60};

int refuse(const std::string& sentence) {
    tell(sentence);
    return usage_error;
}

}  // namespace

int triage(const Options& options) {
    triage::Scope scope{
        .pool_key = {}, .pool_value = {}, .node = options.node, .accelerator = options.accelerator};
    if (!options.pool.empty()) {
        const auto pool = pool_of(options.pool);
        if (!pool) {
            return refuse(pool.error());
        }
        scope.pool_key = pool->key;
        scope.pool_value = pool->value;
    }
    const auto adapters = load_adapters(options.adapters);
    if (!adapters) {
        return refuse(adapters.error());
    }
    const std::stop_token stop = stop_on_signal("interrupted; nothing was created");
    const auto access = open_cluster(options);
    if (!access) {
        return complain(access.error());
    }
    const auto seen = triage::look(access->client(), *adapters, kube::Limit::of(look_limit, stop));
    if (!seen) {
        return complain(seen.error());
    }
    const triage::Report report = triage::diagnose(*seen, *adapters, scope);
    fmt::print("{}", options.json ? reports::triage_json(report) : reports::triage_text(report));
    return report.exit_code;
}

}  // namespace assay::cli
