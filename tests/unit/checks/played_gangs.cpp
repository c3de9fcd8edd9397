// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/checks/played_gangs.h"

#include <fmt/format.h>

#include "checks/catalog.h"
#include "tests/unit/checks/played_objects.h"

namespace assay {

namespace {

using kube::Json;
using played::accounts;
using played::named;

constexpr const char* resource = "nvidia.com/gpu";
constexpr int per_node = 4;

const kube::Resource groups{"scheduling.k8s.io", "v1beta1", "podgroups", "PodGroup", true};
const kube::Resource jobs{"batch", "v1", "jobs", "Job", true};
const kube::Resource flavors{"kueue.x-k8s.io", "v1beta2", "resourceflavors", "ResourceFlavor",
                             false};
const kube::Resource queues{"kueue.x-k8s.io", "v1beta2", "clusterqueues", "ClusterQueue", false};
const kube::Resource locals{"kueue.x-k8s.io", "v1beta2", "localqueues", "LocalQueue", true};
const kube::Resource workloads{"kueue.x-k8s.io", "v1beta2", "workloads", "Workload", true};

std::string wanted_node(const Json& pod) {
    const std::string affinity = kube::object(pod, {"spec", "affinity"}).dump();
    return affinity.find("node-1") == std::string::npos ? "node-0" : "node-1";
}

bool asks(const Json& pod) {
    return pod.dump().find(resource) != std::string::npos;
}

int quota_of(const Json& queue) {
    const Json& quota = queue["spec"]["resourceGroups"][0]["flavors"][0]["resources"][0];
    return quota["nominalQuota"].get<int>();
}

}  // namespace

PlayedGangs::PlayedGangs(Wrong wrong, bool by_capacity, bool by_quota) : wrong_(wrong) {
    server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
        server.update(accounts, named("default", kube::name_of(space)));
    });
    server_.on_created(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { pod_created(pod); });
    server_.on_removed(kube::pods, [this](kube::FakeApiServer&, const Json&) { schedule(); });
    server_.on_created(
        queues, [this](kube::FakeApiServer&, const Json& queue) { quota_ = quota_of(queue); });
    server_.on_patched(queues, [this](kube::FakeApiServer&, const Json& queue) {
        quota_ = wrong_.ignores_more_quota ? quota_ : quota_of(queue);
        admit();
    });
    server_.on_created(jobs, [this](kube::FakeApiServer&, const Json&) { admit(); });
    server_.serve_group({.name = "batch", .versions = {"v1"}, .kinds = {jobs}});
    if (by_capacity) {
        server_.serve_group(
            {.name = "scheduling.k8s.io", .versions = {"v1beta1"}, .kinds = {groups}});
    }
    if (by_quota) {
        server_.serve_group({.name = "kueue.x-k8s.io",
                             .versions = {"v1beta2"},
                             .kinds = {flavors, queues, locals, workloads}});
    }
}

void PlayedGangs::publish() {
    server_.update(kube::namespaces, named("kube-system"));
    if (!namespace_name.empty()) {
        server_.update(kube::namespaces, named(namespace_name));
        server_.update(accounts, named("default", namespace_name));
    }
    for (const std::string node : {"node-0", "node-1"}) {
        Json object = named(node);
        const int count = node == "node-0" ? per_node : accelerators_of_second_node;
        object["status"]["allocatable"][resource] = std::to_string(count);
        object["status"]["conditions"] = Json::array({{{"type", "Ready"}, {"status", "True"}}});
        server_.update(kube::nodes, object);
    }
}

int PlayedGangs::free_on(const std::string& node) const {
    int taken = 0;
    for (const Json& pod : server_.stored(kube::pods)) {
        taken += kube::text(pod, {"spec", "nodeName"}) == node && asks(pod) ? 1 : 0;
    }
    return (node == "node-0" ? per_node : accelerators_of_second_node) - taken;
}

void PlayedGangs::bind(Json pod, const std::string& node) {
    pod["spec"]["nodeName"] = node;
    pod["status"]["phase"] = "Running";
    pod["status"]["conditions"] = Json::array();
    server_.update(kube::pods, pod);
}

void PlayedGangs::refuse(Json pod, const std::string& words) {
    const Json condition{{"type", "PodScheduled"},
                         {"status", "False"},
                         {"reason", "Unschedulable"},
                         {"message", words}};
    if (kube::array(pod, {"status", "conditions"}) != Json::array({condition})) {
        pod["status"]["conditions"] = Json::array({condition});
        server_.update(kube::pods, pod);
    }
}

void PlayedGangs::pod_created(const Json& pod) {
    if (kube::text(pod, {"metadata", "labels", "assay/role"}) == "member") {
        schedule();
    }
}

void PlayedGangs::place_gang(const std::string& name, const std::vector<Json>& members) {
    const std::string node = wanted_node(members.front());
    const auto group = server_.stored(groups, kube::namespace_of(members.front()), name);
    const auto wanted = static_cast<std::size_t>(
        kube::integer(*group, {"spec", "schedulingPolicy", "gang", "minCount"}, 1));
    const bool fits = static_cast<std::size_t>(free_on(node)) >= members.size();
    const bool whole = members.size() >= wanted && fits && !wrong_.never_binds_gangs;
    if (whole) {
        for (const Json& one : members) {
            bind(one, node);
        }
        return;
    }
    if (members.size() < wanted || wrong_.says_nothing) {
        return;
    }
    if (wrong_.binds_and_evicts && free_on(node) > 0) {
        bind(members.front(), node);
        server_.erase(kube::pods, kube::namespace_of(members.front()),
                      kube::name_of(members.front()));
        return;
    }
    for (const Json& one : members) {
        refuse(one, "minCount cannot be satisfied");
    }
    if (wrong_.others_come && free_on(node) > 0) {
        Json other = named("other", "tenant");
        other["spec"]["containers"] =
            Json::array({{{"name", "a"}, {"resources", {{"limits", {{resource, "1"}}}}}}});
        bind(other, node);
    }
}

void PlayedGangs::schedule() {
    std::map<std::string, std::vector<Json>> gangs;
    for (const Json& pod : server_.stored(kube::pods)) {
        if (!kube::text(pod, {"spec", "nodeName"}).empty() || !asks(pod)) {
            continue;
        }
        const std::string gang = kube::text(pod, {"spec", "schedulingGroup", "podGroupName"});
        const bool alone = gang.empty() || wrong_.ignores_gangs ||
                           (wrong_.takes_parts && gang.find("turn") != std::string::npos);
        if (!alone) {
            gangs[gang].push_back(pod);
        } else if (!wrong_.binds_nothing && free_on(wanted_node(pod)) > 0) {
            bind(pod, wanted_node(pod));
        } else {
            refuse(pod, "0/2 nodes are available: 1 Insufficient nvidia.com/gpu");
        }
    }
    for (const auto& [name, members] : gangs) {
        place_gang(name, members);
    }
}

void PlayedGangs::start_pods_of(const Json& job) {
    started_.insert(kube::name_of(job));
    for (int i = 0; i < kube::integer(job, {"spec", "parallelism"}); ++i) {
        Json pod = named(fmt::format("{}-{}", kube::name_of(job), i), kube::namespace_of(job));
        pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] = kube::name_of(job);
        pod["status"]["phase"] = "Running";
        server_.update(kube::pods, pod);
    }
}

void PlayedGangs::admit() {
    for (const Json& job : server_.stored(jobs)) {
        if (started_.contains(kube::name_of(job))) {
            continue;
        }
        const bool fits = kube::integer(job, {"spec", "parallelism"}) <= quota_;
        if ((fits || wrong_.ignores_quota) && !wrong_.holds_all_jobs) {
            start_pods_of(job);
        } else if (!wrong_.queue_says_nothing) {
            Json workload = named("of-" + kube::name_of(job), kube::namespace_of(job));
            workload["status"]["conditions"] = Json::array({{{"type", "QuotaReserved"},
                                                             {"status", "False"},
                                                             {"reason", "Pending"},
                                                             {"message", "insufficient quota"}}});
            server_.update(workloads, workload);
        }
    }
}

RunResult PlayedGangs::run(Changes allowed) {
    publish();
    const kube::Client client(server_);
    static const std::vector<Adapter> adapters = *load_adapters();
    const auto inventory =
        *take_inventory(client, adapters, kube::Limit::of(std::chrono::seconds(10)));
    RunPlan plan;
    plan.profile = *load_profile("k8s-ai-1.37");
    plan.profile.observe_s = 1;
    plan.select = {"gang_scheduling"};
    plan.catalog = catalog();
    plan.images = {{"core", "r/core"}};
    plan.timeout = std::chrono::seconds(30);
    plan.allowed = std::move(allowed);
    plan.namespace_name = namespace_name;
    plan.components = *load_components();
    played::Silent silent;
    return Runner(client, inventory, *chosen_kind(inventory, ""), silent).run(plan, "r2d2", {});
}

}  // namespace assay
