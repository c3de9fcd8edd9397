// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/checks/played_pool.h"

#include <fmt/format.h>

#include <algorithm>
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
using played::slices;

class Noting : public played::Silent {
public:
    explicit Noting(std::vector<std::string>& into) : into_(into) {}
    void noticed(const std::string&, const std::string& what) override { into_.push_back(what); }

private:
    std::vector<std::string>& into_;
};

std::string asked_node(const Json& pod) {
    const std::string pointer =
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
        "/nodeSelectorTerms/0/matchFields/0/values/0";
    return pod.at(Json::json_pointer(pointer)).get<std::string>();
}

std::string verb_of(const Json& pod) {
    return pod.at("spec").at("containers").at(0).at("args").at(0).get<std::string>();
}

// What rank 0 says of an all-reduce that came out right.
Json ranks_document() {
    return {{"schema", "assay.probe/v1"},
            {"verb", "allreduce"},
            {"form", "summary"},
            {"complete", true},
            {"uid", 0},
            {"verdict", "passed"},
            {"backend", "tcp-ring"},
            {"simulated", true},
            {"counts", {{"operations", 30}, {"wrong_elements", 0}, {"reasons", 0}, {"refused", 0}}},
            {"reasons", Json::array()},
            {"sizes", {{{"bytes", 4194304}, {"median", {{"busbw_gb_per_s", 0.5}}}}}},
            {"ranks", {{{"rank", 0}, {"node", "node-0"}}, {{"rank", 1}, {"node", "node-1"}}}}};
}

std::string argument_after(const Json& container, const std::string& option) {
    const Json& arguments = kube::array(container, {"args"});
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
        if (arguments[i] == option) {
            return arguments[i + 1].get<std::string>();
        }
    }
    return {};
}

}  // namespace

PlayedPool::PlayedPool() {
    server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
        server.update(accounts, named("default", kube::name_of(space)));
    });
    server_.on_created(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { pod_created(pod); });
}

Json& PlayedPool::accelerator(Json& document, std::size_t index) {
    return document["accelerators"].at(index);
}

void PlayedPool::judge(Json& document, std::size_t index, const std::string& part,
                       const std::string& verdict, const std::string& code) {
    accelerator(document, index)[part] = verdict;
    document["verdict"] = verdict;
    document["reasons"].push_back({{"accelerator", index},
                                   {"part", part},
                                   {"verdict", verdict},
                                   {"code", code},
                                   {"message", "planted"}});
    document["counts"]["reasons"] = document["reasons"].size();
}

void PlayedPool::publish() {
    server_.update(kube::namespaces, named("kube-system"));
    for (std::size_t i = 0; i < nodes; ++i) {
        const std::string name = name_of(i);
        const int count = accelerators_of.contains(name) ? accelerators_of[name] : accelerators;
        Json node = named(name);
        node["metadata"]["labels"]["pool"] = i % 2 == 0 ? "even" : "odd";
        node["status"]["conditions"] = Json::array({{{"type", "Ready"}, {"status", "True"}}});
        node["spec"]["unschedulable"] = cordoned.contains(name);
        if (simulated) {
            node["metadata"]["labels"]["lab.assay/simulated"] = "true";
        }
        if (!by_claims) {
            node["status"]["allocatable"][resource] = std::to_string(count);
        } else {
            Json slice{{"metadata", {{"name", "slice-" + name}}},
                       {"spec",
                        {{"driver", "gpu.nvidia.com"},
                         {"nodeName", name},
                         {"pool", {{"name", name}, {"generation", 1}, {"resourceSliceCount", 1}}},
                         {"devices", Json::array()}}}};
            for (int minor = 0; minor < count; ++minor) {
                slice["spec"]["devices"].push_back({{"name", fmt::format("gpu-{}", minor)}});
            }
            server_.update(slices, slice);
        }
        server_.update(kube::nodes, node);
    }
    server_.update(classes, {{"metadata", {{"name", "gpu.nvidia.com"}}},
                             {"spec", {{"selectors", Json::array()}}}});
    for (const auto& [node, count] : held) {
        Json pod = named("job-on-" + node, "tenant");
        pod["spec"]["nodeName"] = node;
        pod["spec"]["containers"] = Json::array(
            {{{"name", "a"}, {"resources", {{"limits", {{resource, std::to_string(count)}}}}}}});
        server_.update(kube::pods, pod);
    }
}

int PlayedPool::given_to(const Json& pod) const {
    const Json& container = pod.at("spec").at("containers").at(0);
    if (!by_claims) {
        return std::stoi(kube::text(container, {"resources", "limits", resource}, "0"));
    }
    return verb_of(pod) == "examine" ? std::stoi(argument_after(container, "--accelerators")) : 1;
}

Json PlayedPool::document(const std::string& node, int given) const {
    Json result{{"schema", "assay.probe/v1"},
                {"verb", "examine"},
                {"form", "summary"},
                {"complete", true},
                {"uid", 0},
                {"verdict", "passed"},
                {"backend", "cuda"},
                {"simulated", false},
                {"injected", nullptr},
                {"driver_version", "580.95"},
                {"counts", {{"accelerators", given}, {"gpus", given}, {"reasons", 0}}},
                {"measures",
                 {{{"name", "hbm_copy"}, {"unit", "gb_per_s"}},
                  {{"name", "host_to_device"}, {"unit", "gb_per_s"}}}},
                {"accelerators", Json::array()},
                {"reasons", Json::array()}};
    for (int i = 0; i < given; ++i) {
        result["accelerators"].push_back(
            {{"index", i},
             {"uuid", fmt::format("GPU-{}-{}", node, i)},
             {"name", "NVIDIA H200"},
             {"facts", "passed"},
             {"gemm", "passed"},
             {"hbm", "passed"},
             {"link", "passed"},
             {"samples", {{4300, 4310, 4320, 4290, 4305}, {55, 55.1, 54.9, 55.2, 55}}}});
    }
    return result;
}

void PlayedPool::pod_created(Json pod) {
    if (kube::namespace_of(pod) == "tenant") {
        return;
    }
    const std::string asked = asked_node(pod);
    {
        const std::scoped_lock lock(mutex_);
        pods.push_back(pod);
        holding_ += given_to(pod);
        most_at_a_time = std::max(most_at_a_time, holding_);
    }
    if (never_bound.contains(asked)) {
        pod["status"]["conditions"] = Json::array({{{"type", "PodScheduled"},
                                                    {"status", "False"},
                                                    {"reason", "Unschedulable"},
                                                    {"message", "0/3 nodes are available"}}});
        server_.update(kube::pods, pod);
        return;
    }
    const std::string node = bound_to.contains(asked) ? bound_to.at(asked) : asked;
    pod["spec"]["nodeName"] = node;
    pod["status"]["phase"] = "Running";
    server_.update(kube::pods, pod);
    if (deleted.contains(asked)) {
        server_.erase(kube::pods, kube::namespace_of(pod), kube::name_of(pod));
        return;
    }
    end_pod(std::move(pod), node, given_to(pod));
}

void PlayedPool::end_pod(Json pod, const std::string& node, int given) {
    const Json plain = verb_of(pod) == "allreduce" ? ranks_document() : document(node, given);
    const std::string said = speech(node, plain);
    const std::string name = kube::text(pod.at("spec").at("containers").at(0), {"name"});
    const std::string logged = log ? log(node, plain) : said;
    server_.set_log(kube::namespace_of(pod), kube::name_of(pod), name,
                    "words of a part\n" + logged + "\n");
    pod["status"]["phase"] = "Succeeded";
    pod["status"]["containerStatuses"] =
        Json::array({{{"name", name},
                      {"imageID", "r/core@sha256:1"},
                      {"state", {{"terminated", {{"exitCode", 0}, {"message", said}}}}}}});
    {
        const std::scoped_lock lock(mutex_);
        holding_ -= given;
    }
    server_.update(kube::pods, pod);
}

RunResult PlayedPool::run(const std::string& requirement) {
    publish();
    const kube::Client client(server_);
    static const std::vector<Adapter> adapters = *load_adapters();
    const auto inventory =
        take_inventory(client, adapters, kube::Limit::of(std::chrono::seconds(10)), pool);
    if (!inventory) {
        throw std::runtime_error(inventory.error().message);
    }
    const auto kind = chosen_kind(*inventory, "");
    if (!kind) {
        throw std::runtime_error(kind.error());
    }
    RunPlan plan;
    plan.profile = *load_profile(profile);
    plan.profile.observe_s = 2;
    plan.select = {requirement};
    plan.components = *load_components();
    plan.catalog = catalog();
    plan.images = images;
    plan.timeout = std::chrono::seconds(20);
    plan.namespace_name = namespace_name;
    plan.allowed = allowed;
    plan.budget = budget;
    plan.pool = pool;
    Noting observer(noticed);
    return Runner(client, *inventory, *kind, observer).run(plan, "r2d2", {});
}

const RequirementResult& compute_of(const RunResult& run) {
    return *std::ranges::find(run.requirements, "accelerator_compute", &RequirementResult::id);
}

std::vector<std::string> not_passed_in(const RunResult& run) {
    std::vector<std::string> ids;
    for (const AssertionResult& one : compute_of(run).assertions) {
        if (one.outcome != Outcome::passed && one.outcome != Outcome::not_applicable) {
            ids.push_back(one.id);
        }
    }
    return ids;
}

PlayedPool::Speech on_node_1(const std::function<void(kube::Json&)>& change) {
    return [change](const std::string& node, kube::Json document) {
        if (node == "node-1") {
            change(document);
        }
        return document.dump();
    };
}

}  // namespace assay
