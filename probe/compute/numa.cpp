// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/numa.h"

#include <sched.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

namespace assay::probe::compute {

namespace {

constexpr std::size_t short_bus_id = 12;  // "0000:17:00.0"; the kernel's folders are named so

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

}  // namespace

std::optional<int> numa_node_of(const std::string& pci_bus_id, const std::string& sysfs) {
    std::string folder = pci_bus_id.size() > short_bus_id
                             ? pci_bus_id.substr(pci_bus_id.size() - short_bus_id)
                             : pci_bus_id;
    std::transform(folder.begin(), folder.end(), folder.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    std::istringstream line(first_line(sysfs + "/bus/pci/devices/" + folder + "/numa_node"));
    int node = -1;
    line >> node;
    return line && node >= 0 ? std::optional(node) : std::nullopt;
}

std::vector<int> processors_in(const std::string& list) {
    std::vector<int> processors;
    std::istringstream text(list);
    for (std::string range; std::getline(text, range, ',');) {
        std::istringstream parts(range);
        int first = 0;
        if (!(parts >> first)) {
            continue;
        }
        int last = first;
        if (parts.peek() == '-') {
            parts.get();
            parts >> last;
        }
        for (int processor = first; processor <= last; ++processor) {
            processors.push_back(processor);
        }
    }
    return processors;
}

bool stay_on_node(int node, const std::string& sysfs) {
    cpu_set_t allowed;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return false;
    }
    cpu_set_t local;
    CPU_ZERO(&local);
    const std::string list =
        first_line(sysfs + "/devices/system/node/node" + std::to_string(node) + "/cpulist");
    for (const int processor : processors_in(list)) {
        if (processor < CPU_SETSIZE && CPU_ISSET(static_cast<std::size_t>(processor), &allowed)) {
            CPU_SET(static_cast<std::size_t>(processor), &local);
        }
    }
    return CPU_COUNT(&local) > 0 && ::sched_setaffinity(0, sizeof local, &local) == 0;
}

}  // namespace assay::probe::compute
