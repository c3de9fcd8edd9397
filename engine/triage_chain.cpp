// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage_chain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "engine/triage_reach.h"

namespace assay::triage {

namespace {

constexpr std::int64_t refused_lately_s = 600;  // a warning that is older is not of now
constexpr std::int64_t claim_settling_s = 120;  // for a claim whose pod is just coming or going
// What a kubelet says when it could not give a pod its devices.
constexpr std::array refusals{"FailedPrepareDynamicResources", "UnexpectedAdmissionError"};

bool is_companion(const DaemonSet& set) {
    return set.part == "labeller" || set.part == "exporter";
}

std::string describe(const NodeFacts& node) {
    return "kubectl describe node " + node.name;
}

std::string logs_of(const PodFacts& pod) {
    return fmt::format("kubectl -n {} logs {} --all-containers --tail=50", pod.space, pod.name);
}

// ---- the node itself

void add_heartbeat(const NodeFacts& node, const Index& index, std::vector<Finding>& into) {
    const LeaseFacts* lease = index.lease(node.name);
    const std::int64_t age = lease == nullptr || lease->renewed < 0 || index.snapshot().now < 0
                                 ? -1
                                 : index.snapshot().now - lease->renewed;
    const std::string silence =
        age >= 0 ? fmt::format("; it renewed its lease last {} s ago", age) : "";
    if (node.ready == "Unknown" || node.ready.empty()) {
        into.push_back({Link::heartbeat,
                        fmt::format("the kubelet does not report ({}){}: it is stopped, or cut off "
                                    "from the API server",
                                    node.ready_message, silence),
                        describe(node)});
    } else if (lease != nullptr && age > lease->lasts) {
        into.push_back({Link::heartbeat,
                        fmt::format("the kubelet has not renewed its lease for {} s, though the "
                                    "node still says Ready={}: it is stopped, or cut off from the "
                                    "API server",
                                    age, node.ready),
                        describe(node)});
    }
}

void add_state(const NodeFacts& node, std::vector<Finding>& into) {
    if (node.ready == "False") {
        into.push_back({Link::ready, fmt::format("the node is not Ready, {}", node.ready_message),
                        describe(node)});
    }
    if (!node.pressures.empty()) {
        into.push_back({Link::ready,
                        fmt::format("the node is under {}", fmt::join(node.pressures, ", ")),
                        describe(node)});
    }
    if (node.unschedulable) {
        into.push_back({Link::cordon, "the node is cordoned: nothing new is placed on it",
                        "kubectl uncordon " + node.name});
    }
}

// ---- the stack's pods

std::string next_for(const PodFacts& pod, const Trouble& trouble) {
    using Kind = Trouble::Kind;
    const std::string in = fmt::format("kubectl -n {}", pod.space);
    if (trouble.kind == Kind::crash && !trouble.container.empty()) {
        return fmt::format("{} logs {} -c {} --tail=50", in, pod.name, trouble.container);
    }
    if (trouble.kind == Kind::unready || trouble.kind == Kind::waiting) {
        return trouble.container.empty()
                   ? fmt::format("{} describe pod {}", in, pod.name)
                   : fmt::format("{} logs {} -c {} --tail=50", in, pod.name, trouble.container);
    }
    return fmt::format("{} describe pod {}", in, pod.name);
}

Finding trouble_finding(const DaemonSet& set, const PodFacts& pod, const Trouble& trouble) {
    std::string cause = fmt::format("{} pod {}/{}", set.part, pod.space, pod.name);
    if (!trouble.container.empty()) {
        cause += fmt::format(", container {}", trouble.container);
    }
    cause += ": " + trouble.words;
    if (!trouble.last_line.empty()) {
        cause += fmt::format("; its last line: {}", trouble.last_line);
    }
    return {is_companion(set) ? Link::companion : Link::pod, cause, next_for(pod, trouble)};
}

// Why a node without devices has no pod of a DaemonSet whose pods serve devices elsewhere.
Finding absence_finding(const DaemonSet& set, const NodeFacts& node) {
    const Exclusion why = exclusion_of(set, node);
    const std::string who = fmt::format("no pod of the {} DaemonSet {}/{} is on the node", set.part,
                                        set.space, set.name);
    const std::string look =
        fmt::format("kubectl -n {} describe daemonset {}", set.space, set.name);
    if (why.by == Exclusion::By::nothing) {
        return {Link::pod, who + ", though it selects it", look};
    }
    return {why.by == Exclusion::By::label ? Link::label : Link::taint,
            fmt::format("{}: {}", who, why.words),
            why.remedy.empty() ? look : "kubectl " + why.remedy};
}

// Whether a node without devices lacks a pod of the DaemonSet: there may be several for one part,
// for nodes of several kinds, and one pod of a part is enough.
bool is_missed(const DaemonSet& set, const std::string& family, const NodeFacts& node,
               const Index& index) {
    const auto does_it = [&](const DaemonSet& other) {
        return other.family == family && other.part == set.part &&
               index.pod_of(other, node.name) != nullptr;
    };
    if (set.family != family || is_companion(set) ||
        std::ranges::any_of(index.snapshot().daemon_sets, does_it)) {
        return false;
    }
    // Where no node has devices of the family, none of its DaemonSets has shown that it is needed.
    return !index.is_offered(family) || index.is_needed(set);
}

// ---- what the kubelet and the API server have heard of

std::string stack_words(const std::string& family, const NodeFacts& node, const Index& index) {
    const auto of_stack = [](const Unseen& one) {
        return one.what == "daemonsets" || one.what == "pods";
    };
    if (std::ranges::any_of(index.snapshot().unseen, of_stack)) {
        return "the pods of its stack could not be seen";
    }
    std::vector<std::string> running;
    bool any = false;
    for (const DaemonSet& set : index.snapshot().daemon_sets) {
        any = any || set.family == family;
        const PodFacts* pod = index.pod_of(set, node.name);
        if (set.family == family && pod != nullptr && !is_companion(set)) {
            running.push_back(fmt::format("{}/{}", pod->space, pod->name));
        }
    }
    if (!running.empty()) {
        return fmt::format("pod {} runs and has registered no device", fmt::join(running, ", "));
    }
    return any ? "no pod of its stack is on the node"
               : "no DaemonSet of its stack is in the cluster, so look on the machine for what "
                 "should register its devices";
}

std::string next_for_registration(const std::string& family, const NodeFacts& node,
                                  const Index& index) {
    for (const DaemonSet& set : index.snapshot().daemon_sets) {
        const PodFacts* pod = index.pod_of(set, node.name);
        const bool registers = set.part == "device-plugin" || set.part == "dra-driver";
        if (set.family == family && pod != nullptr && registers) {
            return logs_of(*pod);
        }
    }
    return describe(node);
}

// Whether the node's own pods say that devices come by slices: what its kubelet counts may be left
// from before.
bool is_by_slices(const std::string& family, const NodeFacts& node, const Index& index) {
    bool result = false;
    for (const DaemonSet& set : index.snapshot().daemon_sets) {
        if (set.family == family && index.pod_of(set, node.name) != nullptr) {
            if (set.part == "device-plugin") {
                return false;
            }
            result = result || set.part == "dra-driver";
        }
    }
    return result;
}

// What the kubelet counts, where it counts anything; else that nothing is there.
std::string registration_words(const std::string& family, const Offer* offer, bool by_slices) {
    if (by_slices) {
        return fmt::format("no device of {}: no ResourceSlice names the node", family);
    }
    std::string words = fmt::format(
        "no device of {}: no ResourceSlice names the node and its kubelet counts none", family);
    if (offer == nullptr) {
        return words;
    }
    for (const auto& [resource, capacity] : offer->capacity) {
        if (capacity > 0) {
            return fmt::format(
                "none of the {} {} is allocatable: the device plugin is no longer registered with "
                "the kubelet, or calls every device unhealthy",
                capacity, resource);
        }
        words = fmt::format(
            "the kubelet knows {} and counts 0: its device plugin went away, or "
            "registered without a device",
            resource);
    }
    return words;
}

Finding registration_finding(const std::string& family, const Offer* offer, const NodeFacts& node,
                             const Index& index) {
    return {
        Link::registration,
        fmt::format("{}; {}", registration_words(family, offer, is_by_slices(family, node, index)),
                    stack_words(family, node, index)),
        next_for_registration(family, node, index)};
}

void add_slices(const Offer& offer, const NodeFacts& node, std::vector<Finding>& into) {
    const std::string look = fmt::format(
        "kubectl get resourceslices --field-selector spec.nodeName={} -o yaml", node.name);
    for (const SlicePool& pool : offer.pools) {
        if (!pool.complete()) {
            into.push_back(
                {Link::slices,
                 fmt::format(
                     "pool {} of driver {} is incomplete: {} of {} slice(s) of its newest "
                     "generation {} are there{}, so none of its devices is handed out",
                     pool.name, pool.driver, pool.seen, pool.wanted, pool.generation,
                     pool.stale > 0 ? fmt::format(" beside {} of older ones", pool.stale) : ""),
                 look});
        }
    }
}

void add_device_taints(const Offer& offer, std::vector<Finding>& into) {
    for (const SlicePool& pool : offer.pools) {
        std::vector<std::string> tainted;
        for (const SliceDevice& device : pool.devices) {
            const auto bad = std::ranges::find_if(device.taints, [](const Taint& taint) {
                return taint.effect == "NoSchedule" || taint.effect == "NoExecute";
            });
            if (bad != device.taints.end()) {
                tainted.push_back(fmt::format("{} ({})", device.name, text_of(*bad)));
            }
        }
        if (!tainted.empty()) {
            into.push_back({Link::device_taint,
                            fmt::format("{} device(s) of {} are tainted: {}", tainted.size(),
                                        pool.driver, fmt::join(tainted, ", ")),
                            fmt::format("kubectl get resourceslice {} -o yaml", pool.slice)});
        }
    }
}

void add_unhealthy(const std::string& family, const Offer& offer, const NodeFacts& node,
                   const Index& index, std::vector<Finding>& into) {
    for (const auto& [resource, capacity] : offer.capacity) {
        const std::int64_t usable = offer.allocatable.at(resource);
        if (usable > 0 && usable < capacity) {
            into.push_back({Link::devices,
                            fmt::format("{} of {} {} are unhealthy: only {} allocatable",
                                        capacity - usable, capacity, resource, usable),
                            next_for_registration(family, node, index)});
        }
    }
}

// Whether what the stack's pods do, or that they are not there, explains that there is no device.
bool add_pods(const std::string& family, bool none, const NodeFacts& node, const Index& index,
              std::vector<Finding>& into) {
    bool explained = false;
    for (const DaemonSet& set : index.snapshot().daemon_sets) {
        const PodFacts* pod = index.pod_of(set, node.name);
        if (set.family == family && pod != nullptr && pod->trouble) {
            into.push_back(trouble_finding(set, *pod, *pod->trouble));
            explained = explained || !is_companion(set);
        } else if (none && is_missed(set, family, node, index)) {
            into.push_back(absence_finding(set, node));
            explained = true;
        }
    }
    return explained;
}

void add_family(const std::string& family, const NodeFacts& node, const Index& index,
                std::vector<Finding>& into) {
    const auto& offers = index.offers().of(node.name);
    const auto found = offers.find(family);
    const Offer* offer = found == offers.end() ? nullptr : &found->second;
    const bool none = offer == nullptr || offer->devices() == 0;
    const bool explained = add_pods(family, none, node, index, into);
    if (offer != nullptr) {
        add_slices(*offer, node, into);
        add_device_taints(*offer, into);
        add_unhealthy(family, *offer, node, index, into);
    }
    const bool incomplete = offer != nullptr && !offer->pools.empty() &&
                            !std::ranges::all_of(offer->pools, &SlicePool::complete);
    if (none && !explained && !incomplete) {
        into.push_back(registration_finding(family, offer, node, index));
    }
}

// ---- who has the devices

void add_refusals(const NodeFacts& node, const Index& index, std::vector<Finding>& into) {
    for (const EventFacts* event : index.events(node.name)) {
        const bool refused = std::ranges::find(refusals, event->reason) != refusals.end();
        const bool recent = index.snapshot().now - event->last <= refused_lately_s;
        const PodFacts* pod = index.pod(event->space, event->object);
        const bool still = pod != nullptr && pod->phase != "Running" && pod->phase != "Succeeded";
        if (refused && recent && still) {
            into.push_back(
                {Link::preparation,
                 fmt::format("pod {}/{} is not given its devices, {}: {}", event->space,
                             event->object, event->reason, event->message),
                 fmt::format("kubectl -n {} describe pod {}", event->space, event->object)});
            return;
        }
    }
}

void add_gone_holders(const NodeFacts& node, const Index& index, std::vector<Finding>& into) {
    const Snapshot& all = index.snapshot();
    for (const auto& [claim, device] : index.claimed(node.name)) {
        const bool settled = claim->created >= 0 && all.now - claim->created > claim_settling_s;
        for (const auto& [uid, pod] : claim->reserved_for) {
            if (settled && !all.pod_uids.empty() && !all.pod_uids.contains(uid)) {
                into.push_back(
                    {Link::holder,
                     fmt::format("claim {}/{} holds {} of {} for pod {}, which is gone",
                                 claim->space, claim->name, device->name, device->driver, pod),
                     fmt::format("kubectl -n {} get resourceclaim {} -o yaml", claim->space,
                                 claim->name)});
            }
        }
    }
}

}  // namespace

std::vector<Finding> chain_of(const NodeFacts& node, const std::set<std::string>& families,
                              const Index& index) {
    std::vector<Finding> findings;
    add_heartbeat(node, index, findings);
    add_state(node, findings);
    for (const std::string& family : families) {
        add_family(family, node, index, findings);
    }
    add_refusals(node, index, findings);
    add_gone_holders(node, index, findings);
    return findings;
}

}  // namespace assay::triage
