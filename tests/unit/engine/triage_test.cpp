// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage.h"

#include <gtest/gtest.h>

#include "tests/unit/engine/triage_cluster.h"

namespace assay::triage {
namespace {

using kube::Json;

constexpr const char* minutes_ago = "2026-11-21T11:55:00Z";

// The first finding on the only node that has one.
Finding only_finding(const Report& report, const std::string& node) {
    EXPECT_EQ(report.exit_code, 1);
    Finding result;
    for (const NodeReport& one : report.nodes) {
        if (one.name != node) {
            EXPECT_TRUE(one.findings.empty())
                << one.name << ": " << (one.findings.empty() ? "" : one.findings.front().cause);
        } else if (!one.findings.empty()) {
            result = one.findings.front();
        } else {
            ADD_FAILURE() << "nothing was found on " << node;
        }
    }
    return result;
}

Json waiting(const std::string& reason, const std::string& message) {
    return {
        {"name", "main"},
        {"ready", false},
        {"restartCount", 5},
        {"state", {{"waiting", {{"reason", reason}, {"message", message}}}}},
        {"lastState",
         {{"terminated", {{"exitCode", 1}, {"reason", "Error"}, {"finishedAt", minutes_ago}}}}}};
}

TEST(Triage, FindsNothingWhereAllIsWell) {
    for (const PlayedCluster& cluster :
         {PlayedCluster::of_nodes(3), PlayedCluster::with_plugin(3), PlayedCluster::of_nodes(1)}) {
        const Report report = cluster.report();
        EXPECT_EQ(report.exit_code, 0);
        EXPECT_EQ(report.broken(), 0U);
        EXPECT_EQ(report.nodes.front().accelerators.at("nvidia"), 8);
    }
}

TEST(Triage, NamesTheNodeThatIsNotThere) {
    const Finding finding =
        only_finding(PlayedCluster::of_nodes(2).report(scope_of_node("gpu-9")), "gpu-9");
    EXPECT_EQ(finding.link, Link::node);
}

TEST(Triage, NamesASilentKubelet) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    cluster.node(1)["status"]["conditions"][0]["status"] = "Unknown";
    cluster.leases[1]["spec"]["renewTime"] = minutes_ago;
    const Finding finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_EQ(finding.link, Link::heartbeat);
    EXPECT_TRUE(says(finding.cause, "300 s ago")) << finding.cause;
    EXPECT_EQ(finding.next, "kubectl describe node gpu-1");
}

TEST(Triage, SeesTheKubeletStopBeforeTheNodeSaysSo) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    cluster.leases[2]["spec"]["renewTime"] = "2026-11-21T11:59:19Z";
    EXPECT_EQ(only_finding(cluster.report(), "gpu-2").link, Link::heartbeat);
    cluster.leases[2]["spec"]["renewTime"] = "2026-11-21T11:59:21Z";
    EXPECT_EQ(cluster.report().exit_code, 0);
}

TEST(Triage, NamesNotReadyPressureAndCordon) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.node(0)["status"]["conditions"][0]["status"] = "False";
    EXPECT_EQ(only_finding(cluster.report(), "gpu-0").link, Link::ready);
    cluster = PlayedCluster::of_nodes(2);
    cluster.node(0)["status"]["conditions"].push_back(
        {{"type", "DiskPressure"}, {"status", "True"}, {"reason", "R"}, {"message", "full"}});
    EXPECT_TRUE(says(only_finding(cluster.report(), "gpu-0").cause, "DiskPressure"));
    cluster = PlayedCluster::of_nodes(2);
    cluster.node(0)["spec"]["unschedulable"] = true;
    EXPECT_EQ(only_finding(cluster.report(), "gpu-0").next, "kubectl uncordon gpu-0");
}

TEST(Triage, NamesATaintThatThePoolHasNot) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    const Json taint{{"key", "repair"}, {"value", "now"}, {"effect", "NoSchedule"}};
    cluster.node(1)["spec"]["taints"] = Json::array({taint});
    const Finding finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_EQ(finding.link, Link::taint);
    EXPECT_EQ(finding.next, "kubectl taint nodes gpu-1 repair:NoSchedule-");
    cluster.node(0)["spec"]["taints"] = Json::array({taint});
    EXPECT_EQ(cluster.report().exit_code, 0) << "a taint of the whole pool is meant";
}

TEST(Triage, LetsATaintOfTheVendorBe) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.node(1)["spec"]["taints"] = {
        {{"key", "nvidia.com/gpu"}, {"value", "present"}, {"effect", "NoSchedule"}}};
    EXPECT_EQ(cluster.report().exit_code, 0);
}

TEST(Triage, NamesTheLabelThatKeepsTheDriverAway) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    cluster.node(1)["metadata"]["labels"]["nvidia.com/gpu.present"] = "no";
    cluster.lose_driver(1);
    const Scope pool = scope_of_pool("cloud.google.com/gke-nodepool", "a3");
    const Finding finding = only_finding(cluster.report(pool), "gpu-1");
    EXPECT_EQ(finding.link, Link::label);
    EXPECT_TRUE(says(finding.cause,
                     "wants nvidia.com/gpu.present=true, the node has "
                     "nvidia.com/gpu.present=no"))
        << finding.cause;
    EXPECT_EQ(finding.next, "kubectl label node gpu-1 nvidia.com/gpu.present=true --overwrite");
    EXPECT_EQ(cluster.report(scope_of_node("gpu-1")).nodes.front().findings.front().link,
              Link::label);
}

TEST(Triage, NamesTheTaintThatKeepsTheDriverAway) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    cluster.node(1)["spec"]["taints"] = Json::array({{{"key", "team"}, {"effect", "NoExecute"}}});
    cluster.lose_driver(1);
    const Finding finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_EQ(finding.link, Link::taint);
    EXPECT_TRUE(says(finding.cause, "does not tolerate")) << finding.cause;
}

TEST(Triage, NamesTheAffinityThatKeepsTheDriverAway) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    Json& spec = cluster.daemon_sets[0]["spec"]["template"]["spec"];
    spec.erase("nodeSelector");
    spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        ["nodeSelectorTerms"] = {
            {{"matchExpressions",
              {{{"key", "nvidia.com/gpu.present"}, {"operator", "In"}, {"values", {"true"}}}}}}};
    EXPECT_EQ(cluster.report().exit_code, 0);
    cluster.node(1)["metadata"]["labels"].erase("nvidia.com/gpu.present");
    cluster.lose_driver(1);
    const Scope pool = scope_of_pool("cloud.google.com/gke-nodepool", "a3");
    const Finding finding = only_finding(cluster.report(pool), "gpu-1");
    EXPECT_EQ(finding.link, Link::label);
    EXPECT_EQ(finding.next, "kubectl label node gpu-1 nvidia.com/gpu.present=true --overwrite");
}

TEST(Triage, NamesADriverPodThatCrashes) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    cluster.pod(1)["status"]["containerStatuses"] =
        Json::array({waiting("CrashLoopBackOff", "back-off 5m")});
    cluster.slices.erase(cluster.slices.begin() + 1);
    const Report report = cluster.report();
    const Finding finding = only_finding(report, "gpu-1");
    EXPECT_EQ(finding.link, Link::pod);
    EXPECT_TRUE(says(finding.cause, "CrashLoopBackOff after 5 restart(s), exit code 1 (Error)"))
        << finding.cause;
    EXPECT_EQ(finding.next,
              "kubectl -n nvidia logs nvidia-dra-driver-gpu-kubelet-plugin-1 -c main "
              "--tail=50");
    EXPECT_EQ(report.nodes[1].findings.size(), 1U) << "the missing devices are its consequence";
}

TEST(Triage, WantsOnePodOfAPartWhereDaemonSetsShareThePool) {
    PlayedCluster cluster = PlayedCluster::with_plugin(2);
    Json other = cluster.daemon_sets[0];
    other["metadata"]["name"] = "nvidia-gpu-device-plugin-ubuntu";
    other["spec"]["template"]["spec"]["nodeSelector"] = {{"os", "ubuntu"}};
    cluster.daemon_sets.insert(cluster.daemon_sets.begin(), other);
    cluster.pod(1)["metadata"]["ownerReferences"][0]["name"] = "nvidia-gpu-device-plugin-ubuntu";
    cluster.node(1)["metadata"]["labels"]["os"] = "ubuntu";
    EXPECT_EQ(cluster.report().exit_code, 0);
    cluster.pod(0)["status"]["containerStatuses"] = Json::array({waiting("CrashLoopBackOff", "")});
    cluster.node(0)["status"]["allocatable"]["nvidia.com/gpu"] = "0";
    const Report report = cluster.report();
    EXPECT_EQ(only_finding(report, "gpu-0").link, Link::pod);
    EXPECT_EQ(report.nodes[0].findings.size(), 1U) << "the other one is not for this node";
}

TEST(Triage, QuotesTheLastLineOfALog) {
    PlayedCluster cluster = PlayedCluster::of_nodes(1);
    cluster.pod(0)["status"]["containerStatuses"] = Json::array({waiting("CrashLoopBackOff", "")});
    Snapshot snapshot = cluster.snapshot();
    snapshot.pods[0].trouble->last_line = "no NVML";
    const Report report = diagnose(snapshot, known_adapters(), {});
    EXPECT_TRUE(says(only_finding(report, "gpu-0").cause, "its last line: no NVML"));
    EXPECT_EQ(last_line_of("a\nb c\n\n"), "b c");
    EXPECT_EQ(last_line_of(" \n"), "");
}

TEST(Triage, NamesAnImageThatCannotBePulled) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.pod(0)["status"]["phase"] = "Pending";
    cluster.pod(0)["status"]["containerStatuses"] =
        Json::array({waiting("ImagePullBackOff", "Back-off pulling image \"x\"")});
    cluster.slices.erase(cluster.slices.begin());
    const Finding finding = only_finding(cluster.report(), "gpu-0");
    EXPECT_EQ(finding.link, Link::pod);
    EXPECT_TRUE(says(finding.cause, "ImagePullBackOff: Back-off pulling image")) << finding.cause;
}

TEST(Triage, NamesAPodThatIsNotThereThoughSelected) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.lose_driver(0);
    const Finding finding = only_finding(cluster.report(), "gpu-0");
    EXPECT_EQ(finding.link, Link::pod);
    EXPECT_TRUE(says(finding.cause, "though it selects it")) << finding.cause;
}

TEST(Triage, NamesAPluginThatIsNoLongerRegistered) {
    PlayedCluster cluster = PlayedCluster::with_plugin(2);
    cluster.node(1)["status"]["allocatable"]["nvidia.com/gpu"] = "0";
    Finding finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_EQ(finding.link, Link::registration);
    EXPECT_TRUE(says(finding.cause, "none of the 8 nvidia.com/gpu is allocatable"))
        << finding.cause;
    EXPECT_TRUE(says(finding.next, "logs nvidia-device-plugin-daemonset-1")) << finding.next;
    cluster.node(1)["status"]["capacity"]["nvidia.com/gpu"] = "0";
    finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_TRUE(says(finding.cause, "counts 0")) << finding.cause;
    cluster.node(1)["status"]["capacity"].erase("nvidia.com/gpu");
    finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_TRUE(says(finding.cause, "runs and has registered no device")) << finding.cause;
}

TEST(Triage, KnowsPartitionsForDevicesOfTheirVendor) {
    PlayedCluster cluster = PlayedCluster::with_plugin(1);
    for (const char* list : {"capacity", "allocatable"}) {
        cluster.node(0)["status"][list]["nvidia.com/gpu"] = "0";
        cluster.node(0)["status"][list]["nvidia.com/mig-1g.5gb"] = "7";
    }
    EXPECT_EQ(cluster.report().exit_code, 0);
    EXPECT_EQ(cluster.report().nodes.front().accelerators.at("nvidia"), 7);
}

TEST(Triage, NamesDevicesThatAreUnhealthyOrMissing) {
    PlayedCluster cluster = PlayedCluster::with_plugin(3);
    cluster.node(1)["status"]["allocatable"]["nvidia.com/gpu"] = "7";
    EXPECT_EQ(only_finding(cluster.report(), "gpu-1").link, Link::devices);
    cluster.node(1)["status"]["capacity"]["nvidia.com/gpu"] = "7";
    const Finding finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_EQ(finding.link, Link::devices);
    EXPECT_TRUE(says(finding.cause, "7 device(s) of nvidia, where 2 of its 2 peers have 8"))
        << finding.cause;
}

TEST(Triage, NamesAPoolWhoseSlicesAreIncomplete) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.slice(1)["spec"]["pool"]["resourceSliceCount"] = 2;
    Finding finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_EQ(finding.link, Link::slices);
    EXPECT_TRUE(says(finding.cause, "1 of 2 slice(s)")) << finding.cause;
    EXPECT_TRUE(says(finding.next, "spec.nodeName=gpu-1")) << finding.next;
    cluster = PlayedCluster::of_nodes(2);
    Json newer = cluster.slice(1);
    newer["spec"]["pool"]["generation"] = 4;
    newer["spec"]["pool"]["resourceSliceCount"] = 2;
    cluster.slices.insert(cluster.slices.begin(), newer);
    finding = only_finding(cluster.report(), "gpu-1");
    EXPECT_TRUE(says(finding.cause,
                     "1 of 2 slice(s) of its newest generation 4 are there beside 1 "
                     "of older ones"))
        << finding.cause;
}

TEST(Triage, NamesTaintedDevices) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.slice(0)["spec"]["devices"][2]["taints"] = {
        {{"key", "xid"}, {"value", "79"}, {"effect", "NoExecute"}}};
    const Finding finding = only_finding(cluster.report(), "gpu-0");
    EXPECT_EQ(finding.link, Link::device_taint);
    EXPECT_TRUE(says(finding.cause, "gpu-2 (xid=79:NoExecute)")) << finding.cause;
}

TEST(Triage, NamesADriverThatDoesNotPrepare) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    Json tenant = cluster.pod(0);
    tenant["metadata"]["name"] = "tenant";
    tenant["metadata"]["ownerReferences"] = Json::array();
    tenant["status"] = {{"phase", "Pending"}};
    tenant["spec"]["resourceClaims"] = {{{"name", "gpu"}}};
    cluster.pods.push_back(tenant);
    cluster.events.push_back(
        {{"involvedObject", {{"kind", "Pod"}, {"namespace", "nvidia"}, {"name", "tenant"}}},
         {"reason", "FailedPrepareDynamicResources"},
         {"message", "read-only file system"},
         {"source", {{"host", "gpu-0"}}},
         {"lastTimestamp", minutes_ago}});
    const Finding finding = only_finding(cluster.report(), "gpu-0");
    EXPECT_EQ(finding.link, Link::preparation);
    EXPECT_EQ(finding.next, "kubectl -n nvidia describe pod tenant");
    cluster.pods.back()["status"]["phase"] = "Running";
    EXPECT_EQ(cluster.report().exit_code, 0) << "it was got over";
}

TEST(Triage, NamesADeviceHeldForAPodThatIsGone) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.claims.push_back(
        {{"metadata", {{"namespace", "ml"}, {"name", "c"}, {"creationTimestamp", minutes_ago}}},
         {"status",
          {{"allocation",
            {{"devices",
              {{"results",
                {{{"driver", "gpu.nvidia.com"}, {"pool", "gpu-1"}, {"device", "gpu-3"}}}}}}}},
           {"reservedFor", {{{"resource", "pods"}, {"name", "p"}, {"uid", "u1"}}}}}}});
    const Report report = cluster.report();
    EXPECT_EQ(only_finding(report, "gpu-1").link, Link::holder);
    EXPECT_EQ(report.nodes[1].holders.at(0).who, "pod ml/p");
    EXPECT_EQ(report.nodes[1].holders.at(0).what, "gpu.nvidia.com gpu-3");
    cluster.pod(0)["metadata"]["uid"] = "u1";
    EXPECT_EQ(cluster.report().exit_code, 0);
}

TEST(Triage, TellsWhoHoldsDevicesOfAPlugin) {
    PlayedCluster cluster = PlayedCluster::with_plugin(1);
    Json tenant = cluster.pod(0);
    tenant["metadata"] = {{"namespace", "ml"}, {"name", "train"}, {"uid", "u"}};
    tenant["spec"]["containers"] = {{{"resources", {{"limits", {{"nvidia.com/gpu", "2"}}}}}}};
    cluster.pods.push_back(tenant);
    const NodeReport node = cluster.report().nodes.front();
    ASSERT_EQ(node.holders.size(), 1U);
    EXPECT_EQ(node.holders[0].who + " " + node.holders[0].what, "pod ml/train nvidia.com/gpu: 2");
}

TEST(Triage, NamesTheOddVersionOut) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    for (Json& device : cluster.slice(2)["spec"]["devices"]) {
        device["attributes"]["driverVersion"]["version"] = "580.65.6";
    }
    Finding finding = only_finding(cluster.report(), "gpu-2");
    EXPECT_EQ(finding.link, Link::skew);
    EXPECT_EQ(finding.cause, "its nvidia driver is 580.65.6, where 2 of its 2 peers have 580.95.5");
    cluster = PlayedCluster::of_nodes(2);
    cluster.node(0)["status"]["nodeInfo"]["kubeletVersion"] = "v1.36.4";
    finding = only_finding(cluster.report(), "gpu-0");
    EXPECT_TRUE(says(finding.cause, "kubelet is v1.36.4")) << "with two, the older is behind";
}

TEST(Triage, ComparesNodesOfOnePoolOnly) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    cluster.node(2)["metadata"]["labels"]["cloud.google.com/gke-nodepool"] = "l4";
    cluster.node(2)["status"]["nodeInfo"]["kernelVersion"] = "6.1.0";
    cluster.slice(2)["spec"]["devices"].erase(0);
    EXPECT_EQ(cluster.report().exit_code, 0);
}

TEST(Triage, PutsTheFirstLinkFirst) {
    PlayedCluster cluster = PlayedCluster::of_nodes(3);
    cluster.node(1)["status"]["nodeInfo"]["kernelVersion"] = "6.1.0";
    cluster.node(1)["spec"]["unschedulable"] = true;
    cluster.pod(1)["status"]["containerStatuses"] = Json::array({waiting("CrashLoopBackOff", "")});
    const Report report = cluster.report();
    ASSERT_EQ(report.nodes[1].findings.size(), 3U);
    EXPECT_EQ(report.nodes[1].findings[0].link, Link::cordon);
    EXPECT_EQ(report.nodes[1].findings[1].link, Link::pod);
    EXPECT_EQ(report.nodes[1].findings[2].link, Link::skew);
}

}  // namespace
}  // namespace assay::triage
