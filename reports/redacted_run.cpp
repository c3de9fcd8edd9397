// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/redacted_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "reports/files.h"
#include "reports/inventory.h"
#include "reports/statement.h"

namespace assay::reports {

namespace {

using nlohmann::json;

constexpr std::array public_registries{"docker.io",         "gcr.io",          "ghcr.io",
                                       "mcr.microsoft.com", "nvcr.io",         "public.ecr.aws",
                                       "quay.io",           "registry.k8s.io", "k8s.gcr.io"};

void collect_members(const json& tree, std::set<std::string>& members) {
    if (tree.is_object()) {
        for (const auto& [name, value] : tree.items()) {
            members.insert(name);
            collect_members(value, members);
        }
    } else if (tree.is_array()) {
        for (const json& value : tree) {
            collect_members(value, members);
        }
    }
}

// Of each "image": "REGISTRY/…" in a JSON text.
void collect_registries(std::string_view text, std::vector<std::string>& registries) {
    constexpr std::string_view mark = "\"image\":";
    for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
        at += mark.size();
        at = std::min(text.find('"', at), text.size());
        const std::size_t end = text.find('"', std::min(at + 1, text.size()));
        if (end == std::string_view::npos) {
            return;
        }
        std::string registry = registry_of(text.substr(at + 1, end - at - 1));
        if (std::ranges::find(public_registries, registry) == public_registries.end()) {
            registries.push_back(std::move(registry));
        }
        at = end;
    }
}

void collect_nodes(const Contents& folder, std::vector<std::string>& nodes) {
    const auto found = folder.find(inventory_file);
    const auto inventory = strict_json(inventory_file, found == folder.end() ? "" : found->second);
    if (!inventory || !inventory->is_object()) {
        return;  // verify_report has seen to it that it is there
    }
    for (const json& node : inventory->value("nodes", json::array())) {
        if (node.is_object()) {
            nodes.push_back(node.value("name", ""));
        }
    }
}

bool is_of_the_signature(std::string_view name) {
    return name == statement_file || name == bundle_file || name == envelope_file ||
           name == "SHA256SUMS" || name == "journal.jsonl";
}

}  // namespace

std::expected<Redaction, std::string> redaction_of(const MergedRun& run,
                                                   const std::vector<Contents>& folders) {
    Identities identities;
    std::set<std::string> reserved;
    for (const ReportedRun& one : run.runs) {
        identities.hosts.push_back(host_of(one.server));
        identities.names.push_back(one.context);
        identities.registries.push_back(registry_of(one.probe_image));
    }
    for (const Contents& folder : folders) {
        collect_nodes(folder, identities.nodes);
        for (const auto& [name, content] : folder) {
            collect_registries(content, identities.registries);
        }
        const auto report = folder.find("report.json");
        const auto tree = strict_json("report.json", report == folder.end() ? "" : report->second);
        if (tree) {
            collect_members(*tree, reserved);
        }
    }
    return Redaction::make(identities, reserved);
}

std::expected<Redaction, std::string> redaction_of(const RunResult& run, const Contents& files) {
    Identities identities;
    identities.hosts = {host_of(run.cluster.server)};
    identities.names = {run.cluster.context};
    identities.registries = {registry_of(run.probe_image)};
    for (const ClusterInventory::Node& node : run.inventory.nodes) {
        identities.nodes.push_back(node.name);
    }
    std::set<std::string> reserved;
    for (const auto& [name, content] : files) {
        collect_registries(content, identities.registries);
    }
    // Other files have names of the cluster as members, which are to be taken out as well.
    const auto report = files.find("report.json");
    const auto tree = strict_json("report.json", report == files.end() ? "" : report->second);
    if (tree) {
        collect_members(*tree, reserved);
    }
    return Redaction::make(identities, reserved);
}

std::string uid_in_public(const std::string& cluster_uid) {
    return cluster_uid.empty() ? "" : sha256_hex("cluster " + cluster_uid);
}

MergedRun redacted(MergedRun run, Redaction& redaction) {
    for (ReportedRun& one : run.runs) {
        for (std::string* text : {&one.context, &one.server, &one.probe_image, &one.cluster_uid}) {
            *text = redaction.text(*text);
        }
        for (std::string& word : one.command) {
            word = redaction.text(word);
        }
    }
    for (MergedRequirement& one : run.requirements) {
        one.requirement.reason = redaction.text(one.requirement.reason);
        for (ReportedAssertion& assertion : one.requirement.assertions) {
            for (std::string* text : {&assertion.reason, &assertion.target, &assertion.expected,
                                      &assertion.actual, &assertion.next_step}) {
                *text = redaction.text(*text);
            }
        }
    }
    return run;
}

Contents redacted(const Contents& folder, Redaction& redaction) {
    Contents result;
    for (const auto& [name, content] : folder) {
        if (!is_of_the_signature(name)) {
            result.emplace(redaction.text(name), redaction.text(content));
        }
    }
    return result;
}

}  // namespace assay::reports
