// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/checks/played_autoscaling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "checks/catalog.h"
#include "tests/unit/checks/played_objects.h"

namespace assay {

namespace {

using kube::Json;
using played::accounts;
using played::named;

constexpr const char* resource = "nvidia.com/gpu";
constexpr double target = 100;
constexpr double tolerance = 0.1;

const kube::Resource deployments{"apps", "v1", "deployments", "Deployment", true};
const kube::Resource monitors{"monitoring.coreos.com", "v1", "podmonitors", "PodMonitor", true};
const kube::Resource prometheuses{"monitoring.coreos.com", "v1", "prometheuses", "Prometheus",
                                  true};
const kube::Resource autoscalers{"autoscaling", "v2", "horizontalpodautoscalers",
                                 "HorizontalPodAutoscaler", true};

bool is_bystander(const std::string& pod) {
    return pod.starts_with("bystander");
}

std::string document(const char* verb, const std::vector<int>& minors) {
    Json said{{"schema", "assay.probe/v1"}, {"verb", verb},
              {"complete", true},           {"uid", 0},
              {"reachable", Json::array()}, {"unclear", Json::array()},
              {"not_tried", Json::array()}, {"gpus", Json::array()}};
    for (const int minor : minors) {
        said["reachable"].push_back({{"number", fmt::format("c:195:{}", minor)},
                                     {"path", fmt::format("/dev/nvidia{}", minor)},
                                     {"by", "node"},
                                     {"errno", "ENXIO"}});
    }
    said["counts"] = {{"reachable", minors.size()}, {"unclear", 0}};
    return said.dump() + "\n";
}

Json status_of(int code, const char* reason, const char* message) {
    return {{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"},
            {"code", code},     {"message", message}, {"reason", reason}};
}

kube::Response response_of(int status, const Json& body) {
    return {.status = status, .headers = {}, .body = body.dump()};
}

}  // namespace

PlayedAutoscaling::PlayedAutoscaling(Wrong wrong) : wrong_(wrong) {
    server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
        server.update(accounts, named("default", kube::name_of(space)));
    });
    server_.on_created(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { run_pod(pod, false, 0); });
    server_.on_created(deployments,
                       [this](kube::FakeApiServer&, const Json& made) { scale(made, 1); });
    server_.on_created(autoscalers, [this](kube::FakeApiServer&, const Json&) { look(); });
    server_.on_request([this](const kube::Request& request) { return answer(request); });
    server_.serve_group({.name = "apps", .versions = {"v1"}, .kinds = {deployments}});
    server_.serve_group({.name = "autoscaling", .versions = {"v2"}, .kinds = {autoscalers}});
}

void PlayedAutoscaling::publish() {
    server_.update(kube::namespaces, named("kube-system"));
    if (!namespace_name.empty()) {
        server_.update(kube::namespaces, named(namespace_name));
        server_.update(accounts, named("default", namespace_name));
    }
    Json node = named("node-0");
    node["status"]["allocatable"][resource] = std::to_string(accelerators);
    node["status"]["conditions"] = Json::array({{{"type", "Ready"}, {"status", "True"}}});
    server_.update(kube::nodes, node);
    if (has_operator) {
        server_.serve_group({.name = "monitoring.coreos.com",
                             .versions = {"v1"},
                             .kinds = {monitors, prometheuses}});
        server_.update(
            prometheuses,
            {{"metadata", {{"name", "k8s"}, {"namespace", "monitoring"}}},
             {"spec", {{"podMonitorSelector", {{"matchLabels", {{"release", "its"}}}}}}}});
    }
    if (serves_custom_metrics) {
        server_.serve_group({.name = "custom.metrics.k8s.io", .versions = {"v1beta1", "v1beta2"}});
    }
}

// --- what answers beside the store ---

PlayedAutoscaling::Answer PlayedAutoscaling::answer(const kube::Request& request) {
    if (request.path.find("/proxy/gauge/") != std::string::npos) {
        return change_gauge(request);
    }
    if (request.path.starts_with("/apis/custom.metrics.k8s.io/")) {
        return metrics();
    }
    return std::nullopt;
}

PlayedAutoscaling::Answer PlayedAutoscaling::change_gauge(const kube::Request& request) {
    if (wrong_.gauge_cannot_be_set) {
        return response_of(503, status_of(503, "ServiceUnavailable", "nobody listens"));
    }
    const std::size_t from = request.path.find("/pods/") + 6;
    const std::string pod =
        request.path.substr(from, request.path.find_first_of(":%", from) - from);
    const std::scoped_lock lock(mutex_);
    if (request.method == "PUT") {
        gauges_[pod] = std::stod(request.body);
        first_values_.emplace(pod, gauges_[pod]);
    } else {
        gauges_.erase(pod);
    }
    look();
    return kube::Response{.status = 204, .headers = {}, .body = {}};
}

std::optional<double> PlayedAutoscaling::value_of(const std::string& pod) const {
    const auto found = gauges_.find(pod);
    if (found == gauges_.end()) {
        return wrong_.absent_is_zero ? std::optional(0.0) : std::nullopt;
    }
    return wrong_.constant ? *wrong_.constant
           : wrong_.stale  ? first_values_.at(pod)
                           : found->second;
}

kube::Response PlayedAutoscaling::metrics() const {
    const std::scoped_lock lock(mutex_);
    if (wrong_.unavailable) {
        return response_of(503, status_of(503, "ServiceUnavailable", "the adapter is down"));
    }
    Json items = Json::array();
    for (const auto& [pod, gauge] : gauges_) {
        items.push_back({{"describedObject", {{"kind", "Pod"}, {"name", pod}}},
                         {"metric", {{"name", "load_of_assay"}}},
                         {"value", fmt::format("{}m", std::lround(*value_of(pod) * 1000))}});
    }
    if (wrong_.garbage) {
        return response_of(200, {{"items", "many"}});
    }
    const bool scraped = !only_by_monitor || !server_.stored(monitors).empty();
    if (items.empty() || wrong_.no_rule || !scraped) {
        return response_of(404, status_of(404, "NotFound", "the server could not find the metric"));
    }
    return response_of(200, {{"kind", "MetricValueList"}, {"items", items}});
}

// --- controllers and kubelet ---

void PlayedAutoscaling::run_pod(Json pod, bool with_device, int minor) {
    const std::string space = kube::namespace_of(pod);
    pod["spec"]["nodeName"] = "node-0";
    pod["status"]["phase"] = "Running";
    for (const Json& container : kube::array(pod, {"spec", "containers"})) {
        const std::string name = kube::text(container, {"name"});
        pod["status"]["containerStatuses"].push_back(
            {{"name", name}, {"imageID", "r/core"}, {"state", {{"running", Json::object()}}}});
        const bool serves = name == "server";
        server_.set_log(
            space, kube::name_of(pod), name,
            document(serves ? "serve" : "isolate",
                     serves || !with_device ? std::vector<int>{} : std::vector<int>{minor}));
    }
    server_.update(kube::pods, pod);
}

void PlayedAutoscaling::make_pod(const Json& deployment, int index) {
    Json pod = kube::object(deployment, {"spec", "template"});
    pod["metadata"]["name"] = fmt::format("{}-{}", kube::name_of(deployment), index);
    pod["metadata"]["namespace"] = kube::namespace_of(deployment);
    pods_.push_back(kube::name_of(pod));
    if (index == 1 && wrong_.second_never_runs) {
        pod["status"]["conditions"] = Json::array({{{"type", "PodScheduled"},
                                                    {"status", "False"},
                                                    {"reason", "Unschedulable"},
                                                    {"message", "0/1 nodes are available"}}});
        server_.update(kube::pods, pod);
        return;
    }
    run_pod(pod, index == 0 || !wrong_.no_device_for_second,
            wrong_.one_device_for_both ? 0 : index);
}

void PlayedAutoscaling::scale(Json deployment, int replicas) {
    const std::scoped_lock lock(mutex_);
    deployment["spec"]["replicas"] = replicas;
    server_.update(deployments, deployment);
    while (static_cast<int>(pods_.size()) < replicas) {
        make_pod(deployment, static_cast<int>(pods_.size()));
    }
    while (static_cast<int>(pods_.size()) > replicas) {
        server_.erase(kube::pods, kube::namespace_of(deployment), pods_.back());
        gauges_.erase(pods_.back());
        pods_.pop_back();
    }
}

// Of the pods that it follows; nullopt where none has the metric. A pod that lacks it counts as at
// the target, so that it changes nothing.
std::optional<double> PlayedAutoscaling::average() const {
    double sum = 0;
    int known = 0;
    for (const auto& [pod, gauge] : gauges_) {
        if (is_bystander(pod) && wrong_.follows_bystander) {
            return gauge;
        }
    }
    for (const std::string& pod : pods_) {
        const auto value = value_of(pod);
        known += value ? 1 : 0;
        sum += value.value_or(target);
    }
    if (known == 0) {
        return std::nullopt;
    }
    return sum / static_cast<double>(pods_.size());
}

int PlayedAutoscaling::wanted_of(std::optional<double> value, int now) const {
    int wanted = now;
    if (!value) {
        wanted = wrong_.shrinks_without_metric ? 1 : now;
    } else if (std::abs(*value / target - 1) > tolerance) {
        wanted = std::clamp(static_cast<int>(std::ceil(*value / target * now)), 1, 2);
    } else if (wrong_.shrinks_at_target) {
        wanted = 1;
    }
    if ((wanted > now && wrong_.never_scales_up) || (wanted < now && wrong_.never_scales_down)) {
        return now;
    }
    return wanted;
}

void PlayedAutoscaling::look() {
    const std::scoped_lock lock(mutex_);
    const auto all = server_.stored(autoscalers);
    const auto scaled = server_.stored(deployments);
    if (all.empty() || scaled.empty() || wrong_.reads_nothing) {
        return;
    }
    Json scaler = all.front();
    const int now = static_cast<int>(kube::integer(scaled.front(), {"spec", "replicas"}));
    const auto value = average();
    const int wanted = wanted_of(value, now);
    const bool active = value || wrong_.says_nothing_of_loss;
    scaler["status"]["desiredReplicas"] = wanted;
    scaler["status"]["conditions"] =
        Json::array({{{"type", "ScalingActive"},
                      {"status", active ? "True" : "False"},
                      {"reason", active ? "ValidMetricFound" : "FailedGetPodsMetric"},
                      {"message", "unable to get metric load_of_assay"}}});
    if (value) {
        scaler["status"]["currentMetrics"][0]["pods"]["current"]["averageValue"] =
            fmt::format("{}m", std::lround(*value * 1000));
    }
    server_.update(autoscalers, scaler);
    if (wanted != now) {
        scale(scaled.front(), wanted);
    }
}

RunResult PlayedAutoscaling::run() {
    publish();
    const kube::Client client(server_);
    static const std::vector<Adapter> adapters = *load_adapters();
    const auto inventory =
        *take_inventory(client, adapters, kube::Limit::of(std::chrono::seconds(10)));
    RunPlan plan;
    plan.profile = *load_profile("k8s-ai-1.37");
    plan.profile.observe_s = 1;
    plan.select = {"pod_autoscaling"};
    plan.catalog = catalog();
    plan.images = {{"core", "r/core"}};
    plan.timeout = std::chrono::seconds(40);
    plan.allowed = allowed;
    plan.namespace_name = namespace_name;
    plan.metric = metric;
    plan.components = *chosen_of(*load_components(), use);
    played::Silent silent;
    return Runner(client, inventory, *chosen_kind(inventory, ""), silent).run(plan, "r2d2", {});
}

}  // namespace assay
