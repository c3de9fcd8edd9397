// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/metrics_query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <cstdlib>

#include "engine/yaml_reader.h"

namespace assay {

namespace {

using kube::Json;

constexpr std::size_t most_described = 8;

std::optional<Sample> sample_of(const Json& one) {
    const auto metric = one.find("metric");
    const auto value = one.find("value");
    if (metric == one.end() || !metric->is_object() || value == one.end() || !value->is_array() ||
        value->size() != 2 || !(*value)[1].is_string()) {
        return std::nullopt;
    }
    Sample sample;
    for (const auto& [name, label] : metric->items()) {
        if (label.is_string()) {
            sample.labels[name] = label.get<std::string>();
        }
    }
    const std::string number = (*value)[1].get<std::string>();
    char* end = nullptr;
    sample.value = std::strtod(number.c_str(), &end);
    return end == number.c_str() ? std::nullopt : std::optional(sample);
}

const Json* result_of(const Json& answer) {
    if (!answer.is_object() || answer.value("status", "") != "success" ||
        !answer.contains("data") || !answer["data"].is_object() ||
        answer["data"].value("resultType", "") != "vector" || !answer["data"].contains("result") ||
        !answer["data"]["result"].is_array()) {
        return nullptr;
    }
    return &answer["data"]["result"];
}

}  // namespace

double Samples::sum() const {
    double sum = 0;
    for (const Sample& one : items) {
        sum += one.value;
    }
    return sum;
}

std::string Samples::describe() const {
    std::vector<std::string> texts;
    for (const Sample& one : items) {
        if (texts.size() == most_described) {
            texts.push_back(fmt::format("and {} more", items.size() - most_described));
            break;
        }
        std::vector<std::string> labels;
        labels.reserve(one.labels.size());
        for (const auto& [name, value] : one.labels) {
            labels.push_back(fmt::format("{}={}", name, value));
        }
        texts.push_back(fmt::format("{} {{{}}}", one.value, fmt::join(labels, ", ")));
    }
    return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

std::expected<Samples, std::string> samples_of(const std::string& body) {
    const auto answer = kube::parse(body);
    const Json* result = answer ? result_of(*answer) : nullptr;
    if (result == nullptr) {
        return std::unexpected("the query API answered no vector: " + body.substr(0, 200));
    }
    Samples samples;
    for (const Json& one : *result) {
        const std::optional<Sample> sample = one.is_object() ? sample_of(one) : std::nullopt;
        if (!sample) {
            return std::unexpected("the query API answered a sample without a value");
        }
        samples.items.push_back(*sample);
    }
    return samples;
}

std::string query_path(const std::string& prefix, const std::string& expression) {
    std::string path = prefix + "/api/v1/query?query=";
    for (const char character : expression) {
        const auto byte = static_cast<unsigned char>(character);
        path += std::isalnum(byte) != 0 ? std::string(1, character)
                                        : fmt::format("%{:02X}", static_cast<unsigned>(byte));
    }
    return path;
}

std::expected<MetricsAdapter, std::string> metrics_adapter(const Component& component) {
    try {
        Mapping details(component.details, component.name);
        MetricsAdapter adapter;
        adapter.service_labels = details.text("serviceLabels");
        adapter.port = details.text("port");
        adapter.prefix = details.text("prefix", "");
        adapter.space_label = details.text("namespaceLabel", "namespace");
        adapter.pod_label = details.text("podLabel", "pod");
        adapter.pod_monitors = details.boolean("podMonitors", false);
        if (!adapter.pod_monitors) {
            for (const auto& [name, value] : details.mapping("annotations").pairs()) {
                adapter.annotations[name] = value;
            }
        }
        details.finish();
        return adapter;
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

}  // namespace assay
