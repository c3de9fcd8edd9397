// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/creator.h"
#include "engine/embedded.h"
#include "engine/ground.h"
#include "engine/one_at_a_time.h"
#include "engine/run_id.h"
#include "engine/run_record.h"
#include "engine/scenario_state.h"
#include "engine/sweep.h"

namespace assay {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds clear_limit{60};
constexpr std::size_t checks_beside = 3;  // that need no accelerator, at a time
// By how much the clocks of the cluster and of whoever cleans up may differ.
constexpr seconds clock_margin{300};

std::int64_t ms_between(steady_clock::time_point from, steady_clock::time_point to) {
    return std::chrono::duration_cast<milliseconds>(to - from).count();
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

Judgement api_not_served() {
    Judgement judgement;
    judgement.held = false;
    judgement.expected = "a served version";
    judgement.actual = "the API server lists no such group";
    judgement.provenance.target = "API group resource.k8s.io";
    return judgement;
}

// Why nothing is asked of a cluster that was waited for; "" if it settled or was not waited for.
std::string not_settled(const RunPlan& plan) {
    if (!plan.settling || plan.settling->settled) {
        return {};
    }
    return fmt::format("the cluster did not settle within {} s: {}", plan.settling->limit_ms / 1000,
                       plan.settling->describe());
}

Fixture fixture_of(const Check& check) {
    const std::string file = fmt::format("fixtures/{}.yaml", check.id);
    auto fixture = Fixture::parse(embedded_file(file).value_or(""), file);
    if (!fixture) {
        throw std::logic_error(fixture.error());
    }
    return std::move(*fixture);
}

// What the kind and the plan say of every pod of a check.
Placement placement_for(const RunPlan& plan, const AcceleratorKind& kind,
                        const Inventory& inventory) {
    return {.run_id = {},
            .requirement = {},
            .namespace_name = {},
            .device_class = kind.device_class,
            .resource = kind.resource,
            .dra_version = inventory.dra_version,
            .images = plan.images,
            .pull_secrets = plan.pull_secrets,
            .device_variables =
                kind.adapter == nullptr ? std::string() : kind.adapter->device_variables,
            .tolerations = tolerations_for(kind, inventory),
            .pool = plan.pool,
            .architectures = plan.architectures};
}

}  // namespace

struct Runner::Session {
    const RunPlan& plan;
    std::string run_id;
    std::stop_token stop;
    RunObserver* observer;
};

void Runner::ask(const Session& session, const Check& check, const Ground& ground, Creator& creator,
                 const kube::Limit& limit, RequirementResult& result) const {
    const RunPlan& plan = session.plan;
    static const AcceleratorKind none;
    const AcceleratorKind* chosen = kind_for(check, *inventory_, kind_);
    const AcceleratorKind* kind = chosen == nullptr ? &none : chosen;
    Fixture fixture = fixture_of(check);
    Placement placement = placement_for(plan, *kind, *inventory_);
    placement.object_names = fixture.object_names();
    placement.run_id = session.run_id;
    placement.requirement = check.id;
    placement.namespace_name = ground.name();
    ScenarioState state({.check = &check,
                         .client = client_,
                         .creator = &creator,
                         .inventory = inventory_,
                         .kind = kind,
                         .fixture = std::move(fixture),
                         .placement = std::move(placement),
                         .limit = limit,
                         .observe = seconds(plan.profile.observe_s),
                         .intrusive = plan.intrusive,
                         .allowed = plan.allowed,
                         .scale_resource = plan.scale_resource,
                         .components = &plan.components,
                         .most_accelerators = plan.budget.accelerators,
                         .given = !plan.namespace_name.empty(),
                         .metric = plan.metric,
                         .floors = &plan.profile.floors,
                         .progress =
                             [&](const std::string& what) {
                                 session.observer->progressed(std::string(check.id), what);
                             },
                         .notice =
                             [&](const std::string& what) {
                                 session.observer->noticed(std::string(check.id), what);
                             }});
    std::string ended;
    if (const auto account = ground.wait_for_account(limit); !account) {
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
        ended = why_time_was_up(plan.budget, check, limit.deadline);
    }
    result.assertions = state.ledger().close(ended);
    result.evidence = state.ledger().take_evidence();
    result.accelerators = std::move(state.table);
}

// What an earlier process of this run made for a check that it did not settle.
std::expected<void, std::string> Runner::sweep_remains(const Session& session, const Check& check,
                                                       const kube::Limit& limit) const {
    if (session.plan.resumed == nullptr) {
        return {};
    }
    std::vector<JournalObject> made;
    std::ranges::copy_if(
        session.plan.resumed->objects, std::back_inserter(made),
        [&](const JournalObject& object) { return object.requirement == check.id; });
    const auto there = still_there(*client_, made, session.run_id, limit);
    if (!there) {
        return std::unexpected(
            fmt::format("what the run left before could not be found: {}", there.error().message));
    }
    const auto left = remove_all(*client_, *there, {}, limit);
    return left.empty() ? std::expected<void, std::string>{}
                        : std::unexpected(fmt::format(
                              "what the run left before could not be removed: {} {}: {}",
                              left.front().kind, left.front().name, left.front().why));
}

void Runner::examine(const Session& session, const Check& check, SettledCheck& settled) const {
    const auto began = steady_clock::now();
    const RunPlan& plan = session.plan;
    const std::string id(check.id);
    const seconds timeout = plan.timeout.count() > 0 ? plan.timeout : check.timeout;
    const kube::Limit limit{asking_ends(plan.budget, check, timeout), session.stop};
    RequirementResult& result = settled.result;
    Creator creator({.client = client_,
                     .journal = plan.journal,
                     .requirement = id,
                     .lifetime = plan.keep ? seconds(0) : timeout + clear_limit + clock_margin});
    const auto swept = sweep_remains(session, check, limit);
    const auto ground = swept ? Ground::make({.client = client_,
                                              .creator = &creator,
                                              .run_id = session.run_id,
                                              .check = id,
                                              .given = plan.namespace_name,
                                              .admin_access = check.needs.admin_access},
                                             limit)
                              : std::unexpected(swept.error());
    if (!ground) {
        Ledger ledger(id, check.assertions, nullptr);
        result.assertions = ledger.close(ground.error());
        result.reason = ground.error();
        return;
    }
    std::jthread([&] { ask(session, check, *ground, creator, limit, result); }).join();
    const auto asked = steady_clock::now();
    result.duration_ms = ms_between(began, asked);
    if (plan.keep) {
        return;
    }
    session.observer->progressed(id, fmt::format("cleaning up namespace {}", ground->name()));
    settled.leftovers = ground->clear(kube::Limit::of(clear_limit));
    result.cleanup_duration_ms = ms_between(asked, steady_clock::now());
}

std::string Runner::reason_not_to_ask(const Session& session, const std::string& id,
                                      const Check* check) const {
    const RunPlan& plan = session.plan;
    if (session.stop.stop_requested()) {
        return "the run was interrupted";
    }
    // What a cluster lacks that has not settled may only be late.
    if (auto why = not_settled(plan); !why.empty()) {
        return why;
    }
    const AcceleratorKind* kind = check == nullptr ? kind_ : kind_for(*check, *inventory_, kind_);
    if (auto why = reason_not_to_start(check, *inventory_, kind, plan.components); !why.empty()) {
        return why;
    }
    if (const auto denied = plan.unaskable.find(id); denied != plan.unaskable.end()) {
        return denied->second;
    }
    if (check->needs.accelerators > 0) {
        const ArchitectureGap gap = architecture_gap(*inventory_, *kind, plan.architectures);
        if (gap.none_left) {
            return gap.words;
        }
    }
    return over_budget(plan.budget, *check, time_left(plan.budget));
}

SettledCheck Runner::settle(const Session& session, const Requirement& requirement) const {
    const RunPlan& plan = session.plan;
    SettledCheck settled{described(requirement), {}};
    RequirementResult& result = settled.result;
    result.started_at = now_rfc3339();
    const auto found =
        std::ranges::find(plan.catalog, std::string_view(requirement.id), &Check::id);
    const Check* check = found == plan.catalog.end() ? nullptr : *found;
    result.title = check == nullptr ? "" : std::string(check->title);
    result.reason = reason_not_to_ask(session, result.id, check);
    if (result.reason.empty()) {
        examine(session, *check, settled);
    } else if (check != nullptr) {
        Ledger ledger(std::string(check->id), check->assertions, nullptr);
        if (check->api_served != nullptr && kind_ == nullptr && inventory_->dra_version.empty() &&
            not_settled(plan).empty()) {
            ledger.record(*check->api_served, api_not_served());
        }
        result.assertions = ledger.close(result.reason);
    }
    if (!result.assertions.empty()) {
        fold_into(result, plan.profile.strict);
    }
    hold_to_profile(requirement, result);
    result.counted =
        std::ranges::find(plan.profile.gate, requirement.level) != plan.profile.gate.end();
    return settled;
}

SettledCheck Runner::kept_or_settled(const Session& session, const Requirement& requirement) const {
    Journal* journal = session.plan.journal;
    if (const JournalContents* resumed = session.plan.resumed) {
        if (const auto kept = resumed->settled.find(requirement.id);
            kept != resumed->settled.end()) {
            session.observer->check_settled(kept->second.result);
            return kept->second;
        }
    }
    session.observer->check_started(requirement.id);
    if (journal != nullptr) {
        journal->check_started(requirement.id);
    }
    SettledCheck settled = settle(session, requirement);
    // What was interrupted is asked anew when the run is resumed.
    if (journal != nullptr && !session.stop.stop_requested()) {
        journal->check_settled(settled.result, settled.leftovers);
    }
    session.observer->check_settled(settled.result);
    return settled;
}

// A few threads take what needs none of the pool; the accelerators are one thread's. What the
// others would feel comes last: while an operator's webhook is down no pod may start.
std::vector<SettledCheck> Runner::settle_all(const Session& session,
                                             const std::vector<const Requirement*>& asked) const {
    std::vector<SettledCheck> settled(asked.size());
    std::vector<std::size_t> pooled, apart, last;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto checks = checks_for(session.plan.catalog, {asked[i]->id});
        const bool needs_pool = checks.empty() || checks.front()->needs.accelerators > 0;
        (disturb(checks, session.plan.allowed) ? last : needs_pool ? pooled : apart).push_back(i);
    }
    const auto work_off = [&](const std::vector<std::size_t>& lane,
                              std::atomic<std::size_t>& next) {
        for (std::size_t i = next++; i < lane.size(); i = next++) {
            settled[lane[i]] = kept_or_settled(session, *asked[lane[i]]);
        }
    };
    std::atomic<std::size_t> next_pooled{0}, next_apart{0}, next_last{0};
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(checks_beside, apart.size()); ++i) {
        threads.emplace_back([&] { work_off(apart, next_apart); });
    }
    work_off(pooled, next_pooled);
    threads.clear();
    work_off(last, next_last);
    return settled;
}

RunResult Runner::run(const RunPlan& plan, const std::string& run_id,
                      const std::stop_token& stop) const {
    RunResult run = begun(plan, run_id);
    const auto began = steady_clock::now();
    const auto selected = selected_requirements(plan.profile, plan.select, plan.skip)
                              .value_or(std::vector<std::string>{});
    const auto checks = checks_for(plan.catalog, selected);
    const auto examined = examined_kinds(checks, *inventory_, kind_);
    run.cluster = facts_of(*inventory_, examined);
    run.inventory = installed_in(*inventory_, examined);
    run.warnings = inventory_->warnings;
    if (kind_ != nullptr) {
        const ArchitectureGap gap = architecture_gap(*inventory_, *kind_, plan.architectures);
        if (!gap.words.empty()) {
            run.warnings.push_back(gap.words);
        }
    }
    std::ranges::move(asked_of_others(checks, *inventory_, kind_),
                      std::back_inserter(run.warnings));
    std::vector<const Requirement*> asked;
    for (const Requirement& requirement : plan.profile.requirements) {
        if (std::ranges::find(selected, requirement.id) != selected.end()) {
            asked.push_back(&requirement);
        }
    }
    OneAtATime observer(*observer_);
    std::vector<SettledCheck> settled = settle_all({plan, run_id, stop, &observer}, asked);
    auto next = settled.begin();
    for (const Requirement& requirement : plan.profile.requirements) {
        if (std::ranges::find(asked, &requirement) == asked.end()) {
            run.requirements.push_back(left_out(requirement));
            continue;
        }
        run.simulated = run.simulated || is_simulated(next->result);
        run.leftovers.insert(run.leftovers.end(), next->leftovers.begin(), next->leftovers.end());
        run.requirements.push_back(std::move(next->result));
        ++next;
    }
    run.interrupted = stop.stop_requested();
    run.finished_at = now_rfc3339();
    run.duration_ms += ms_between(began, steady_clock::now());
    run.exit_code = exit_code_of(run);
    return run;
}

}  // namespace assay
