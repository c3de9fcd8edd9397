// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Every device node below a directory (/dev), wherever it lies. Opens nothing. Symbolic links are
// followed only to a node outside the directory: one inside is found by its own name. Any thread.
#pragma once

#include <string>
#include <vector>

#include "probe/kernel_calls.h"
#include "probe/never_open.h"

namespace assay::probe {

struct DeviceNode {
    std::string path;
    DeviceNumber number;
};

struct DeviceTree {
    std::vector<DeviceNode> nodes;  // by path
    // What could not be looked into: directories and entries, with the errno. What lies there is
    // unknown, not absent.
    std::vector<std::pair<std::string, int>> unseen;
};

DeviceTree find_device_nodes(const std::string& root, const KernelCalls& kernel);

bool is_device_node(const struct stat& found);
DeviceNumber number_of(const struct stat& found);

}  // namespace assay::probe
