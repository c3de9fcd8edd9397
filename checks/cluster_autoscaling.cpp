// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "checks/catalog.h"
#include "checks/cluster_autoscaling_answers.h"
#include "checks/cluster_autoscaling_nodes.h"
#include "checks/cluster_autoscaling_rights.h"
#include "engine/scenario.h"

// schedulingOrchestration / cluster_autoscaling
//
//   Our words: a pod that waits for an accelerator brings a node that has one, and the node goes
//   when nothing uses it any more. A node costs money, so it is asked only with --allow
//   scale-nodes.
//
// One pod at a time asks, kept off the nodes that have the accelerator already: at most one node
// more than there were. No autoscaler takes a pod that names the nodes it is not for (Karpenter: no
// hostname, no matchFields), so a pod that wants nothing stands on each of them, and the one that
// asks will not be beside it. What came is waited for until it is gone, however the rest ended. The
// impossible request comes last, when nothing is left over that it could be taken for.

namespace assay {
namespace {

using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr std::string_view nobody_has = "assay.invalid/accelerator";
constexpr seconds until_running{120};  // on a node that is new an image is pulled

constexpr Assertion pending_pod_brings_node{
    .id = "pending_pod_brings_node",
    .kind = Kind::control,
    .sentence = "a pod that waits for an accelerator brings a new node, which becomes Ready",
    .next_step =
        "read what the autoscaler says of the pod: its pool's limit, the cloud's quota, or a pool "
        "that has no such accelerator (--scale-resource names another)"};
constexpr Assertion node_has_the_accelerator{
    .id = "node_has_the_accelerator",
    .sentence = "the new node offers at least one accelerator of the kind asked for",
    .next_step =
        "look for the driver's pods on the new node: do their DaemonSets tolerate its "
        "taints, and how long does the driver take to install?"};
constexpr Assertion pod_runs_on_new_node{
    .id = "pod_runs_on_new_node",
    .sentence = "the pod that waited is bound to the new node and runs there",
    .next_step =
        "read the pod's events: a taint that is never removed keeps it off, or its image "
        "cannot be pulled there"};
constexpr Assertion idle_node_goes{
    .id = "idle_node_goes",
    .sentence = "once nothing uses the new node it is removed, and its pool is as large as before",
    .next_step =
        "remove the node that is named, which costs money until then, and see what keeps "
        "it: the pool's consolidation, a disruption budget, a pod that is not to be moved"};
constexpr Assertion impossible_request_brings_no_node{
    .id = "impossible_request_brings_no_node",
    .kind = Kind::negative,
    .control = &pending_pod_brings_node,
    .sentence = "a pod that asks for an accelerator that nobody has brings no node",
    .next_step =
        "look at what the autoscaler believes its nodes to have: instance types, or the "
        "capacity that is annotated on a node group"};

constexpr auto table =
    assertions({&pending_pod_brings_node, &node_has_the_accelerator, &pod_runs_on_new_node,
                &idle_node_goes, &impossible_request_brings_no_node});

double since(Clock::time_point began) {
    return std::chrono::duration<double>(Clock::now() - began).count();
}

class Scaling {
public:
    Scaling(Scenario& s, AutoscalerAdapter adapter, ScaleRequest request)
        : s_(&s), adapter_(std::move(adapter)), request_(std::move(request)) {}

    void ask();

private:
    Observed<Arrival> arrival(const KnownNodes& known, const Pod& pod) const;
    void ask_of_node(const ObjectState& node, const Pod& pod);
    Offered offered(const ObjectState& node) const;
    Observed<PodOnNode> running(const Pod& pod, const std::string& node) const;
    bool ask_idle(const KnownNodes& known, const ObjectState& node);
    void ask_impossible(double there_s);

    Scenario* s_;
    AutoscalerAdapter adapter_;
    ScaleRequest request_;
    Clock::time_point asked_ = Clock::now();
};

Observed<Arrival> Scaling::arrival(const KnownNodes& known, const Pod& pod) const {
    std::map<std::string, std::pair<double, double>> times;  // by node: there, Ready
    const auto any_takes_pods = [&](const ObjectList& list) {
        bool any = false;
        for (const ObjectState& node : list.items) {
            auto& [there, ready] = times.try_emplace(node.name(), since(asked_), 0.0).first->second;
            const bool takes = takes_pods(adapter_, node);
            ready = takes && ready == 0 ? since(asked_) : ready;
            any = any || takes;
        }
        return any;
    };
    const auto seen = s_->objects(nodes_beside(known), any_takes_pods, adapter_.node);
    Observed<Arrival> result{
        .value = Arrival{}, .provenance = seen.provenance, .testimony = seen.testimony};
    if (!seen.value) {
        result.value = std::unexpected(seen.value.error());
        return result;
    }
    Arrival& arrival = *result.value;
    arrival.nodes = seen.value->items;
    arrival.takes_pods = any_takes_pods(*seen.value);
    arrival.waited_s = since(asked_);
    if (arrival.takes_pods) {  // its accelerator may come later, and only then is the pod bound
        s_->bindings({pod}, &Bindings::all_bound, adapter_.accelerator);
    }
    arrival.words = words_about(*s_, adapter_, pod);
    const auto now = s_->objects(nodes_beside(known));
    if (now.value) {
        any_takes_pods(*now.value);
        arrival.own = brought_for(now.value->items, arrival.words);
    }
    const seconds left = adapter_.node - seconds(static_cast<int>(since(asked_)));
    if (arrival.own && !takes_pods(adapter_, *arrival.own) && left > seconds(0)) {
        s_->objects({.api_version = "v1", .kind = "Node", .name = arrival.own->name()},
                    any_takes_pods, left);  // another one was Ready first
    }
    if (arrival.own) {
        std::tie(arrival.there_s, arrival.ready_s) = times.at(arrival.own->name());
        arrival.takes_pods = arrival.ready_s > 0;
        arrival.pool = pool_of(adapter_, *arrival.own);
        result.provenance.target = "node " + arrival.own->name();
    }
    return result;
}

// What is there once the pod is bound, or was waited for in vain.
Offered Scaling::offered(const ObjectState& node) const {
    if (!request_.resource.empty()) {
        return {request_.resource, amount(node, "allocatable", request_.resource)};
    }
    Offered offer{.of = "device(s) of " + s_->examined().driver};
    const auto dra = s_->dra_version();
    const auto slices =
        s_->objects({.api_version = "resource.k8s.io/" + dra.value.value_or("v1"),
                     .kind = "ResourceSlice",
                     .fields = "spec.nodeName=" + node.name(),
                     .where = [&](const kube::Json& slice) {
                         return kube::text(slice, {"spec", "driver"}) == s_->examined().driver;
                     }});
    for (const ObjectState& one : slices.value ? slices.value->items : std::vector<ObjectState>{}) {
        offer.count += static_cast<std::int64_t>(kube::array(one.tree, {"spec", "devices"}).size());
    }
    return offer;
}

Observed<PodOnNode> Scaling::running(const Pod& pod, const std::string& node) const {
    const auto is_settled = [](const ObjectList& list) {
        return list.items.empty() || list.items.front().text("/spec/nodeName").empty() ||
               list.items.front().text("/status/phase") != "Pending";
    };
    const auto seen = s_->objects({.api_version = "v1", .kind = "Pod", .name = pod.name()},
                                  is_settled, until_running);
    Observed<PodOnNode> result{
        .value = PodOnNode{}, .provenance = seen.provenance, .testimony = seen.testimony};
    result.provenance.node = node;
    if (!seen.value) {
        result.value = std::unexpected(seen.value.error());
    } else if (seen.value->items.empty()) {
        result.value =
            std::unexpected(NoAnswer{.closed = false, .reason = "somebody deleted the pod"});
    } else {
        const ObjectState& state = seen.value->items.front();
        *result.value = {.node = state.text("/spec/nodeName"),
                         .phase = state.text("/status/phase"),
                         .after_s = since(asked_),
                         .words = words_about(*s_, adapter_, pod).describe()};
    }
    return result;
}

void Scaling::ask_of_node(const ObjectState& node, const Pod& pod) {
    Observed<ObjectList> now =
        s_->objects({.api_version = "v1", .kind = "Node", .name = node.name()});
    Observed<Offered> offer{
        .value = Offered{}, .provenance = now.provenance, .testimony = now.testimony};
    offer.provenance.target = "node " + node.name();
    if (now.value && !now.value->items.empty()) {
        offer.value = offered(now.value->items.front());
    } else {
        offer.value = std::unexpected(
            NoAnswer{.closed = false,
                     .reason = now.value ? "the node has gone again" : now.value.error().reason});
    }
    const Outcome has_it = s_->expect(
        node_has_the_accelerator, offer,
        satisfies<Offered>("at least one " + (request_.resource.empty() ? s_->examined().driver
                                                                        : request_.resource),
                           [](const Offered& one) { return one.count >= 1; }));
    if (has_it != Outcome::passed) {
        return s_->not_asked(pod_runs_on_new_node, "the new node has no accelerator for it");
    }
    Observed<PodOnNode> on = running(pod, node.name());
    on.provenance.simulated = on.provenance.simulated || is_simulated(node);
    s_->expect(pod_runs_on_new_node, on,
               satisfies<PodOnNode>("Running on " + node.name(), [&](const PodOnNode& one) {
                   return one.node == node.name() && one.phase == "Running";
               }));
}

bool Scaling::ask_idle(const KnownNodes& known, const ObjectState& node) {
    const auto began = Clock::now();
    const std::string pool = pool_of(adapter_, node);
    const auto is_it = [&](const ObjectState& one) {
        return kube::uid_of(one.tree) == kube::uid_of(node.tree);
    };
    const auto is_gone = [&](const ObjectList& list) {
        return std::ranges::none_of(list.items, is_it);
    };
    const auto seen = s_->objects(nodes_beside(known), is_gone, adapter_.idle);
    Observed<Idle> result{
        .value = Idle{}, .provenance = seen.provenance, .testimony = seen.testimony};
    result.provenance.target = "node " + node.name();
    result.provenance.simulated = seen.provenance.simulated || is_simulated(node);
    if (!seen.value) {
        result.value = std::unexpected(seen.value.error());
    } else {
        Idle& idle = *result.value;
        idle = {.node = node.name(), .gone = is_gone(*seen.value), .after_s = since(began)};
        if (!pool.empty()) {
            const auto before = known.pools.find(pool);
            idle.pool = fmt::format("pool {} had {} before", pool,
                                    before == known.pools.end() ? 0 : before->second);
            std::ranges::copy_if(seen.value->items, std::back_inserter(idle.others),
                                 [&](const ObjectState& one) {
                                     return !is_it(one) && pool_of(adapter_, one) == pool;
                                 });
        }
        if (!idle.gone) {
            const auto still = std::ranges::find_if(seen.value->items, is_it);
            idle.keepers = keepers_of(*s_, adapter_, *still);
        }
    }
    s_->expect(
        idle_node_goes, result,
        satisfies<Idle>(
            fmt::format("gone within {} s, and no other in its place", adapter_.idle.count()),
            [](const Idle& one) { return one.gone; }, &Idle::unclear));
    return result.value && result.value->gone;
}

void Scaling::ask_impossible(double there_s) {
    const std::string resource(nobody_has);
    const KnownNodes known = known_nodes(*s_, adapter_, request_);
    const auto began = Clock::now();
    const Pod pod = s_->start_for_none(s_->pod("asks")
                                           .named("impossible")
                                           .with("/spec/tolerations", request_.tolerations)
                                           .limit("granted", resource, 1));
    // Twice as long as a node took to show.
    const seconds window =
        std::clamp(seconds(static_cast<int>(2 * there_s) + 1), s_->observes_for(),
                   std::max(s_->observes_for(), adapter_.node));
    const auto has_it = [&](const ObjectState& node) {
        return amount(node, "capacity", resource) > 0;
    };
    const auto seen = s_->objects(
        nodes_beside(known),
        [&](const ObjectList& list) { return std::ranges::any_of(list.items, has_it); }, window);
    Observed<Impossible> result{
        .value = Impossible{}, .provenance = seen.provenance, .testimony = seen.testimony};
    result.provenance.target = "pod " + pod.name();
    if (seen.value) {
        Impossible& what = *result.value;
        what = {.nodes = seen.value->items,
                .own = {},
                .watched_s = since(began),
                .words = words_about(*s_, adapter_, pod)};
        const auto found = std::ranges::find_if(what.nodes, has_it);
        what.own =
            found != what.nodes.end() ? std::optional(*found) : brought_for(what.nodes, what.words);
    } else {
        result.value = std::unexpected(seen.value.error());
    }
    s_->expect(impossible_request_brings_no_node, result,
               satisfies<Impossible>(
                   "no new node, and nobody who says that one will come",
                   [](const Impossible& one) { return !one.brought(); }, &Impossible::unclear));
    s_->end(pod);
    if (result.value && result.value->own) {
        ask_idle(known, *result.value->own);
    }
}

void Scaling::ask() {
    const KnownNodes known = known_nodes(*s_, adapter_, request_);
    const Pod pod = s_->start(asking_pod(*s_, request_, known));
    asked_ = Clock::now();
    if (const auto refused = s_->bindings({pod}, [](const Bindings&) { return true; });
        !refused.value) {
        s_->give_up("the pod that is to wait for a node: " + refused.value.error().reason);
    }
    const Observed<Arrival> seen = arrival(known, pod);
    const Outcome outcome = s_->expect(
        pending_pod_brings_node, seen,
        satisfies<Arrival>(fmt::format("a new node, Ready within {} s, for a pod that asks for {}",
                                       adapter_.node.count(), request_.why),
                           &Arrival::came, &Arrival::unclear));
    const std::optional<ObjectState> own = seen.value ? seen.value->own : std::nullopt;
    if (outcome == Outcome::passed) {
        ask_of_node(*own, pod);
    }
    s_->end(pod);
    const bool is_gone = own && ask_idle(known, *own);
    if (outcome != Outcome::passed) {
        s_->give_up("no node is known to have come for the pod");
    }
    if (!is_gone) {
        return s_->not_asked(
            impossible_request_brings_no_node,
            "the node that came is still there, and another one would be two more");
    }
    ask_impossible(seen.value->there_s);
}

void comes_and_goes(Scenario& s) {
    AutoscalerAdapter adapter = found_autoscaler(s);
    if (!s.allowed(Change::scale_nodes)) {
        for (const Assertion* one : table) {
            s.not_allowed(*one, Change::scale_nodes);
        }
        return;
    }
    ScaleRequest request = scale_request_of(s, adapter);
    Scaling(s, std::move(adapter), std::move(request)).ask();
}

}  // namespace

constinit const Check cluster_autoscaling{
    .id = "cluster_autoscaling",
    .title =
        "A pod that waits for an accelerator brings a node with one, which goes when it is idle",
    .breaks =
        "Jobs wait for accelerators that nobody adds, or nodes that nobody uses are paid for.",
    .assertions = table,
    .needs = {.new_accelerator = true,
              .component = "autoscaler",
              .change = Change::scale_nodes,
              .rights = scaling_rights},
    .cost = {.nodes = 1, .objects = scaling_makes, .asking = seconds{75}, .clearing = seconds{6}},
    .timeout = std::chrono::minutes{110},
    .run = comes_and_goes,
};

}  // namespace assay
