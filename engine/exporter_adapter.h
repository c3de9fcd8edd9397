// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Adapters of role "exporter": where a vendor's exporter of accelerator metrics is, what its series
// are called, in what units; and what it says of each accelerator. Values and pure functions; any
// thread.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/component.h"

namespace assay {

// One quantity: the first of the names that the exporter has, and what its 1 stands for.
struct ExportedSeries {
    std::vector<std::string> names;  // empty: the exporter does not tell it
    double unit = 1;                 // bytes; of utilization the value that is 100 %
};

// The mapping "exporter" of an adapter.
struct ExporterAdapter {
    std::string name;
    std::string accelerators;             // the accelerator adapter it speaks for: "nvidia"
    std::vector<std::string> pod_labels;  // selectors of its pods; the first that finds some
    std::string port;                     // by name or number
    std::string path;
    std::string device_label;     // tells accelerators apart
    bool device_is_uuid = true;   // the label's value is what the driver publishes as uuid
    std::string partition_label;  // series that have it are of a part and passed over; "" if none
    std::string space_label;      // who has the accelerator
    std::string pod_label;
    ExportedSeries utilization;
    ExportedSeries memory_used;
    ExportedSeries memory_total;
    ExportedSeries memory_free;  // told by some in place of the total
};

std::expected<ExporterAdapter, std::string> exporter_adapter(const Component& component);

struct AcceleratorReading {
    std::optional<double> utilization;  // 1 is 100 %
    std::optional<double> used_bytes;
    std::optional<double> total_bytes;
    std::string space;  // of the pod that has it, as the exporter says; "" if none
    std::string pod;
};

// What one exporter said of the accelerators of its node.
struct Readings {
    std::map<std::string, AcceleratorReading> by_device;
    std::vector<std::string> faults;  // a series twice, one without its device,
    std::string describe() const;
};

// The error is a sentence: it is no such text.
std::expected<Readings, std::string> readings_of(const ExporterAdapter& adapter,
                                                 std::string_view text);

}  // namespace assay
