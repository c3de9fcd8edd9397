// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/checks/played_autoscaler.h"

#include <array>

#include "checks/catalog.h"
#include "engine/runner.h"
#include "tests/unit/checks/played_objects.h"

namespace assay {

namespace {

using kube::Json;
using played::accounts;
using played::named;

const kube::Resource pools{"karpenter.sh", "v1", "nodepools", "NodePool", false};
const kube::Resource claims{"resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", true};
const kube::Resource daemon_sets{"apps", "v1", "daemonsets", "DaemonSet", true};
constexpr const char* gpu = "example.com/gpu";
constexpr const char* pool_label = "karpenter.sh/nodepool";
constexpr const char* old_node = "old";

Json ready(bool is) {
    return Json::array({{{"type", "Ready"}, {"status", is ? "True" : "False"}}});
}

bool is_impossible(const Json& pod) {
    return kube::name_of(pod).find("impossible") != std::string::npos;
}

}  // namespace

PlayedAutoscaler::PlayedAutoscaler(Wrong wrong) : wrong_(wrong) {
    server_.update(kube::namespaces, named("kube-system"));
    server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
        server.update(accounts, named("default", kube::name_of(space)));
    });
    server_.on_created(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { pod_created(pod); });
    server_.serve_group({.name = "apps", .versions = {"v1"}, .kinds = {daemon_sets}});
    server_.on_created(daemon_sets, [this](kube::FakeApiServer& server, Json made) {
        made["status"] = {{"observedGeneration", 1},
                          {"desiredNumberScheduled", 1},
                          {"currentNumberScheduled", 1}};
        server.update(daemon_sets, made);
        Json pod = made["spec"]["template"];
        pod["metadata"]["name"] = "stands";
        pod["metadata"]["namespace"] = kube::namespace_of(made);
        pod["spec"]["nodeName"] = wrong_.nobody_stands ? "" : old_node;
        server.update(kube::pods, pod);
        stands_on_ = kube::array(
            made, {"spec", "template", "spec", "affinity", "nodeAffinity",
                   "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"});
    });
    server_.on_removed(kube::pods, [this](kube::FakeApiServer& server, const Json&) {
        for (const Json& node : server.stored(kube::nodes)) {
            const std::string name = kube::name_of(node);
            if (name.starts_with("new-") && !wrong_.stays && !wrong_.used_by_another) {
                server.erase(kube::nodes, "", name);
                if (wrong_.comes_back) {
                    make_node("other-again", {{gpu, "1"}});
                }
            }
        }
    });
}

void PlayedAutoscaler::publish() {
    Json old{{"metadata",
              {{"name", old_node},
               {"uid", "uid-old"},
               {"labels",
                {{"kubernetes.io/hostname", "old-host"},
                 {pool_label, "lab-gpu"},
                 {"lab.assay/simulated", "true"}}}}},
             {"status", {{"conditions", ready(true)}, {"allocatable", Json::object()}}}};
    if (!known_node_offers.empty()) {
        old["status"]["allocatable"][known_node_offers] = "1";
    }
    server_.update(kube::nodes, old);
    if (by_claims) {
        server_.update(
            played::classes,
            {{"metadata", {{"name", "gpu.example.com"}}},
             {"spec",
              {{"selectors",
                Json::array(
                    {{{"cel", {{"expression", "device.driver == 'gpu.example.com'"}}}}})}}}});
        server_.update(
            played::slices,
            {{"metadata", {{"name", "s"}}},
             {"spec",
              {{"driver", "gpu.example.com"},
               {"nodeName", old_node},
               {"pool", {{"name", old_node}, {"generation", 1}, {"resourceSliceCount", 1}}},
               {"devices", Json::array({{{"name", "gpu-0"}}})}}}});
    }
    if (!karpenter) {
        return;
    }
    server_.serve_group({.name = "karpenter.sh", .versions = {"v1"}, .kinds = {pools}});
    server_.update(
        pools,
        {{"metadata", {{"name", "lab-gpu"}}},
         {"spec",
          {{"limits", by_claims ? Json::object() : Json{{gpu, 2}}},
           {"template",
            {{"spec",
              {{"taints", Json::array({{{"key", "dear"}, {"effect", "NoSchedule"}}})}}}}}}}});
}

void PlayedAutoscaler::make_node(const std::string& name, const Json& offers) {
    Json node{
        {"metadata",
         {{"name", name},
          {"labels", {{pool_label, "lab-gpu"}, {"lab.assay/simulated", "true"}}},
          {"ownerReferences", Json::array({{{"kind", "NodeClaim"}, {"name", "claim-" + name}}})}}},
        {"status",
         {{"conditions", ready(!wrong_.never_ready)},
          {"capacity", offers},
          {"allocatable", wrong_.no_accelerator ? Json::object() : offers}}}};
    if (wrong_.stays_unregistered) {
        node["spec"]["taints"] = Json::array({{{"key", "karpenter.sh/unregistered"}}});
    }
    if (wrong_.not_to_be_disturbed) {
        node["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] = "true";
    }
    server_.update(kube::nodes, node);
    if (by_claims && !wrong_.no_accelerator) {
        server_.update(played::slices, {{"metadata", {{"name", "s-" + name}}},
                                        {"spec",
                                         {{"driver", "gpu.example.com"},
                                          {"nodeName", name},
                                          {"devices", Json::array({{{"name", "gpu-0"}}})}}}});
    }
    if (wrong_.used_by_another) {
        server_.update(kube::pods, {{"metadata", {{"name", "theirs"}, {"namespace", "elsewhere"}}},
                                    {"spec", {{"nodeName", name}}},
                                    {"status", {{"phase", "Running"}}}});
    }
}

void PlayedAutoscaler::say(const Json& pod, const std::string& reason, const std::string& message) {
    server_.update(
        kube::events,
        {{"metadata",
          {{"name", kube::name_of(pod) + "." + reason}, {"namespace", kube::namespace_of(pod)}}},
         {"involvedObject", {{"kind", "Pod"}, {"name", kube::name_of(pod)}}},
         {"reason", reason},
         {"message", message}});
}

void PlayedAutoscaler::place(Json& pod, const std::string& node) {
    pod["spec"]["nodeName"] = node;
    pod["status"]["phase"] = wrong_.pod_fails ? "Failed" : "Running";
}

void PlayedAutoscaler::pod_created(Json pod) {
    asked_.push_back(pod);
    const bool impossible = is_impossible(pod);
    for (int i = 0; i < wrong_.of_others; ++i) {
        make_node("other-" + std::to_string(i), {{gpu, "1"}});
    }
    const bool comes = impossible ? wrong_.believes_the_impossible : !wrong_.no_node;
    const std::string name = "new-" + std::to_string(++made_);
    if (comes) {
        make_node(name, impossible ? Json{{"assay.invalid/accelerator", "1"}} : Json{{gpu, "1"}});
    }
    if (comes || (impossible && wrong_.only_says_so)) {
        if (!wrong_.says_nothing) {
            say(pod, "Nominated", "Pod should schedule on: nodeclaim/claim-" + name);
        }
    } else {
        say(pod, "FailedScheduling", "nothing has it");
    }
    const bool usable = comes && !wrong_.no_accelerator && !wrong_.never_bound &&
                        !wrong_.never_ready && !wrong_.stays_unregistered;
    if (!impossible && wrong_.bound_to_an_old_one) {
        place(pod, old_node);
    } else if (usable) {
        place(pod, name);
    } else if (!wrong_.unscheduled) {
        pod["status"]["conditions"] = Json::array({{{"type", "PodScheduled"},
                                                    {"status", "False"},
                                                    {"reason", "Unschedulable"},
                                                    {"message", "Insufficient of it"}}});
    }
    server_.update(kube::pods, pod);
}

RunResult PlayedAutoscaler::run() {
    publish();
    if (!namespace_name.empty()) {
        server_.update(kube::namespaces, named(namespace_name));
        server_.update(accounts, named("default", namespace_name));
    }
    server_.serve_group({.name = "resource.k8s.io",
                         .versions = {"v1"},
                         .kinds = {claims, played::slices, played::classes}});
    static const std::vector<Adapter> adapters = *load_adapters();
    const kube::Client client(server_);
    const auto inventory =
        *take_inventory(client, adapters, kube::Limit::of(std::chrono::seconds(10)));
    RunPlan plan;
    plan.profile = *load_profile("k8s-ai-1.37");
    plan.profile.observe_s = 1;
    plan.select = {"cluster_autoscaling"};
    static constexpr std::array catalog{&cluster_autoscaling};
    plan.catalog = catalog;
    plan.images = {{"core", "r/core"}};
    plan.allowed = allowed;
    plan.scale_resource = scale_resource;
    plan.namespace_name = namespace_name;
    plan.components = *load_components();
    for (Component& one : plan.components) {
        if (one.role == "autoscaler") {
            one.details["waits"] = {{"node", 1}, {"accelerator", 1}, {"idle", 1}};
        }
    }
    played::Silent observer;
    const auto kind = chosen_kind(inventory, known_node_offers);
    return Runner(client, inventory, kind ? *kind : nullptr, observer).run(plan, "r2d2", {});
}

}  // namespace assay
