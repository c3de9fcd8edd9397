// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/node_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/inventory.h"

namespace assay {

bool NodePool::has(const kube::Json& node) const {
    if (key.empty()) {
        return true;
    }
    const kube::Json* found = kube::find(node, {"metadata", "labels", key});
    return found != nullptr && found->is_string() && found->get<std::string>() == value;
}

kube::Result<void> narrow_to_pool(Inventory& inventory, const NodePool& pool) {
    if (pool.key.empty()) {
        return {};
    }
    std::set<std::string> names;
    for (const Node& node : inventory.nodes) {
        if (node.in_pool) {
            names.insert(node.name);
        }
    }
    if (names.empty()) {
        return std::unexpected(
            kube::Error{kube::Error::Kind::config, 0, "",
                        fmt::format("no node has the label {}={}", pool.key, pool.value)});
    }
    for (AcceleratorKind& kind : inventory.kinds) {
        std::erase_if(kind.devices,
                      [&](const PublishedDevice& device) { return !names.contains(device.node); });
    }
    std::erase_if(inventory.kinds,
                  [](const AcceleratorKind& kind) { return kind.devices.empty(); });
    return {};
}

}  // namespace assay
