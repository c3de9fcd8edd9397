// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/exporter_adapter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/exposition.h"
#include "engine/yaml_reader.h"

namespace assay {

namespace {

ExportedSeries exported(Mapping& details, const char* key) {
    if (!details.has(key)) {
        return {};
    }
    Mapping one = details.mapping(key);
    ExportedSeries result{.names = one.texts("series"),
                          .unit = static_cast<double>(one.integer("unit", 1))};
    one.finish();
    return result;
}

const ExportedSeries* series_named(const ExporterAdapter& adapter, const std::string& name) {
    for (const ExportedSeries* one : {&adapter.utilization, &adapter.memory_used,
                                      &adapter.memory_total, &adapter.memory_free}) {
        if (std::ranges::find(one->names, name) != one->names.end()) {
            return one;
        }
    }
    return nullptr;
}

std::set<std::string> names_of(const ExporterAdapter& adapter) {
    std::set<std::string> names;
    for (const ExportedSeries* one : {&adapter.utilization, &adapter.memory_used,
                                      &adapter.memory_total, &adapter.memory_free}) {
        names.insert(one->names.begin(), one->names.end());
    }
    return names;
}

std::string label_of(const Sample& sample, const std::string& name) {
    const auto found = sample.labels.find(name);
    return found == sample.labels.end() ? "" : found->second;
}

// The accelerators of one text, and what is wrong with it.
class Reader {
public:
    explicit Reader(const ExporterAdapter& adapter) : adapter_(&adapter) {}

    void take(const Series& series) {
        if (!label_of(series.sample, adapter_->partition_label).empty()) {
            return;
        }
        const std::string device = label_of(series.sample, adapter_->device_label);
        const ExportedSeries* meant = series_named(*adapter_, series.name);
        if (device.empty()) {
            return fault(fmt::format("{} without {}", series.name, adapter_->device_label));
        }
        if (!seen_.insert({meant, device}).second) {
            return fault(fmt::format("{} twice of {}", series.name, device));
        }
        AcceleratorReading& reading = result_.by_device[device];
        const double value = meant == &adapter_->utilization ? series.sample.value / meant->unit
                                                             : series.sample.value * meant->unit;
        if (meant == &adapter_->utilization) {
            reading.utilization = value;
        } else if (meant == &adapter_->memory_used) {
            reading.used_bytes = value;
        } else if (meant == &adapter_->memory_total) {
            reading.total_bytes = value;
        } else {
            free_[device] = value;
        }
        if (const std::string pod = label_of(series.sample, adapter_->pod_label); !pod.empty()) {
            reading.pod = pod;
            reading.space = label_of(series.sample, adapter_->space_label);
        }
    }

    Readings read() {
        for (auto& [device, reading] : result_.by_device) {
            if (const auto found = free_.find(device);
                found != free_.end() && reading.used_bytes && !reading.total_bytes) {
                reading.total_bytes = *reading.used_bytes + found->second;
            }
        }
        return std::move(result_);
    }

private:
    void fault(std::string words) { result_.faults.push_back(std::move(words)); }

    const ExporterAdapter* adapter_;
    Readings result_;
    std::set<std::pair<const ExportedSeries*, std::string>> seen_;
    std::map<std::string, double> free_;
};

}  // namespace

std::expected<ExporterAdapter, std::string> exporter_adapter(const Component& component) {
    try {
        Mapping details(component.details, component.name);
        ExporterAdapter adapter;
        adapter.name = component.name;
        adapter.accelerators = details.text("accelerators");
        adapter.pod_labels = details.texts("podLabels");
        adapter.port = details.text("port");
        adapter.path = details.text("path", "/metrics");
        adapter.device_label = details.text("deviceLabel");
        adapter.device_is_uuid = details.boolean("deviceIsUuid", true);
        adapter.partition_label = details.text("partitionLabel", "");
        adapter.space_label = details.text("namespaceLabel", "namespace");
        adapter.pod_label = details.text("podLabel", "pod");
        adapter.utilization = exported(details, "utilization");
        adapter.memory_used = exported(details, "memoryUsed");
        adapter.memory_total = exported(details, "memoryTotal");
        adapter.memory_free = exported(details, "memoryFree");
        details.finish();
        return adapter;
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

std::string Readings::describe() const {
    std::vector<std::string> texts = faults;
    for (const auto& [device, one] : by_device) {
        texts.push_back(fmt::format(
            "{}: {}, {}{}", device,
            one.utilization ? fmt::format("{:.0f} %", *one.utilization * 100) : "no utilization",
            one.used_bytes ? fmt::format("{:.0f} MiB used", *one.used_bytes / (1 << 20))
                           : "no memory",
            one.pod.empty() ? "" : fmt::format(", pod {}/{}", one.space, one.pod)));
    }
    return texts.empty() ? "no series of any accelerator"
                         : fmt::format("{}", fmt::join(texts, "; "));
}

std::expected<Readings, std::string> readings_of(const ExporterAdapter& adapter,
                                                 std::string_view text) {
    const auto series = series_in(text, names_of(adapter));
    if (!series) {
        return std::unexpected(series.error());
    }
    Reader reader(adapter);
    for (const Series& one : *series) {
        reader.take(one);
    }
    return reader.read();
}

}  // namespace assay
