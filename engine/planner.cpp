// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/embedded.h"

namespace assay {

namespace {

std::int64_t ms(std::chrono::seconds duration) {
    return std::chrono::milliseconds(duration).count();
}

std::string place_of(const Right& right, const std::string& space) {
    if (right.reach == Reach::cluster) {
        return "cluster";
    }
    return space.empty() ? "every namespace" : fmt::format("namespace {}", space);
}

std::vector<PlannedRight> planned_rights(const RunPlan& run,
                                         const std::vector<const Check*>& checks, bool claims,
                                         const Preflight& preflight) {
    std::vector<PlannedRight> result;
    for (const Right* right : rights_for(checks, manner_of(run, claims))) {
        const bool denied = std::ranges::any_of(
            preflight.denied, [&](const Denied& one) { return same(*one.right, *right); });
        result.push_back({.verb = std::string(right->verb),
                          .resource = kubectl_name(*right),
                          .name = std::string(right->name),
                          .where = place_of(*right, run.namespace_name),
                          .why = std::string(right->why),
                          .allowed = !denied,
                          .required = right->without.empty(),
                          .unused_when = std::string(right->unused_when)});
    }
    return result;
}

// A check with a pod on every node asks each for what is free there: one, or any number up to what
// the largest node has.
int sizes_of_claims(const Check& check, const AcceleratorKind* kind) {
    const bool of_nodes = std::ranges::any_of(
        check.cost.objects, [](const PlannedObjects& one) { return one.count_per_node > 0; });
    int largest = 1;
    if (of_nodes && kind != nullptr) {
        for (const auto& [node, count] : kind->devices_by_node()) {
            largest = std::max(largest, count);
        }
    }
    return largest;
}

// Everything the check creates: its namespace and its fixture's templates are the engine's doing.
std::vector<PlannedObject> objects_of(const RunPlan& run, const Check& check,
                                      const Inventory& inventory, const AcceleratorKind* kind) {
    std::vector<PlannedObject> result;
    if (run.namespace_name.empty()) {
        result.push_back({.kind = "Namespace", .count = 1, .cluster_scoped = true});
    }
    const std::string file = fmt::format("fixtures/{}.yaml", check.id);
    const auto fixture = Fixture::parse(embedded_file(file).value_or(""), file);
    const bool claims = kind == nullptr || !kind->by_plugin();
    if (claims && fixture && !fixture->claim_templates().empty()) {
        result.push_back({.kind = "ResourceClaimTemplate",
                          .count = static_cast<int>(fixture->claim_templates().size()) *
                                   sizes_of_claims(check, kind),
                          .cluster_scoped = false});
    }
    const int nodes = kind == nullptr ? 0 : static_cast<int>(kind->devices_by_node().size());
    const int handlers = 1 + static_cast<int>(inventory.runtime_classes.size());
    for (const PlannedObjects& one : check.cost.objects) {
        result.push_back({.kind = std::string(one.kind),
                          .count = one.count +
                                   one.count_per_runtime_handler * (run.intrusive ? handlers : 1) +
                                   one.count_per_node * nodes,
                          .cluster_scoped = one.cluster_scoped});
    }
    return result;
}

// What a forged request is made of, in words.
std::string words_of(const Forge& forge) {
    std::vector<std::string> parts;
    std::ranges::transform(forge.env, std::back_inserter(parts), [](const auto& variable) {
        return fmt::format("sets {}={}", variable.first, variable.second);
    });
    std::ranges::transform(forge.annotations, std::back_inserter(parts), [](const auto& one) {
        return fmt::format("annotates the pod {}: {}", one.first, one.second);
    });
    std::ranges::transform(forge.host_paths, std::back_inserter(parts), [](const auto& one) {
        return fmt::format("mounts {} of the node at {}", one.first, one.second);
    });
    if (!forge.uuid_in.empty()) {
        parts.push_back(
            fmt::format("sets {} to the UUID of a device that another pod holds", forge.uuid_in));
    }
    if (!forge.image.empty()) {
        parts.push_back(fmt::format("runs the probe image '{}'", forge.image));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

PlannedAttempt attempt_of(const Assertion& assertion, const Adapter* adapter) {
    PlannedAttempt attempt{
        .id = std::string(assertion.id), .sentence = std::string(assertion.sentence), .does = {}};
    for (const Forge& forge : adapter == nullptr ? std::vector<Forge>{} : adapter->forge) {
        // A forge has the id of the assertion it serves, without its suffix.
        if (assertion.id.starts_with(forge.id + "_")) {
            attempt.does.push_back(words_of(forge));
        }
    }
    return attempt;
}

void add_attempts(const Check& check, const AcceleratorKind* kind, bool intrusive,
                  PlannedRequirement& into) {
    for (const Assertion* assertion : check.assertions) {
        if (assertion->forging && intrusive) {
            into.attempts.push_back(
                attempt_of(*assertion, kind == nullptr ? nullptr : kind->adapter));
        } else if (assertion->forging) {
            into.attempts_left_out.emplace_back(assertion->id);
        }
    }
}

PlannedRequirement planned(const RunPlan& run, const Requirement& requirement, const Check* check,
                           const Inventory& inventory, const AcceleratorKind* chosen,
                           const Preflight& preflight) {
    const AcceleratorKind* kind = check == nullptr ? chosen : kind_for(*check, inventory, chosen);
    PlannedRequirement result;
    result.id = requirement.id;
    result.category = requirement.category;
    result.level = requirement.level;
    result.kar = requirement.kar;
    if (auto why = reason_not_to_start(check, inventory, kind, run.components); !why.empty()) {
        result.missing.push_back(std::move(why));
    }
    if (const auto denied = preflight.unaskable.find(result.id);
        denied != preflight.unaskable.end()) {
        result.missing.push_back(denied->second);
    }
    if (check != nullptr && check->needs.change && !run.allowed.contains(*check->needs.change)) {
        result.missing.push_back(
            fmt::format("only with --allow {}", to_string(*check->needs.change)));
    }
    result.askable = result.missing.empty();
    if (check == nullptr) {
        return result;
    }
    result.title = check->title;
    result.accelerators = check->needs.accelerators;
    result.accelerators_on_node = check->needs.accelerators_on_node;
    result.nodes = check->cost.nodes;
    result.space =
        run.namespace_name.empty() ? check_namespace("RUN", check->id) : run.namespace_name;
    result.objects = objects_of(run, *check, inventory, kind);
    result.duration_ms = ms(check->cost.asking);
    result.cleanup_duration_ms = ms(check->cost.clearing);
    add_attempts(*check, kind, run.intrusive, result);
    return result;
}

std::vector<std::string> candidates(const Inventory& inventory, const AcceleratorKind* kind) {
    std::vector<std::string> names;
    for (const auto& [name, count] :
         kind == nullptr ? std::map<std::string, int>{} : kind->devices_by_node()) {
        const Node* node = inventory.node(name);
        if (node != nullptr && node->ready && !node->unschedulable) {
            names.push_back(name);
        }
    }
    return names;
}

// What a node is asked for; the autoscaler's pools are not read before a run.
std::string what_is_scaled(const RunPlan& run, const Check& check, const AcceleratorKind* kind) {
    std::string asked = run.scale_resource;
    if (asked.empty() && kind != nullptr && kind->by_plugin()) {
        asked = kind->resource;
    } else if (asked.empty()) {
        asked = fmt::format("what the autoscaler's pools have a limit of, else {}",
                            kind == nullptr ? "nothing: there is no accelerator yet" : kind->name);
    }
    return fmt::format(
        "{} lets the autoscaler add one node and waits until it is gone; it asks for {} "
        "(--scale-resource)",
        check.id, asked);
}

// One after the other, as they would run; the minutes begin anew.
void hold_to_budget(const RunPlan& run, Plan& plan) {
    std::optional<std::chrono::milliseconds> left;
    if (run.budget.minutes > 0) {
        left = std::chrono::minutes(run.budget.minutes);
    }
    for (PlannedRequirement& one : plan.requirements) {
        const auto check = checks_for(run.catalog, {one.id});
        if (!one.askable || check.empty()) {
            continue;
        }
        if (auto why = over_budget(run.budget, *check.front(), left); !why.empty()) {
            one.missing.push_back(std::move(why));
            one.askable = false;
        } else if (left) {
            *left -= planned_time(*check.front());
        }
    }
}

void add_objects(const std::vector<PlannedObject>& objects, std::vector<PlannedObject>& into) {
    for (const PlannedObject& one : objects) {
        const auto known = std::ranges::find_if(into, [&](const PlannedObject& other) {
            return other.kind == one.kind && other.cluster_scoped == one.cluster_scoped;
        });
        if (known == into.end()) {
            into.push_back(one);
        } else {
            known->count += one.count;
        }
    }
}

}  // namespace

Manner manner_of(const RunPlan& run, bool claims) {
    return {.given = !run.namespace_name.empty(),
            .claims = claims,
            .waits = run.wait_settled.count() > 0};
}

Plan make_plan(const RunPlan& run, const Inventory& inventory, const AcceleratorKind* kind,
               const Preflight& preflight) {
    Plan plan;
    plan.profile_id = run.profile.id;
    plan.intrusive = run.intrusive;
    plan.candidate_nodes = candidates(inventory, kind);
    plan.warnings = inventory.warnings;
    const auto selected = selected_requirements(run.profile, run.select, run.skip)
                              .value_or(std::vector<std::string>{});
    const auto checks = checks_for(run.catalog, selected);
    plan.cluster = facts_of(inventory, examined_kinds(checks, inventory, kind));
    std::ranges::move(asked_of_others(checks, inventory, kind), std::back_inserter(plan.warnings));
    plan.rights = planned_rights(run, checks, kind == nullptr || !kind->by_plugin(), preflight);
    for (const Requirement& requirement : run.profile.requirements) {
        if (std::ranges::find(selected, requirement.id) != selected.end()) {
            const auto check = checks_for(run.catalog, {requirement.id});
            plan.requirements.push_back(planned(run, requirement,
                                                check.empty() ? nullptr : check.front(), inventory,
                                                kind, preflight));
        }
    }
    for (const Check* check : checks) {
        if (check->needs.change == Change::scale_nodes &&
            run.allowed.contains(Change::scale_nodes)) {
            plan.warnings.push_back(what_is_scaled(run, *check, kind_for(*check, inventory, kind)));
        }
    }
    hold_to_budget(run, plan);
    return plan;
}

PlannedRequirement in_all(const Plan& plan) {
    PlannedRequirement all;
    for (const PlannedRequirement& one : plan.requirements) {
        if (!one.askable) {
            continue;
        }
        all.accelerators = std::max(all.accelerators, one.accelerators);
        all.accelerators_on_node = std::max(all.accelerators_on_node, one.accelerators_on_node);
        all.nodes = std::max(all.nodes, one.nodes);
        all.duration_ms += one.duration_ms;
        all.cleanup_duration_ms += one.cleanup_duration_ms;
        add_objects(one.objects, all.objects);
        all.attempts.insert(all.attempts.end(), one.attempts.begin(), one.attempts.end());
    }
    return all;
}

int exit_code_of(const Plan& plan) {
    return std::ranges::any_of(
               plan.rights,
               [](const PlannedRight& right) { return right.required && !right.allowed; })
               ? 4
               : 0;
}

}  // namespace assay
