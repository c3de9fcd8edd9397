// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/pod_autoscaled.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/quantity.h"

namespace assay {

namespace {

constexpr const char* listening = "8080";
// Times the profile's observe_s: a value comes by a scrape, which may take a minute, and by the
// autoscaler's look, which is each 15 s.
constexpr int scaled_times = 3;

std::string said_for(const std::string& annotation) {
    return annotation == "PORT" ? listening : annotation;
}

ObjectManifest scraped(const ObjectManifest& manifest, const Annotations& annotations) {
    kube::Json said = kube::Json::object();
    for (const auto& [key, value] : annotations) {
        said[key] = said_for(value);
    }
    return manifest.with("/spec/template/metadata/annotations", said);
}

PodManifest scraped(PodManifest manifest, const Annotations& annotations) {
    for (const auto& [key, value] : annotations) {
        manifest = manifest.annotation(key, said_for(value));
    }
    return manifest;
}

// Somebody may have given the bystander the labels of the others.
std::vector<ObjectState> living(const ObjectList& list, const Pod& bystander) {
    std::vector<ObjectState> result;
    std::ranges::copy_if(list.items, std::back_inserter(result), [&](const ObjectState& one) {
        return one.text("/metadata/deletionTimestamp").empty() && one.name() != bystander.name();
    });
    return result;
}

}  // namespace

std::string Scaling::describe() const {
    return fmt::format("{} replica(s); {}", replicas, words);
}

bool has_read(const ObjectState& scaler, int value) {
    const auto read =
        quantity_of(scaler.text("/status/currentMetrics/0/pods/current/averageValue"));
    return scaler.condition("ScalingActive").status == "True" && read && *read == value;
}

bool has_lost_its_metric(const ObjectState& scaler) {
    const ObjectCondition active = scaler.condition("ScalingActive");
    return active.status == "False" && active.reason.starts_with("FailedGet");
}

Autoscaled::Autoscaled(Scenario& s, const Annotations& annotations)
    : s_(&s),
      manifest_(scraped(s.object("Deployment", "scaled"), annotations)),
      aside_(scraped(s.pod("bystander"), annotations)),
      deployment_(s.make(manifest_)),
      bystander_(s.start(aside_)) {}

void Autoscaled::make_monitor() const {
    s_->make(s_->object("PodMonitor", "scaled-monitor")
                 .with("/metadata/labels", labels_of_monitors(*s_, "")));
}

void Autoscaled::make_scaler() {
    scaler_ = std::make_unique<const Object>(
        s_->make(s_->object("HorizontalPodAutoscaler", "scaler")
                     .with("/spec/metrics/0/pods/metric/name", s_->metric_name(gauge))));
}

// Those of the Deployment that are not being deleted, once there are so many.
std::vector<ObjectState> Autoscaled::pods(std::size_t count) const {
    const Observed<ObjectList> seen = s_->objects(
        {.api_version = "v1",
         .kind = "Pod",
         .labels = "assay/role=scaled-pods,app.kubernetes.io/instance=" + s_->run_id()},
        [&](const ObjectList& list) { return living(list, bystander_).size() >= count; });
    if (!seen.value) {
        s_->give_up("the pods of the Deployment are not known: " + seen.value.error().reason);
    }
    return living(*seen.value, bystander_);
}

void Autoscaled::need_running(const Pod& pod) const {
    const bool holds_accelerator = pod.name() != bystander_.name();
    for (const char* container : {"granted", "server"}) {
        if (container == std::string_view("granted") && !holds_accelerator) {
            continue;
        }
        if (const auto runs = pod.report(container).verb(); !runs.value) {
            s_->give_up(
                fmt::format("pod {} does not run: {}", pod.name(), runs.value.error().reason));
        }
    }
}

void Autoscaled::need_first_pod() {
    const std::vector<ObjectState> made = pods(1);
    if (made.empty()) {
        const auto seen = deployment_.when(nullptr);
        s_->give_up("the Deployment has no pod: " +
                    (seen.value ? seen.value->describe() : seen.value.error().reason));
    }
    made_ = {s_->pod_of(manifest_, made.front())};
    need_running(first());
    need_running(bystander_);
}

void Autoscaled::need_second_pod() {
    const std::vector<ObjectState> made = pods(2);
    const auto found = std::ranges::find_if(
        made, [&](const ObjectState& one) { return one.name() != first().name(); });
    if (found == made.end()) {
        s_->give_up("a second pod was asked for and not made");
    }
    made_.push_back(s_->pod_of(manifest_, *found));
}

void Autoscaled::change_gauge(const Pod& pod, Asked asked) const {
    asked.path = fmt::format("/gauge/{}", gauge);
    const Observed<Reply> reply = s_->ask(
        {.resource = kube::pods, .space = "", .name = pod.name(), .port = listening}, asked);
    if (!reply.value || reply.value->status != 204) {
        s_->give_up(
            fmt::format("the gauge of pod {} could not be changed: {}", pod.name(),
                        reply.value ? reply.value->describe() : reply.value.error().reason));
    }
}

void Autoscaled::set(const Pod& pod, int value) const {
    change_gauge(pod, {.method = "PUT", .body = std::to_string(value)});
}

void Autoscaled::withdraw(const Pod& pod) const {
    change_gauge(pod, {.method = "DELETE"});
}

Observed<PodMetrics> Autoscaled::served(const std::function<bool(const PodMetrics&)>& is_so,
                                        int times) const {
    return s_->pod_metrics(s_->metric_name(gauge), is_so, times * s_->observes_for());
}

bool Autoscaled::has_looked(const std::function<bool(const ObjectState&)>& is_so,
                            std::int64_t replicas) const {
    const Observed<ObjectState> seen = scaler_->when(
        [&](const ObjectState& one) {
            const std::int64_t wanted = one.number("/status/desiredReplicas");
            return is_so(one) || (wanted > 0 && wanted != replicas);
        },
        scaled_times * s_->observes_for());
    return seen.value && is_so(*seen.value);
}

Observed<Scaling> Autoscaled::scaling(const std::function<bool(std::int64_t)>& is_so,
                                      std::chrono::seconds at_most) const {
    const Observed<ObjectState> seen = deployment_.when(
        [&](const ObjectState& one) { return is_so(one.number("/spec/replicas")); }, at_most);
    Observed<Scaling> result{
        .value = Scaling{}, .provenance = seen.provenance, .testimony = seen.testimony};
    if (!seen.value) {
        result.value = std::unexpected(seen.value.error());
        return result;
    }
    const Observed<ObjectState> said = scaler();
    result.value->replicas = seen.value->number("/spec/replicas");
    result.value->words = said.value ? said.value->describe() : said.value.error().reason;
    return result;
}

Observed<Scaling> Autoscaled::now() const {
    return scaling([](std::int64_t) { return true; }, {});
}

Observed<Scaling> Autoscaled::becomes(std::int64_t replicas) const {
    return scaling([replicas](std::int64_t now) { return now == replicas; },
                   scaled_times * s_->observes_for());
}

Observed<Scaling> Autoscaled::stays(std::int64_t replicas) const {
    return scaling([replicas](std::int64_t now) { return now != replicas; }, s_->observes_for());
}

}  // namespace assay
