// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the custom metrics API (custom.metrics.k8s.io, v1beta1 and v1beta2) says of the pods of a
// namespace: the numbers that an autoscaler scales by. Everything is hostile. Values and pure
// functions; any thread.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kube/json.h"

namespace assay {

inline constexpr std::string_view custom_metrics_group = "custom.metrics.k8s.io";

struct PodMetrics {
    std::map<std::string, double> by_pod;
    std::string absent = {};  // the API's words where it knows no such metric of any pod

    // Whether it says exactly that of the pod.
    bool says(const std::string& pod, double value) const;
    std::string describe() const;  // "a: 37, b: 0.25", at most eight; "none (its words)"
};

// Of a MetricValueList; the error is a sentence. What is said of anything but a pod is passed over.
std::expected<PodMetrics, std::string> pod_metrics_of(const kube::Json& list);

// Below /apis, of all pods of the namespace; a name of a metric may hold anything.
std::string pod_metrics_path(const std::string& version, const std::string& space,
                             const std::string& metric);

}  // namespace assay
