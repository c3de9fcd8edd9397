// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/checks/played_cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "checks/catalog.h"
#include "engine/adapter.h"
#include "tests/unit/checks/played_objects.h"

namespace assay {

namespace {

using kube::Json;
using played::accounts;
using played::classes;
using played::named;
using played::Silent;
using played::slices;

std::string uuid_of(const std::string& node, int minor) {
    return fmt::format("GPU-{}-{}", node, minor);
}

std::string number_of(int minor) {
    return fmt::format("c:195:{}", minor);
}

Json opened(int minor, const std::string& by) {
    return {{"number", number_of(minor)},
            {"path", by == "node" ? fmt::format("/dev/nvidia{}", minor) : "/tmp/guess"},
            {"by", by},
            {"errno", "ENXIO"}};
}

std::string wanted_node(const Json& pod) {
    const std::string affinity = kube::object(pod, {"spec", "affinity"}).dump();
    for (const char* node : {"node-0", "node-1"}) {
        if (affinity.find(node) != std::string::npos) {
            return node;
        }
    }
    return "node-0";
}

const AssertionResult& assertion_in(const RunResult& run, const std::string& id) {
    for (const RequirementResult& requirement : run.requirements) {
        for (const AssertionResult& assertion : requirement.assertions) {
            if (assertion.id == id) {
                return assertion;
            }
        }
    }
    throw std::logic_error("no assertion " + id);
}

}  // namespace

const kube::Resource PlayedCluster::claims{"resource.k8s.io", "v1", "resourceclaims",
                                           "ResourceClaim", true};

PlayedCluster::PlayedCluster() {
    server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
        server.update(accounts, named("default", kube::name_of(space)));
    });
    server_.on_patched(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { container_attached(pod); });
    server_.on_created(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { pod_created(pod); });
}

void PlayedCluster::publish() {
    server_.update(kube::namespaces, named("kube-system"));
    for (const std::string node : {"node-0", "node-1"}) {
        Json object = named(node);
        object["status"]["nodeInfo"]["architecture"] = architectures[node];
        object["status"]["conditions"] = Json::array({{{"type", "Ready"}, {"status", "True"}}});
        if (simulated) {
            object["metadata"]["labels"]["lab.assay/simulated"] = "true";
        }
        if (by_plugin || beside_a_plugin) {
            object["status"]["allocatable"]["nvidia.com/gpu"] = std::to_string(published_per_node);
        }
        server_.update(kube::nodes, object);
        if (by_plugin) {
            continue;
        }
        Json slice{{"metadata", {{"name", "slice-" + node}}},
                   {"spec",
                    {{"driver", "gpu.nvidia.com"},
                     {"nodeName", node},
                     {"pool", {{"name", node}, {"generation", 1}, {"resourceSliceCount", 1}}},
                     {"devices", Json::array()}}}};
        for (int minor = 0; minor < published_per_node; ++minor) {
            slice["spec"]["devices"].push_back(
                {{"name", fmt::format("gpu-{}", minor)},
                 {"attributes", {{"uuid", {{"string", uuid_of(node, minor)}}}}},
                 {"capacity", {{"memory", {{"value", "140Gi"}}}}}});
        }
        server_.update(slices, slice);
    }
    server_.update(classes, {{"metadata", {{"name", "gpu.nvidia.com"}}},
                             {"spec", {{"selectors", Json::array()}}}});
    for (const std::string& name : runtime_classes) {
        server_.update(kube::runtime_classes, {{"metadata", {{"name", name}}}, {"handler", name}});
    }
}

std::set<int> PlayedCluster::allocate(Json& pod, const std::string& node) {
    int wanted = kube::array(pod, {"spec", "resourceClaims"}).empty() ? 0 : 1;
    for (const Json& container : kube::array(pod, {"spec", "containers"})) {
        wanted += std::atoi(
            kube::text(container, {"resources", "limits", "nvidia.com/gpu"}, "0").c_str());
    }
    if (wanted == 0) {
        return {};
    }
    // A device plugin knows nothing of what the DRA driver has allocated, nor the other way round.
    const bool by_claim = !kube::array(pod, {"spec", "resourceClaims"}).empty();
    const std::string allocator = node + (by_claim ? "" : " by plugin");
    const std::set<int> gone = taken(allocator);
    std::set<int> minors;
    for (int minor = 0; static_cast<int>(minors.size()) < wanted; ++minor) {
        if (!gone.contains(minor)) {
            minors.insert(minor);
        }
    }
    held_[allocator][kube::name_of(pod)] = minors;
    if (!by_claim) {
        return minors;
    }
    const int minor = *minors.begin();
    const std::string name = kube::name_of(pod) + "-claim";
    const Json result{
        {"driver", "gpu.nvidia.com"}, {"pool", node}, {"device", fmt::format("gpu-{}", minor)}};
    server_.update(
        claims,
        {{"metadata", {{"name", name}, {"namespace", kube::namespace_of(pod)}}},
         {"status", {{"allocation", {{"devices", {{"results", Json::array({result})}}}}}}}});
    pod["status"]["resourceClaimStatuses"] =
        Json::array({Json{{"name", "accelerator"}, {"resourceClaimName", name}}});
    return {minor};
}

// By pods that are still there.
std::set<int> PlayedCluster::taken(const std::string& allocator) {
    std::set<std::string> there;
    for (const Json& pod : server_.stored(kube::pods)) {
        there.insert(kube::name_of(pod));
    }
    std::set<int> minors;
    for (const auto& [pod, some] : held_[allocator]) {
        if (there.contains(pod)) {
            minors.insert(some.begin(), some.end());
        }
    }
    return minors;
}

PlayedContainer PlayedCluster::container_of(const Json& pod, const Json& spec,
                                            const std::set<int>& granted) const {
    PlayedContainer container{.pod = kube::name_of(pod),
                              .role = kube::text(pod, {"metadata", "labels", "assay/role"}),
                              .container = kube::text(spec, {"name"}),
                              .image = kube::text(spec, {"image"}),
                              .handler = kube::text(pod, {"spec", "runtimeClassName"}),
                              .node = kube::text(pod, {"spec", "nodeName"}),
                              .env = {},
                              .granted = {},
                              .guesses = {},
                              .options = {}};
    for (const Json& variable : kube::array(spec, {"env"})) {
        container.env[kube::text(variable, {"name"})] = kube::text(variable, {"value"});
    }
    if (kube::find(spec, {"resources"}) != nullptr) {
        container.granted = granted;
    }
    const Json& arguments = kube::array(spec, {"args"});
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
        const auto name = arguments[i].get<std::string>();
        const auto value = arguments[i + 1].get<std::string>();
        if (name == "--number") {
            container.guesses.insert(std::stoi(value.substr(6)));
        } else if (name.starts_with("--")) {
            container.options[name] = value;
        }
    }
    return container;
}

std::string PlayedCluster::document(const PlayedContainer& container) const {
    const Leak leak = violation(container);
    std::set<int> nodes = container.granted;
    nodes.insert(leak.nodes.begin(), leak.nodes.end());
    Json document{{"schema", "assay.probe/v1"}, {"verb", "isolate"},
                  {"complete", true},           {"uid", 0},
                  {"reachable", Json::array()}, {"unclear", Json::array()},
                  {"not_tried", Json::array()}, {"gpus", Json::array()}};
    for (const int minor : nodes) {
        document["reachable"].push_back(opened(minor, "node"));
        document["gpus"].push_back(
            {{"uuid", uuid_of(container.node, minor)}, {"number", number_of(minor)}});
    }
    for (const int minor : container.guesses) {
        if (!mknod_allowed) {
            document["not_tried"].push_back(
                {{"number", number_of(minor)}, {"by", "mknod"}, {"errno", "EPERM"}});
        } else if (leak.guessed.contains(minor)) {
            document["reachable"].push_back(opened(minor, "mknod"));
        }
    }
    use_memory(container, document);
    document["counts"] = {{"reachable", document["reachable"].size()}, {"unclear", 0}};
    return document.dump();
}

// Each accelerator has memory of a thousand bytes.
void PlayedCluster::use_memory(const PlayedContainer& container, Json& document) const {
    constexpr std::int64_t bytes = 1000;
    const std::string none = "there is no libcuda.so.1";
    const bool computes = has_cuda && !container.granted.empty();
    const std::string uuid =
        computes ? uuid_of(container.node, *container.granted.begin()) : std::string();
    const auto opened = [&](bool opens) -> Json {
        return {{"answer", !computes ? "not_tried"
                           : opens   ? "opened"
                                     : "refused"},
                {"words", computes ? "" : none}};
    };
    if (container.options.contains("--mark")) {
        document["shared_memory"] = {{"uuid", uuid},
                                     {"marked_bytes", computes ? bytes : 0},
                                     {"handle", computes ? std::string(128, 'a') : ""},
                                     {"second_process", opened(makes_handles)},
                                     {"why", computes ? "" : none}};
    }
    if (container.options.contains("--search")) {
        document["searched_memory"] = {{"uuid", uuid},
                                       {"total_bytes", bytes},
                                       {"searched_bytes", bytes * searchable_percent / 100},
                                       {"found_bytes", keeps_memory ? 16 : 0},
                                       {"why", computes ? "" : none}};
    }
    if (container.options.contains("--open")) {
        document["opened_handle"] = opened(opens_any_handle);
    }
}

// As the resource claim controller of 1.37 does for a pod whose containers have all ended: the
// claim is removed, and a pod that changes once more without it is given another one.
void PlayedCluster::remove_claims_of_ended(Json pod) {
    for (const Json& status : kube::array(pod, {"status", "containerStatuses"})) {
        if (kube::find(status, {"state", "terminated"}) == nullptr) {
            return;
        }
    }
    pod["status"]["phase"] = "Succeeded";
    server_.update(kube::pods, pod);
    if (kube::array(pod, {"status", "resourceClaimStatuses"}).empty()) {
        return;
    }
    const std::string space = kube::namespace_of(pod);
    for (Json& status : pod["status"]["resourceClaimStatuses"]) {
        const std::string name = kube::text(status, {"resourceClaimName"});
        server_.erase(claims, space, name);
        status["resourceClaimName"] = name + "-anew";
        server_.update(claims, {{"metadata", {{"name", name + "-anew"}, {"namespace", space}}}});
    }
    server_.update(kube::pods, pod);
    for (const Json& status : pod["status"]["resourceClaimStatuses"]) {
        server_.erase(claims, space, kube::text(status, {"resourceClaimName"}));
    }
}

void PlayedCluster::pod_created(const Json& created) {
    Json pod = created;
    const std::string role = kube::text(pod, {"metadata", "labels", "assay/role"});
    const std::string node = placement(role, wanted_node(pod));
    pod["spec"]["nodeName"] = node;
    const std::set<int> granted = allocate(pod, node);
    pod["status"]["phase"] = "Running";
    for (const Json& spec : kube::array(created, {"spec", "initContainers"})) {
        play(pod, spec, granted, "initContainerStatuses");
    }
    for (const Json& spec : kube::array(created, {"spec", "containers"})) {
        play(pod, spec, granted, "containerStatuses");
    }
    server_.update(kube::pods, pod);
    remove_claims_of_ended(pod);
}

void PlayedCluster::container_attached(const Json& patched) {
    Json pod = patched;
    for (const Json& spec : kube::array(patched, {"spec", "ephemeralContainers"})) {
        play(pod, spec, {}, "ephemeralContainerStatuses");
    }
    server_.update(kube::pods, pod);
}

void PlayedCluster::play(Json& pod, const Json& spec, const std::set<int>& granted,
                         const char* statuses) {
    const PlayedContainer container = container_of(pod, spec, granted);
    const std::string said = speech(container, document(container));
    Json status{{"name", container.container}, {"imageID", container.image}};
    const Json& arguments = kube::array(spec, {"args"});
    if (std::ranges::find(arguments, Json("--hold")) != arguments.end()) {
        server_.set_log(kube::namespace_of(pod), container.pod, container.container, said + "\n");
        status["state"] = {{"running", Json::object()}};
    } else {
        status["state"] = {{"terminated", {{"exitCode", 0}, {"message", said}}}};
    }
    pod["status"][statuses].push_back(std::move(status));
}

RunResult PlayedCluster::run(const std::vector<std::string>& select, bool intrusive) {
    held_.clear();
    publish();
    const kube::Client client(server_);
    static const std::vector<Adapter> adapters = *load_adapters();
    const auto inventory =
        take_inventory(client, adapters, kube::Limit::of(std::chrono::seconds(10)));
    if (!inventory) {
        throw std::runtime_error(inventory.error().message);
    }
    const auto kind = chosen_kind(*inventory, accelerator);
    if (!kind) {
        throw std::runtime_error(kind.error());
    }
    RunPlan plan;
    plan.profile = *load_profile("k8s-ai-1.37");
    plan.profile.observe_s = 2;
    plan.select = select;
    plan.components = *load_components();
    plan.catalog = checks.empty() ? catalog() : std::span<const Check* const>(checks);
    plan.images = {{"core", "r/core"}, {"visible", "r/visible"}, {"legacy", "r/legacy"}};
    plan.intrusive = intrusive;
    plan.architectures = image_architectures;
    plan.timeout = std::chrono::seconds(20);
    plan.namespace_name = namespace_name;
    plan.unaskable = unaskable;
    plan.journal = journal;
    plan.resumed = resumed;
    plan.keep = keep;
    plan.budget = budget;
    plan.settling = settling;
    Silent silent;
    return Runner(client, *inventory, *kind, silent).run(plan, "r2d2", {});
}

Outcome outcome_of(const RunResult& run, const std::string& assertion) {
    return assertion_in(run, assertion).outcome;
}

std::string findings_of(const RunResult& run, const std::string& assertion) {
    std::string text = assertion_in(run, assertion).reason;
    for (const Finding& finding : assertion_in(run, assertion).findings) {
        text += fmt::format("[{}] {}: {} ({})\n", to_string(finding.outcome), finding.target,
                            finding.actual, finding.reason);
    }
    return text;
}

std::vector<std::string> failed_in(const RunResult& run) {
    std::vector<std::string> ids;
    for (const RequirementResult& requirement : run.requirements) {
        for (const AssertionResult& one : requirement.assertions) {
            if (one.outcome == Outcome::failed) {
                ids.push_back(one.id);
            }
        }
    }
    return ids;
}

}  // namespace assay
