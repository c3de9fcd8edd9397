// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/engine/triage_cluster.h"

#include <fmt/format.h>

#include "engine/run_id.h"

namespace assay::triage {

namespace {

using kube::Json;

Json node_object(int index) {
    const std::string name = fmt::format("gpu-{}", index);
    return {{"metadata",
             {{"name", name},
              {"labels",
               {{"cloud.google.com/gke-nodepool", "a3"}, {"nvidia.com/gpu.present", "true"}}}}},
            {"spec", Json::object()},
            {"status",
             {{"conditions",
               {{{"type", "Ready"},
                 {"status", "True"},
                 {"reason", "KubeletReady"},
                 {"message", "kubelet is posting ready status"}}}},
              {"capacity", {{"cpu", "8"}}},
              {"allocatable", {{"cpu", "8"}}},
              {"nodeInfo",
               {{"kubeletVersion", "v1.37.1"},
                {"kernelVersion", "6.18.44"},
                {"osImage", "Debian GNU/Linux 12"},
                {"containerRuntimeVersion", "containerd://2.4.2"}}}}}};
}

Json lease_object(int index) {
    return {{"metadata", {{"name", fmt::format("gpu-{}", index)}}},
            {"spec", {{"renewTime", now_text}, {"leaseDurationSeconds", 40}}}};
}

Json daemon_set_object(const std::string& name) {
    return {{"metadata", {{"namespace", "nvidia"}, {"name", name}}},
            {"spec",
             {{"template", {{"spec", {{"nodeSelector", {{"nvidia.com/gpu.present", "true"}}}}}}}}}};
}

Json pod_object(int index, const std::string& set) {
    const std::string name = fmt::format("{}-{}", set, index);
    return {{"metadata",
             {{"namespace", "nvidia"},
              {"name", name},
              {"uid", "uid-" + name},
              {"creationTimestamp", "2026-11-20T12:00:00Z"},
              {"ownerReferences", {{{"kind", "DaemonSet"}, {"name", set}}}}}},
            {"spec", {{"nodeName", fmt::format("gpu-{}", index)}, {"containers", Json::array()}}},
            {"status",
             {{"phase", "Running"},
              {"containerStatuses",
               {{{"name", "main"},
                 {"ready", true},
                 {"restartCount", 0},
                 {"state", {{"running", {{"startedAt", "2026-11-20T12:00:05Z"}}}}}}}}}}};
}

Json slice_object(int index) {
    const std::string node = fmt::format("gpu-{}", index);
    Json devices = Json::array();
    for (int i = 0; i < 8; ++i) {
        devices.push_back(
            {{"name", fmt::format("gpu-{}", i)},
             {"attributes",
              {{"type", {{"string", "gpu"}}}, {"driverVersion", {{"version", "580.95.5"}}}}}});
    }
    return {{"metadata", {{"name", "slice-" + node}}},
            {"spec",
             {{"driver", "gpu.nvidia.com"},
              {"nodeName", node},
              {"pool", {{"name", node}, {"generation", 3}, {"resourceSliceCount", 1}}},
              {"devices", devices}}}};
}

PlayedCluster bare(int count, const std::string& set) {
    PlayedCluster cluster;
    cluster.daemon_sets.push_back(daemon_set_object(set));
    for (int i = 0; i < count; ++i) {
        cluster.nodes.push_back(node_object(i));
        cluster.leases.push_back(lease_object(i));
        cluster.pods.push_back(pod_object(i, set));
    }
    return cluster;
}

template <class Facts, class Read>
void read_all(const std::vector<Json>& from, std::vector<Facts>& into, Read read) {
    for (const Json& one : from) {
        into.push_back(read(one));
    }
}

}  // namespace

const std::vector<Adapter>& known_adapters() {
    static const std::vector<Adapter> adapters = load_adapters().value();
    return adapters;
}

PlayedCluster PlayedCluster::of_nodes(int count) {
    PlayedCluster cluster = bare(count, "nvidia-dra-driver-gpu-kubelet-plugin");
    for (int i = 0; i < count; ++i) {
        cluster.slices.push_back(slice_object(i));
    }
    return cluster;
}

PlayedCluster PlayedCluster::with_plugin(int count) {
    PlayedCluster cluster = bare(count, "nvidia-device-plugin-daemonset");
    for (Json& node : cluster.nodes) {
        node["status"]["capacity"]["nvidia.com/gpu"] = "8";
        node["status"]["allocatable"]["nvidia.com/gpu"] = "8";
    }
    return cluster;
}

Snapshot PlayedCluster::snapshot() const {
    Snapshot result;
    result.now = seconds_of(now_text);
    read_all(nodes, result.nodes, node_facts);
    read_all(leases, result.leases, lease_facts);
    read_all(slices, result.slices, slice_facts);
    read_all(claims, result.claims, claim_facts);
    read_all(events, result.events, event_facts);
    for (const Json& one : daemon_sets) {
        if (auto facts = daemon_set_facts(one, known_adapters())) {
            result.daemon_sets.push_back(std::move(*facts));
        }
    }
    for (const Json& one : pods) {
        result.pods.push_back(pod_facts(one, result.now));
        result.pod_uids.insert(result.pods.back().uid);
    }
    return result;
}

Report PlayedCluster::report(const Scope& scope) const {
    return diagnose(snapshot(), known_adapters(), scope);
}

}  // namespace assay::triage
