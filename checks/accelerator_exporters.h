// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The exporters of accelerator metrics that a cluster runs, node by node, as checks ask them.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/exporter_adapter.h"
#include "engine/scenario.h"

namespace assay {

class Exporters {
public:
    Exporters(Scenario& s, ExporterAdapter adapter, const ObjectList& pods);

    bool on(const std::string& node) const { return endpoints_.contains(node); }
    bool device_is_uuid() const { return adapter_.device_is_uuid; }

    // What the node's exporter says once it is so, or when the time is up.
    Observed<Readings> ask(const std::string& node,
                           const std::function<bool(const Readings&)>& is_so = nullptr) const;

private:
    std::expected<Readings, std::string> read(const Reply& reply) const;

    Scenario* s_;
    ExporterAdapter adapter_;
    std::map<std::string, Endpoint> endpoints_;  // by node
};

// Those of the first adapter for this vendor's accelerators whose pods are there; ends the check
// where there are none.
Exporters exporters_of(Scenario& s);

// What cannot be of an accelerator, in words; "" if all can.
std::string out_of_range(const AcceleratorReading& one);

// Both quantities are told.
bool is_whole(const AcceleratorReading& one);

}  // namespace assay
