// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <nlohmann/json.hpp>

#include "reports/escape.h"
#include "reports/plan.h"

namespace assay::reports {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* schema_version = "1.0.0";

Json strings(const std::vector<std::string>& all) {
    Json list = Json::array();
    for (const std::string& one : all) {
        list.push_back(printable(one));
    }
    return list;
}

Json objects_json(const PlannedRequirement& requirement) {
    Json list = Json::array();
    for (const PlannedObject& one : requirement.objects) {
        Json entry{{"kind", one.kind}, {"count", one.count}, {"clusterScoped", one.cluster_scoped}};
        if (!one.cluster_scoped && !requirement.space.empty()) {
            entry["namespace"] = printable(requirement.space);
        }
        list.push_back(std::move(entry));
    }
    return list;
}

Json attempts_json(const std::vector<PlannedAttempt>& attempts) {
    Json list = Json::array();
    for (const PlannedAttempt& one : attempts) {
        list.push_back({{"id", one.id}, {"sentence", one.sentence}, {"does", strings(one.does)}});
    }
    return list;
}

// What a requirement costs, and what all of them do.
void add_cost(const PlannedRequirement& one, Json& into) {
    into["accelerators"] = one.accelerators;
    into["acceleratorsOnOneNode"] = one.accelerators_on_node;
    into["nodes"] = one.nodes;
    into["duration_ms"] = one.duration_ms;
    into["cleanupDuration_ms"] = one.cleanup_duration_ms;
    into["objects"] = objects_json(one);
    into["forgingAttempts"] = attempts_json(one.attempts);
}

Json requirement_json(const PlannedRequirement& one) {
    Json json{{"id", one.id},
              {"category", one.category},
              {"level", to_string(one.level)},
              {"kar", one.kar},
              {"title", one.title},
              {"askable", one.askable},
              {"missing", strings(one.missing)}};
    add_cost(one, json);
    json["forgingAttemptsLeftOut"] = strings(one.attempts_left_out);
    return json;
}

Json right_json(const PlannedRight& one) {
    Json json{{"verb", one.verb},       {"resource", one.resource}, {"where", printable(one.where)},
              {"allowed", one.allowed}, {"required", one.required}, {"why", one.why}};
    if (!one.name.empty()) {
        json["name"] = one.name;
    }
    if (!one.unused_when.empty()) {
        json["unusedWhen"] = one.unused_when;
    }
    return json;
}

Json cluster_json(const Plan& plan) {
    Json json{{"context", printable(plan.cluster.context)},
              {"server", printable(plan.cluster.server)},
              {"version", printable(plan.cluster.version)},
              {"nodes", plan.cluster.nodes},
              {"accelerators", Json::array()},
              {"candidateNodes", strings(plan.candidate_nodes)}};
    for (const ClusterFacts::Pool& pool : plan.cluster.accelerators) {
        json["accelerators"].push_back({{"name", printable(pool.accelerator)},
                                        {"vendor", printable(pool.vendor)},
                                        {"allocation", pool.allocation},
                                        {"devices", pool.devices},
                                        {"nodes", strings(pool.nodes)},
                                        {"examined", pool.examined},
                                        {"simulated", pool.simulated}});
    }
    return json;
}

}  // namespace

std::string plan_json(const Plan& plan) {
    Json json{{"schemaVersion", schema_version},
              {"kind", "AIConformancePlan"},
              {"suite", {{"version", plan.tool_version}}},
              {"profile", {{"id", plan.profile_id}}},
              {"cluster", cluster_json(plan)},
              {"intrusive", plan.intrusive},
              {"exitCode", exit_code_of(plan)}};
    add_cost(in_all(plan), json["total"]);
    json["requirements"] = Json::array();
    for (const PlannedRequirement& one : plan.requirements) {
        json["requirements"].push_back(requirement_json(one));
    }
    json["images"] = Json::array();
    for (const PlannedImage& one : plan.images) {
        json["images"].push_back({{"variant", one.variant},
                                  {"reference", printable(one.reference)},
                                  {"digest", printable(one.digest)}});
    }
    json["rights"] = Json::array();
    for (const PlannedRight& one : plan.rights) {
        json["rights"].push_back(right_json(one));
    }
    json["warnings"] = strings(plan.warnings);
    return json.dump(2) + "\n";
}

}  // namespace assay::reports
