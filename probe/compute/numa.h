// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The NUMA node a PCI device hangs on, and staying there: what is copied to it from another node
// measures the way between processors. Linux's sysfs; of the calling thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace assay::probe::compute {

// Nothing where the machine does not say, or has one node alone (-1). `pci_bus_id` as drivers write
// it: "0000:17:00.0", in either case, the domain with four or eight digits.
std::optional<int> numa_node_of(const std::string& pci_bus_id, const std::string& sysfs = "/sys");

// The processors of a list as the kernel writes it, "0-3,8,10-11".
std::vector<int> processors_in(const std::string& list);

// From now on this thread, and those it starts, run on the node's processors alone; false where
// none of them may be used, and then nothing has changed.
bool stay_on_node(int node, const std::string& sysfs = "/sys");

}  // namespace assay::probe::compute
