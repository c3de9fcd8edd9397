// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <thread>

#include "engine/embedded.h"
#include "engine/run_id.h"
#include "engine/scenario_state.h"
#include "engine/sweep.h"
#include "kube/watch.h"

namespace assay {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds clear_limit{60};

const kube::Resource service_accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};

std::int64_t ms_between(steady_clock::time_point from, steady_clock::time_point to) {
    return std::chrono::duration_cast<milliseconds>(to - from).count();
}

bool matches_any(const std::string& id, const std::vector<std::string>& patterns) {
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        return fnmatch(pattern.c_str(), id.c_str(), 0) == 0;
    });
}

// "secure_accelerator_access" -> "secure-accelerator-access"
std::string dns_label(std::string_view id) {
    std::string label(id);
    std::ranges::replace(label, '_', '-');
    return label;
}

// Every taint of the nodes that have the accelerator, so that the pods can land there.
std::vector<Toleration> tolerations_for(const AcceleratorKind& kind, const Inventory& inventory) {
    std::vector<Toleration> result;
    for (const auto& [name, count] : kind.devices_by_node()) {
        const Node* node = inventory.node(name);
        if (node == nullptr) {
            continue;
        }
        for (const Toleration& taint : node->taints) {
            const bool known = std::ranges::any_of(result, [&](const Toleration& one) {
                return one.key == taint.key && one.value == taint.value &&
                       one.effect == taint.effect;
            });
            // A node that is not ready is not made usable by tolerating it.
            if (!known && !taint.key.starts_with("node.kubernetes.io/")) {
                result.push_back(taint);
            }
        }
    }
    return result;
}

// The default account is what every pod of the namespace runs as; until it is there none can be
// created.
kube::Result<void> wait_for_account(const kube::Client& client, const std::string& space,
                                    const kube::Limit& limit) {
    const auto there = [](const kube::Snapshot& accounts) {
        return accounts.contains("default")
                   ? kube::Verdict::met()
                   : kube::Verdict::waiting("service account default is not there yet");
    };
    const auto waited = kube::wait_until(client, service_accounts, space, {}, there, limit);
    return waited ? kube::Result<void>{} : std::unexpected(waited.error());
}

void fold_into(RequirementResult& result, bool strict) {
    std::vector<Outcome> counted;
    std::vector<Outcome> beyond;
    for (const AssertionResult& one : result.assertions) {
        const bool counts = one.basis == Basis::required || strict;
        (counts ? counted : beyond).push_back(one.outcome);
    }
    result.outcome = fold(counted);
    if (!beyond.empty()) {
        result.beyond_outcome = fold(beyond);
    }
}

bool is_simulated(const RequirementResult& result) {
    return std::ranges::any_of(result.assertions, [](const AssertionResult& assertion) {
        return std::ranges::any_of(assertion.findings, &Finding::simulated);
    });
}

// Requirements the profile does not excuse cannot be not_applicable as a whole.
void hold_to_profile(const Requirement& requirement, RequirementResult& result) {
    if (result.outcome == Outcome::not_applicable && !requirement.may_be_not_applicable) {
        result.outcome = Outcome::inconclusive;
        result.reason = "nothing of it could be asked here, and the profile does not excuse it";
    }
}

}  // namespace

struct Runner::Ground {
    std::string name;
    std::string uid;
    bool own = true;
};

std::expected<std::vector<std::string>, std::string> selected_requirements(
    const Profile& profile, const std::vector<std::string>& select,
    const std::vector<std::string>& skip) {
    std::vector<std::string> all;
    std::ranges::transform(profile.requirements, std::back_inserter(all), &Requirement::id);
    for (const auto* patterns : {&select, &skip}) {
        for (const std::string& pattern : *patterns) {
            const bool known = std::ranges::any_of(
                all, [&](const std::string& id) { return matches_any(id, {pattern}); });
            if (!known) {
                return std::unexpected(fmt::format("no requirement '{}' in profile {}; it has {}",
                                                   pattern, profile.id, fmt::join(all, ", ")));
            }
        }
    }
    std::erase_if(all, [&](const std::string& id) {
        return (!select.empty() && !matches_any(id, select)) || matches_any(id, skip);
    });
    return all;
}

std::expected<const AcceleratorKind*, std::string> chosen_kind(const Inventory& inventory,
                                                               const std::string& name) {
    std::vector<std::string> names;
    const AcceleratorKind* only = nullptr;
    for (const AcceleratorKind& kind : inventory.kinds) {
        if (!kind.only_by_name) {
            names.push_back(kind.name);
            only = &kind;
        }
    }
    if (name.empty()) {
        if (names.size() > 1) {
            return std::unexpected(fmt::format(
                "this cluster has several kinds of accelerator and a run examines one: choose with "
                "--accelerator {}",
                fmt::join(names, " or --accelerator ")));
        }
        return only;
    }
    for (const AcceleratorKind& kind : inventory.kinds) {
        const bool by_adapter = kind.adapter != nullptr && kind.adapter->name == name;
        if (kind.name == name || kind.driver == name || by_adapter) {
            return &kind;
        }
    }
    return std::unexpected(
        fmt::format("no accelerator '{}' in this cluster; it has {}", name,
                    names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

std::string check_namespace(std::string_view run_id, std::string_view check) {
    return fmt::format("assay-{}-{}", run_id, dns_label(check));
}

std::string reason_not_to_start(const Check* check, const Inventory& inventory,
                                const AcceleratorKind* kind) {
    if (check == nullptr) {
        return "no check in this version of assay";
    }
    if (check->needs.accelerators == 0) {
        return {};
    }
    if (kind == nullptr) {
        return fmt::format("no accelerator found; looked for {}",
                           fmt::join(inventory.looked_for, ", "));
    }
    if (!kind->by_plugin() && kind->device_class.empty()) {
        return fmt::format("no DeviceClass selects devices of driver {}, so nobody can request one",
                           kind->driver);
    }
    return {};
}

std::expected<Runner::Ground, std::string> Runner::make_ground(const RunPlan& plan,
                                                               const Check& check,
                                                               const std::string& run_id,
                                                               const kube::Limit& limit) const {
    if (!plan.namespace_name.empty()) {
        const auto space = client_->get(kube::namespaces, "", plan.namespace_name, limit);
        if (!space) {
            return std::unexpected(
                fmt::format("namespace {}: {}", plan.namespace_name, space.error().message));
        }
        return Ground{plan.namespace_name, kube::uid_of(*space), false};
    }
    const std::string name = check_namespace(run_id, check.id);
    kube::Json object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
    for (const auto& [key, value] : run_labels(run_id, std::string(check.id))) {
        object["metadata"]["labels"][key] = value;
    }
    const auto created = client_->create(kube::namespaces, "", object, limit);
    if (!created) {
        return std::unexpected(
            fmt::format("namespace {} could not be created: {} (without the right "
                        "to create namespaces give an existing one with --namespace)",
                        name, created.error().message));
    }
    return Ground{name, kube::uid_of(*created), true};
}

std::vector<Leftover> Runner::clear(const Ground& ground, const std::string& run_id) const {
    const kube::Limit limit = kube::Limit::of(clear_limit);
    return ground.own
               ? remove_namespace(*client_, ground.name, ground.uid, limit)
               : remove_objects(*client_, ground.name, run_id, inventory_->dra_version, limit);
}

void Runner::ask(const RunPlan& plan, const Check& check, const Ground& ground,
                 const std::string& run_id, const kube::Limit& limit,
                 RequirementResult& result) const {
    const std::string file = fmt::format("fixtures/{}.yaml", check.id);
    auto fixture = Fixture::parse(embedded_file(file).value_or(""), file);
    if (!fixture) {
        throw std::logic_error(fixture.error());
    }
    ScenarioState state({.check = &check,
                         .client = client_,
                         .inventory = inventory_,
                         .kind = kind_,
                         .fixture = std::move(*fixture),
                         .placement = {.run_id = run_id,
                                       .requirement = std::string(check.id),
                                       .namespace_name = ground.name,
                                       .device_class = kind_->device_class,
                                       .resource = kind_->resource,
                                       .dra_version = inventory_->dra_version,
                                       .images = plan.images,
                                       .pull_secrets = plan.pull_secrets,
                                       .tolerations = tolerations_for(*kind_, *inventory_)},
                         .limit = limit,
                         .observe = seconds(plan.profile.observe_s),
                         .intrusive = plan.intrusive,
                         .progress = [&](const std::string& what) {
                             observer_->progressed(std::string(check.id), what);
                         }});
    std::string ended;
    if (const auto account = wait_for_account(*client_, ground.name, limit); !account) {
        ended = "service account default did not appear: " + account.error().message;
    } else if (const auto made = state.create_claim_templates(state.setting().placement); !made) {
        ended = "a ResourceClaimTemplate could not be created: " + made.error().message;
    } else {
        Scenario scenario(state);
        try {
            check.run(scenario);
        } catch (const CheckEnded& end) {
            ended = end.why;
        } catch (const std::exception& error) {
            ended = fmt::format("internal error in the check: {}", error.what());
        }
    }
    if (limit.stop.stop_requested()) {
        ended = "the run was interrupted";
    } else if (steady_clock::now() >= limit.deadline) {
        ended = "the check's time was up";
    }
    result.assertions = state.ledger().close(ended);
    result.evidence = state.ledger().take_evidence();
}

void Runner::examine(const RunPlan& plan, const Check& check, const std::string& run_id,
                     const std::stop_token& stop, RequirementResult& result,
                     std::vector<Leftover>& leftovers) const {
    const auto began = steady_clock::now();
    const seconds timeout = plan.timeout.count() > 0 ? plan.timeout : check.timeout;
    const kube::Limit limit = kube::Limit::of(timeout, stop);
    const auto ground = make_ground(plan, check, run_id, limit);
    if (!ground) {
        Ledger ledger(std::string(check.id), check.assertions, nullptr);
        result.assertions = ledger.close(ground.error());
        result.reason = ground.error();
        return;
    }
    std::jthread([&] { ask(plan, check, *ground, run_id, limit, result); }).join();
    const auto asked = steady_clock::now();
    result.duration_ms = ms_between(began, asked);
    if (plan.keep) {
        return;
    }
    observer_->progressed(std::string(check.id),
                          fmt::format("cleaning up namespace {}", ground->name));
    const auto left = clear(*ground, run_id);
    leftovers.insert(leftovers.end(), left.begin(), left.end());
    result.cleanup_duration_ms = ms_between(asked, steady_clock::now());
}

RequirementResult Runner::settle(const RunPlan& plan, const Requirement& requirement,
                                 const std::string& run_id, const std::stop_token& stop,
                                 std::vector<Leftover>& leftovers) const {
    RequirementResult result;
    result.id = requirement.id;
    result.category = requirement.category;
    result.level = requirement.level;
    result.kar = requirement.kar;
    result.started_at = now_rfc3339();
    const auto found =
        std::ranges::find(plan.catalog, std::string_view(requirement.id), &Check::id);
    const Check* check = found == plan.catalog.end() ? nullptr : *found;
    result.title = check == nullptr ? "" : std::string(check->title);
    observer_->check_started(requirement.id);
    result.reason = stop.stop_requested() ? "the run was interrupted"
                                          : reason_not_to_start(check, *inventory_, kind_);
    if (const auto denied = plan.unaskable.find(result.id);
        result.reason.empty() && denied != plan.unaskable.end()) {
        result.reason = denied->second;
    }
    if (result.reason.empty()) {
        examine(plan, *check, run_id, stop, result, leftovers);
    } else if (check != nullptr) {
        Ledger ledger(std::string(check->id), check->assertions, nullptr);
        result.assertions = ledger.close(result.reason);
    }
    if (!result.assertions.empty()) {
        fold_into(result, plan.profile.strict);
    }
    hold_to_profile(requirement, result);
    observer_->check_settled(result);
    return result;
}

RunResult Runner::run(const RunPlan& plan, const std::string& run_id, std::stop_token stop) const {
    RunResult run;
    const auto began = steady_clock::now();
    run.run_id = run_id;
    run.started_at = now_rfc3339();
    run.profile_id = plan.profile.id;
    run.profile_kubernetes = plan.profile.kubernetes;
    run.profile_sha256 = plan.profile.sha256;
    run.profile_yaml = plan.profile.yaml;
    run.strict = plan.profile.strict;
    run.gate = plan.profile.gate;
    run.selected = plan.select;
    run.skipped = plan.skip;
    run.cluster = facts_of(*inventory_, kind_);
    run.warnings = inventory_->warnings;
    const auto selected = selected_requirements(plan.profile, plan.select, plan.skip)
                              .value_or(std::vector<std::string>{});
    for (const Requirement& requirement : plan.profile.requirements) {
        if (std::ranges::find(selected, requirement.id) == selected.end()) {
            RequirementResult left_out;
            left_out.id = requirement.id;
            left_out.category = requirement.category;
            left_out.level = requirement.level;
            left_out.kar = requirement.kar;
            left_out.selected = false;
            left_out.counted = false;
            left_out.reason = "not selected";
            run.requirements.push_back(std::move(left_out));
            continue;
        }
        RequirementResult result = settle(plan, requirement, run_id, stop, run.leftovers);
        result.counted =
            std::ranges::find(plan.profile.gate, requirement.level) != plan.profile.gate.end();
        run.simulated = run.simulated || is_simulated(result);
        run.requirements.push_back(std::move(result));
    }
    run.interrupted = stop.stop_requested();
    run.finished_at = now_rfc3339();
    run.duration_ms = ms_between(began, steady_clock::now());
    run.exit_code = exit_code_of(run);
    return run;
}

}  // namespace assay
