// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/first_look.h"

#include <fmt/format.h>

#include "engine/preflight.h"
#include "engine/triage_collect.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr std::chrono::seconds look_limit{10};
constexpr std::size_t cause_bytes = 600;  // a log line may be long

std::string sentence_of(const triage::NodeReport& node) {
    const triage::Finding& first = node.findings.front();
    return fmt::format("node {}, {}: {}; next: {}", reports::printable_line(node.name),
                       to_string(first.link), reports::printable_line(first.cause, cause_bytes),
                       reports::printable_line(first.next));
}

}  // namespace

FirstLook look_first(const ClusterAccess& access, const std::vector<Adapter>& adapters,
                     const AcceleratorKind* kind, const std::stop_token& stop) {
    const kube::Client client = access.client();
    const kube::Limit limit = kube::Limit::of(look_limit, stop);
    std::vector<const Right*> rights;
    for (const Right& right : triage::triage_rights()) {
        rights.push_back(&right);
    }
    const auto denied = denied_rights(client, rights, "", limit);
    if (!denied) {
        return {.broken = {}, .why_not = reports::printable_line(denied.error().message)};
    }
    if (!denied->empty()) {
        return {.broken = {},
                .why_not = fmt::format("{}; 'assay rbac --triage' prints what it needs",
                                       cannot(*denied->front().right, ""))};
    }
    const auto seen = triage::look(client, adapters, limit);
    if (!seen) {
        return {.broken = {}, .why_not = reports::printable_line(seen.error().message)};
    }
    triage::Scope scope;
    if (kind != nullptr) {
        scope.accelerator = kind->by_plugin() ? kind->resource : kind->driver;
    }
    FirstLook result;
    for (const triage::NodeReport& node : diagnose(*seen, adapters, scope).nodes) {
        if (!node.findings.empty()) {
            result.broken.push_back(sentence_of(node));
        }
    }
    return result;
}

}  // namespace assay::cli
