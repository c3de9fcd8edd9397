// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/accelerator_numbers.h"

#include <algorithm>

namespace assay {

namespace {

std::string major_of(const std::string& number) {
    return number.substr(0, number.rfind(':'));
}

bool is_accelerator_by_data(const Adapter& adapter, const std::string& number,
                            const std::string& path) {
    return std::ranges::any_of(adapter.device_nodes, [&](const DeviceNode& node) {
        return node.accelerator && (matches(path, node.path) || matches(number, node.number));
    });
}

// Both must fit where both are given: an accelerator's number behind a control node's path is none.
bool is_control_by_data(const Adapter& adapter, const Opened& one) {
    return std::ranges::any_of(adapter.device_nodes, [&](const DeviceNode& node) {
        return !node.accelerator && matches(one.path, node.path) &&
               (node.number.empty() || matches(one.number, node.number));
    });
}

bool knows_nodes(const Adapter* adapter) {
    return adapter != nullptr && !adapter->device_nodes.empty();
}

}  // namespace

void AcceleratorNumbers::learn(const Adapter* adapter, const std::vector<Opened>& owned) {
    for (const Opened& one : owned) {
        if (!knows_nodes(adapter) || is_accelerator_by_data(*adapter, one.number, one.path)) {
            majors_.insert(major_of(one.number));
        } else if (is_control_by_data(*adapter, one)) {
            controls_.insert(one.number);
        }
    }
}

bool AcceleratorNumbers::is_accelerator(const Adapter* adapter, const std::string& number,
                                        const std::string& path) const {
    if (!knows_nodes(adapter) || is_accelerator_by_data(*adapter, number, path)) {
        return true;
    }
    return majors_.contains(major_of(number)) && !controls_.contains(number);
}

}  // namespace assay
