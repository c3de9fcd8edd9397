// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/pod_metrics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "engine/quantity.h"
#include "kube/query.h"

namespace assay {

namespace {

using kube::Json;

constexpr std::size_t most_pods_described = 8;

std::expected<PodMetrics, std::string> not_of_the_api(std::string_view what) {
    return std::unexpected(fmt::format("the custom metrics API answered {}", what));
}

}  // namespace

bool PodMetrics::says(const std::string& pod, double value) const {
    const auto found = by_pod.find(pod);
    return found != by_pod.end() && found->second == value;
}

std::string PodMetrics::describe() const {
    std::vector<std::string> texts;
    for (const auto& [pod, value] : by_pod) {
        if (texts.size() == most_pods_described) {
            texts.push_back(fmt::format("and {} more", by_pod.size() - most_pods_described));
            break;
        }
        texts.push_back(fmt::format("{}: {}", pod, value));
    }
    if (texts.empty()) {
        return absent.empty() ? "none" : fmt::format("none ({})", absent);
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::expected<PodMetrics, std::string> pod_metrics_of(const Json& list) {
    if (!list.is_object() || !list.contains("items") || !list["items"].is_array()) {
        return not_of_the_api("no list");
    }
    PodMetrics metrics;
    for (const Json& one : list["items"]) {
        if (kube::text(one, {"describedObject", "kind"}) != "Pod") {
            continue;
        }
        const std::string pod = kube::text(one, {"describedObject", "name"});
        const auto value = quantity_of(kube::text(one, {"value"}));
        if (pod.empty() || !value) {
            return not_of_the_api("an item without a pod or a value");
        }
        if (!metrics.by_pod.emplace(pod, *value).second) {
            return not_of_the_api(fmt::format("two values of pod {}", pod));
        }
    }
    return metrics;
}

std::string pod_metrics_path(const std::string& version, const std::string& space,
                             const std::string& metric) {
    return fmt::format("/apis/{}/{}/namespaces/{}/pods/*/{}", custom_metrics_group, version, space,
                       kube::query_encoded(metric));
}

}  // namespace assay
