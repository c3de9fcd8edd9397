// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a scenario says of custom metrics, and of the pods that an autoscaled controller makes.

#include <fmt/format.h>

#include <algorithm>

#include "engine/ask_again.h"
#include "engine/scenario.h"
#include "engine/scenario_state.h"

namespace assay {

namespace {

using kube::Json;

std::string served_version(const kube::ApiGroup* group) {
    if (group == nullptr || group->versions.empty()) {
        throw CheckEnded{fmt::format("the API server does not serve {}", custom_metrics_group)};
    }
    const bool newest = std::ranges::find(group->versions, "v1beta2") != group->versions.end();
    return newest ? "v1beta2" : group->versions.front();
}

// It would answer the same to the next attempt.
bool is_for_good(const kube::Error& error) {
    using Kind = kube::Error::Kind;
    return error.kind == Kind::cancelled || error.kind == Kind::unauthorized ||
           error.kind == Kind::forbidden || error.kind == Kind::tls;
}

// A list of no items and "not found" are both how a metric is said not to be there.
std::expected<PodMetrics, NoAnswer> told(const kube::Result<Json>& answer) {
    if (!answer && answer.error().kind == kube::Error::Kind::not_found) {
        return PodMetrics{.by_pod = {}, .absent = answer.error().message};
    }
    if (!answer) {
        return std::unexpected(unanswered(answer.error()));
    }
    auto metrics = pod_metrics_of(*answer);
    if (!metrics) {
        return std::unexpected(NoAnswer{.closed = false, .reason = metrics.error()});
    }
    return *std::move(metrics);
}

}  // namespace

const kube::ApiGroup* Scenario::api_group(std::string_view name) const {
    const auto& groups = state_->setting().inventory->api_groups;
    const auto found = std::ranges::find(groups, name, &kube::ApiGroup::name);
    return found == groups.end() ? nullptr : &*found;
}

std::string Scenario::metric_name(std::string_view ours) const {
    const std::string& named = state_->setting().metric;
    return named.empty() ? std::string(ours) : named;
}

Observed<PodMetrics> Scenario::pod_metrics(const std::string& metric,
                                           const std::function<bool(const PodMetrics&)>& is_so,
                                           std::chrono::seconds at_most) const {
    const std::string path =
        pod_metrics_path(served_version(api_group(custom_metrics_group)), namespace_name(), metric);
    const kube::Limit limit = state_->within(at_most);
    const auto answer = asked_again(
        limit,
        [&] {
            return state_->setting().client->raw(path, state_->within(state_->setting().observe));
        },
        [&](const kube::Result<Json>& one) {
            if (!one && one.error().kind != kube::Error::Kind::not_found) {
                return is_for_good(one.error());
            }
            const auto metrics = told(one);
            return metrics && is_so(*metrics);
        });
    const Json said{{"asked", path}, {"answer", answer ? *answer : Json(answer.error().message)}};
    return {.value = told(answer),
            .provenance = state_->about(fmt::format("metric {} of pods", metric)),
            .testimony = std::make_shared<Testimony>(
                Testimony{.pod = {},
                          .document = {},
                          .objects = said.dump(-1, ' ', false, Json::error_handler_t::replace)})};
}

Pod Scenario::pod_of(const ObjectManifest& maker, const ObjectState& seen) const {
    if (kube::text(seen.tree, {"metadata", "labels", "app.kubernetes.io/instance"}) != run_id()) {
        throw CheckEnded{fmt::format("pod {} is not of this run", seen.name())};
    }
    return {seen.name(), PodManifest(kube::object(maker.tree(), {"spec", "template"})), state_};
}

}  // namespace assay
