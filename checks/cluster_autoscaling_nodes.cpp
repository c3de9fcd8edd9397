// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/cluster_autoscaling_nodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

namespace assay {

namespace {

using kube::Json;

// Whether it runs, where its kinds being served do not tell; why not is added to what was seen.
bool shows(Scenario& s, const AutoscalerAdapter& adapter, std::string& seen) {
    if (adapter.status_name.empty()) {
        return true;
    }
    const Observed<ObjectList> status = s.objects({.api_version = "v1",
                                                   .kind = "ConfigMap",
                                                   .space = adapter.status_space,
                                                   .name = adapter.status_name});
    if (!status.value) {
        seen += fmt::format("; {} could not be read: {}", adapter.status_name,
                            status.value.error().reason);
        return false;
    }
    if (status.value->items.empty()) {
        return false;
    }
    const std::string stale =
        why_stale(adapter, status.value->items.front().tree, std::chrono::system_clock::now());
    seen += stale.empty() ? "" : "; " + stale;
    return stale.empty();
}

std::string name_of_host(const ObjectState& node) {
    const std::string host = node.text("/metadata/labels/kubernetes.io~1hostname");
    return host.empty() ? node.name() : host;
}

bool has_taint(const ObjectState& node, const std::string& key) {
    return std::ranges::any_of(kube::array(node.tree, {"spec", "taints"}), [&](const Json& taint) {
        return kube::text(taint, {"key"}) == key;
    });
}

std::string label(const Json& tree, const char* of, const std::string& key) {
    return kube::text(tree, {"metadata", of, key});
}

// What an event said, with who said it.
std::string said(const ObjectState& event) {
    return fmt::format("{}: {}", event.text("/reason"), event.text("/message"));
}

bool is_one_of(const std::vector<std::string>& all, const std::string& one) {
    return std::ranges::find(all, one) != all.end();
}

// A pod on each node that has the accelerator already; ends the check where one is not placed.
void stand_on(Scenario& s, const std::vector<std::string>& hosts) {
    const Json on_hosts{{"matchExpressions", Json::array({{{"key", "kubernetes.io/hostname"},
                                                           {"operator", "In"},
                                                           {"values", hosts}}})}};
    const Object stands = s.make(s.object("DaemonSet", "stands-by")
                                     .with("/spec/template/spec/affinity/nodeAffinity"
                                           "/requiredDuringSchedulingIgnoredDuringExecution",
                                           {{"nodeSelectorTerms", Json::array({on_hosts})}}));
    const auto counted = stands.when([](const ObjectState& one) {
        return one.number("/status/observedGeneration") > 0 &&
               one.number("/status/currentNumberScheduled") ==
                   one.number("/status/desiredNumberScheduled");
    });
    const std::int64_t wanted =
        counted.value ? counted.value->number("/status/desiredNumberScheduled") : 0;
    const auto all_placed = [&](const ObjectList& pods) {
        return std::ranges::count_if(pods.items, [](const ObjectState& pod) {
                   return !pod.text("/spec/nodeName").empty();
               }) == wanted;
    };
    const auto placed =
        s.objects({.api_version = "v1", .kind = "Pod", .labels = "assay/role=beside"}, all_placed);
    if (!counted.value || !placed.value || !all_placed(*placed.value)) {
        s.give_up(fmt::format(
            "a pod that asks might not wait: {} node(s) have the accelerator already, and not on "
            "all of them a pod could be placed that keeps it off",
            hosts.size()));
    }
}

// Not by a DaemonSet, which has a pod on every node, nor by the node's own files.
bool uses_its_node(const Json& pod) {
    const std::string phase = kube::text(pod, {"status", "phase"});
    if (phase == "Succeeded" || phase == "Failed" ||
        !label(pod, "annotations", "kubernetes.io/config.mirror").empty()) {
        return false;
    }
    return std::ranges::none_of(
        kube::array(pod, {"metadata", "ownerReferences"}),
        [](const Json& owner) { return kube::text(owner, {"kind"}) == "DaemonSet"; });
}

}  // namespace

AutoscalerAdapter found_autoscaler(Scenario& s) {
    std::string seen;
    for (const Component* one : s.components("autoscaler")) {
        auto adapter = autoscaler_adapter(*one);
        if (!adapter) {
            s.give_up(adapter.error());
        }
        if (shows(s, *adapter, seen)) {
            return *std::move(adapter);
        }
    }
    if (!s.scale_resource().empty()) {
        return {};
    }
    s.give_up(
        fmt::format("{}{}; one that none of them shows is asked all the same where "
                    "--scale-resource says for what",
                    s.none_installed("autoscaler"), seen));
}

ScaleRequest scale_request_of(Scenario& s, const AutoscalerAdapter& adapter) {
    std::vector<PoolOffer> offers;
    if (const auto kind = adapter.pools.empty() ? std::nullopt : s.served(adapter.pools)) {
        const Observed<ObjectList> pools =
            s.objects({.api_version = kind->api_version(), .kind = kind->kind});
        for (const ObjectState& pool :
             pools.value ? pools.value->items : std::vector<ObjectState>{}) {
            offers.push_back(pool_offer(adapter, pool.tree));
        }
    }
    auto request = scale_request(offers, s.examined(), s.scale_resource());
    if (!request) {
        s.give_up(request.error());
    }
    return *std::move(request);
}

KnownNodes known_nodes(Scenario& s, const AutoscalerAdapter& adapter, const ScaleRequest& request) {
    const Observed<ObjectList> all = s.objects({.api_version = "v1", .kind = "Node"});
    if (!all.value) {
        s.give_up("which nodes there are is not known: " + all.value.error().reason);
    }
    KnownNodes known;
    for (const ObjectState& node : all.value->items) {
        known.uids.insert(kube::uid_of(node.tree));
        const bool has_it = request.resource.empty()
                                ? s.accelerators_on(node.name()) > 0
                                : amount(node, "allocatable", request.resource) > 0;
        if (has_it) {
            known.hosts.push_back(name_of_host(node));
        }
        if (const std::string pool = pool_of(adapter, node); !pool.empty()) {
            ++known.pools[pool];
        }
    }
    return known;
}

PodManifest asking_pod(Scenario& s, const ScaleRequest& request, const KnownNodes& known) {
    PodManifest pod = s.pod("asks").with("/spec/tolerations", request.tolerations);
    if (request.resource.empty()) {
        const Claim claim = s.make(s.claim("accelerator"));
        pod = pod.with("/spec/resourceClaims", Json::array({{{"name", "accelerator"}}}))
                  .claiming(claim.name())
                  .with("/spec/containers/0/resources/claims",
                        Json::array({{{"name", "accelerator"}}}));
    } else {
        pod = pod.limit("granted", request.resource, 1);
    }
    if (known.hosts.empty()) {
        return pod;
    }
    stand_on(s, known.hosts);
    const Json beside{{"topologyKey", "kubernetes.io/hostname"},
                      {"labelSelector",
                       {{"matchLabels",
                         {{"assay/role", "beside"}, {"app.kubernetes.io/instance", s.run_id()}}}}}};
    return pod.with("/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
                    Json::array({beside}));
}

ObjectQuery nodes_beside(const KnownNodes& known) {
    return {.api_version = "v1", .kind = "Node", .where = [uids = known.uids](const Json& node) {
                return !uids.contains(kube::uid_of(node));
            }};
}

bool takes_pods(const AutoscalerAdapter& adapter, const ObjectState& node) {
    return node.condition("Ready").status == "True" &&
           std::ranges::none_of(adapter.birth_taints,
                                [&](const std::string& key) { return has_taint(node, key); });
}

std::string pool_of(const AutoscalerAdapter& adapter, const ObjectState& node) {
    for (const std::string& key : adapter.pool_labels) {
        if (std::string pool = label(node.tree, "labels", key); !pool.empty()) {
            return pool;
        }
    }
    return {};
}

bool is_simulated(const ObjectState& node) {
    return label(node.tree, "labels", simulated_label) == "true";
}

std::int64_t amount(const ObjectState& node, const std::string& list, const std::string& resource) {
    const Json* value = kube::find(node.tree, {"status", list, resource});
    return value != nullptr && value->is_string()
               ? std::strtoll(value->get_ref<const std::string&>().c_str(), nullptr, 10)
               : 0;
}

std::string Words::describe() const {
    std::vector<std::string> all = brings;
    all.insert(all.end(), brings_none.begin(), brings_none.end());
    if (!scheduler.empty()) {
        all.push_back(scheduler);
    }
    constexpr std::size_t shown = 4;
    all.resize(std::min(all.size(), shown));
    return fmt::format("{}", fmt::join(all, "; "));
}

Words words_about(Scenario& s, const AutoscalerAdapter& adapter, const Pod& pod) {
    Words words;
    const auto is_seen = [](const Bindings& all) { return all.pods.front().there; };
    if (const Observed<Bindings> bound = s.bindings({pod}, is_seen); bound.value) {
        words.bound_to = bound.value->pods.front().node;
        words.scheduler = bound.value->words();
    }
    const Observed<ObjectList> events =
        s.objects({.api_version = "v1", .kind = "Event", .where = [&](const Json& event) {
                       return kube::text(event, {"involvedObject", "name"}) == pod.name();
                   }});
    if (!events.value) {
        return words;
    }
    for (const ObjectState& event : events.value->items) {
        const std::string reason = event.text("/reason");
        // The scheduler uses reasons of the autoscaler's; its words are in the pod's status.
        const bool by_scheduler = event.text("/source/component") == "default-scheduler" ||
                                  event.text("/reportingComponent") == "default-scheduler";
        if (is_one_of(adapter.brings, reason)) {
            words.brings.push_back(said(event));
        } else if (is_one_of(adapter.brings_none, reason) && !by_scheduler) {
            words.brings_none.push_back(said(event));
        }
    }
    return words;
}

std::optional<ObjectState> brought_for(const std::vector<ObjectState>& nodes, const Words& words) {
    const auto is_named = [&](const std::string& name) {
        return std::ranges::any_of(words.brings, [&](const std::string& text) {
            return text.find(name) != std::string::npos;
        });
    };
    const auto is_it = [&](const ObjectState& node) {
        if (!words.bound_to.empty()) {
            return node.name() == words.bound_to;
        }
        const Json& owners = kube::array(node.tree, {"metadata", "ownerReferences"});
        return is_named(node.name()) || std::ranges::any_of(owners, [&](const Json& owner) {
                   return is_named(kube::text(owner, {"name"}));
               });
    };
    const auto found = std::ranges::find_if(nodes, is_it);
    if (found != nodes.end()) {
        return *found;
    }
    const bool only = nodes.size() == 1 && words.bound_to.empty() && !words.brings.empty();
    return only ? std::optional(nodes.front()) : std::nullopt;
}

std::string Keepers::describe() const {
    std::vector<std::string> all = strangers;
    all.insert(all.end(), annotated.begin(), annotated.end());
    return all.empty() ? unread : fmt::format("{}", fmt::join(all, ", "));
}

Keepers keepers_of(Scenario& s, const AutoscalerAdapter& adapter, const ObjectState& node) {
    Keepers result;
    const auto note = [&](const Json& tree, const std::string& what) {
        for (const std::string& key : adapter.keeps) {
            if (const std::string value = label(tree, "annotations", key); !value.empty()) {
                result.annotated.push_back(fmt::format("{} is annotated {}={}", what, key, value));
            }
        }
    };
    note(node.tree, "the node");
    const Observed<ObjectList> pods = s.objects({.api_version = "v1",
                                                 .kind = "Pod",
                                                 .space = "",
                                                 .fields = "spec.nodeName=" + node.name()});
    if (!pods.value) {
        result.unread = "which pods run on it is not known: " + pods.value.error().reason;
        return result;
    }
    for (const ObjectState& pod : pods.value->items) {
        const std::string name =
            fmt::format("pod {}/{}", pod.text("/metadata/namespace"), pod.name());
        note(pod.tree, name);
        if (uses_its_node(pod.tree) && pod.text("/metadata/namespace") != s.namespace_name()) {
            result.strangers.push_back(name);
        }
    }
    return result;
}

}  // namespace assay
