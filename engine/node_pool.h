// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The nodes with one label (--pool). Values and pure functions; any thread.
#pragma once

#include <string>

#include "kube/json.h"
#include "kube/result.h"

namespace assay {

struct Inventory;

struct NodePool {
    std::string key = {};  // "": all nodes
    std::string value = {};

    bool has(const kube::Json& node) const;
};

// Takes away what is not on its nodes: devices, and kinds that have none there. Error::Kind::config
// where it has no node.
kube::Result<void> narrow_to_pool(Inventory& inventory, const NodePool& pool);

}  // namespace assay
