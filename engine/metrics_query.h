// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a query API of Prometheus' kind answers, and the adapters of role "metrics" that tell where
// it is and how a pod asks to be scraped. Values and pure functions; any thread.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "engine/component.h"

namespace assay {

// One element of an instant vector.
struct Sample {
    std::map<std::string, std::string> labels;
    double value = 0;
};

struct Samples {
    std::vector<Sample> items;
    double sum() const;  // 0 of none
    // "none"; "3 {namespace=a, pod=b}", …, at most eight.
    std::string describe() const;
};

// Of the body of /api/v1/query; the error is a sentence.
std::expected<Samples, std::string> samples_of(const std::string& body);

// The path of an instant query, the expression percent-encoded.
std::string query_path(const std::string& prefix, const std::string& expression);

// The mapping "metrics" of an adapter.
struct MetricsAdapter {
    std::string service_labels;  // a selector of the Service of the query API
    std::string port;            // of it, by name or number
    std::string prefix;          // before /api/v1/query
    std::string space_label;     // what a target's namespace and pod are called
    std::string pod_label;
    // What a pod to be scraped carries: "PORT" stands for its port's number.
    std::map<std::string, std::string> annotations;
    bool pod_monitors = false;  // it is picked up by a PodMonitor of the Prometheus Operator
};

std::expected<MetricsAdapter, std::string> metrics_adapter(const Component& component);

}  // namespace assay
