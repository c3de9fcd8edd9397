// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a scenario says of several pods at once, and of the accelerators that are free for them.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/pod_conditions.h"
#include "engine/scenario.h"
#include "engine/scenario_state.h"

namespace assay {

namespace {

using kube::Json;

Bindings bindings_of(const std::vector<Pod>& pods, const SeenPods& seen) {
    Bindings result;
    std::optional<std::chrono::steady_clock::time_point> first;
    for (const auto& [name, one] : seen) {
        if (one.bound_at && (!first || *one.bound_at < *first)) {
            first = one.bound_at;
        }
    }
    for (const Pod& pod : pods) {
        BoundPod bound{.name = pod.name(), .node = {}, .words = {}, .there = false};
        if (const auto found = seen.find(pod.name()); found != seen.end()) {
            const SeenPod& one = found->second;
            bound.node = one.node;
            bound.there = one.pod.has_value();
            bound.words = bound.there && bound.node.empty() ? refusal_of_scheduler(*one.pod) : "";
            if (one.bound_at) {
                bound.after =
                    std::chrono::duration_cast<std::chrono::milliseconds>(*one.bound_at - *first);
            }
        }
        result.pods.push_back(std::move(bound));
    }
    return result;
}

bool is_over(const Json& pod) {
    const std::string phase = kube::text(pod, {"status", "phase"});
    return phase == "Succeeded" || phase == "Failed";
}

int requested(const Json& pod, const std::string& resource) {
    int count = 0;
    for (const Json& container : kube::array(pod, {"spec", "containers"})) {
        count += std::atoi(kube::text(container, {"resources", "limits", resource}, "0").c_str());
    }
    return count;
}

void take(FreeAccelerators& free, const std::string& node, int count, std::string who) {
    if (const auto found = free.by_node.find(node); found != free.by_node.end() && count > 0) {
        found->second = std::max(0, found->second - count);
        std::vector<std::string>& held = free.held[node];
        if (std::ranges::find(held, who) == held.end()) {  // a claim may hold several
            held.push_back(std::move(who));
        }
    }
}

}  // namespace

Observed<Bindings> Scenario::bindings(const std::vector<Pod>& pods,
                                      const std::function<bool(const Bindings&)>& is_so,
                                      std::chrono::seconds at_most) const {
    std::set<std::string> names;
    for (const Pod& pod : pods) {
        names.insert(pod.name());
    }
    Observed<Bindings> result{
        .value = Bindings{},
        .provenance = state_->about(fmt::format("{} pods, {} and so on", pods.size(),
                                                pods.empty() ? "none" : pods.front().name())),
        .testimony = {}};
    for (const Pod& pod : pods) {
        if (const auto refused = state_->refused.find(pod.name());
            refused != state_->refused.end()) {
            result.value = std::unexpected(refused->second);
            return result;
        }
    }
    SeenPods last;
    const auto waited = state_->view().wait_for_all(
        names,
        [&](const SeenPods& seen) {
            last = seen;
            return is_so(bindings_of(pods, seen));
        },
        state_->within(at_most.count() > 0 ? at_most : state_->setting().observe));
    if (!waited && waited.error().kind != kube::Error::Kind::timeout) {
        result.value = std::unexpected(unanswered(waited.error()));
        return result;
    }
    if (!waited && state_->is_over()) {
        result.value = std::unexpected(watched_too_short);
        return result;
    }
    Json objects = Json::array();
    for (const auto& [name, one] : last) {
        if (one.pod) {
            objects.push_back(*one.pod);
        }
    }
    result.testimony = std::make_shared<Testimony>(
        Testimony{.pod = {},
                  .document = {},
                  .objects = objects.dump(-1, ' ', false, Json::error_handler_t::replace)});
    result.value = bindings_of(pods, last);
    return result;
}

Observed<FreeAccelerators> Scenario::free_accelerators() const {
    const ScenarioState::Setting& setting = state_->setting();
    Observed<FreeAccelerators> result{
        .value = FreeAccelerators{},
        .provenance = state_->about("accelerators of " + setting.kind->name),
        .testimony = {}};
    for (const auto& [name, count] : setting.kind->devices_by_node()) {
        const Node* node = setting.inventory->node(name);
        if (node != nullptr && node->ready && !node->unschedulable) {
            result.value->by_node[name] = count;
        }
    }
    const bool by_plugin = setting.kind->by_plugin();
    const auto listed = setting.client->list(by_plugin ? kube::pods : state_->claim_kind(), "", {},
                                             state_->within(setting.observe));
    if (!listed) {
        result.value = std::unexpected(unanswered(listed.error()));
        return result;
    }
    for (const Json& one : listed->items) {
        const std::string who = fmt::format("{} {}/{}", by_plugin ? "pod" : "claim",
                                            kube::namespace_of(one), kube::name_of(one));
        if (kube::text(one, {"metadata", "labels", "app.kubernetes.io/instance"}) == run_id() ||
            (by_plugin && is_over(one))) {
            continue;
        }
        if (by_plugin) {
            take(*result.value, kube::text(one, {"spec", "nodeName"}),
                 requested(one, setting.kind->resource), who);
            continue;
        }
        const ClaimState claim = claim_state_of(one);
        const std::string holder =
            claim.reserved_for.empty()
                ? who
                : fmt::format("{} of pod {}", who, fmt::join(claim.reserved_for, ", "));
        for (const AllocatedDevice& device : claim.devices) {
            for (const PublishedDevice& known : setting.kind->devices) {
                if (known.driver == device.driver && known.pool == device.pool &&
                    known.name == device.name) {
                    take(*result.value, known.node, 1, holder);
                }
            }
        }
    }
    return result;
}

void Scenario::end(const std::vector<Pod>& pods) {
    for (const Pod& pod : pods) {
        remove(pod);
    }
    for (const Pod& pod : pods) {
        await_gone(pod);
    }
}

}  // namespace assay
