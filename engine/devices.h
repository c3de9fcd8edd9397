// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The accelerators a container reached, and those it was allocated. Values; any thread.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace assay {

struct ReachedDevice {
    std::string number;  // "c:195:0"
    std::string path;
    std::string by;     // "node" | "mknod" | "variable" (the driver named it; path is the variable)
    std::string error;  // "" or the errno that still proves the device cgroup let it through
    std::string uuid;   // "" where the vendor's library did not name it

    std::string describe() const;
};

struct Devices {
    std::vector<ReachedDevice> reached;  // ordered by number, each number once

    bool empty() const { return reached.empty(); }
    std::set<std::string> numbers() const;
    bool identified() const;  // every one has a uuid
    std::string describe() const;
};

struct AllocatedDevice {
    std::string driver;
    std::string pool;
    std::string name;
    std::string uuid;        // from the slice's attributes, "" if it publishes none
    std::string pci_bus_id;  // likewise

    std::string describe() const;
};

// What the resource framework says a pod was given. With a device plugin only the count is known.
struct Allocation {
    std::string unknown;  // why the framework's answer could not be read; "" if it was
    std::size_t count = 0;
    std::vector<AllocatedDevice> devices;  // empty where the identity is not observable
};

}  // namespace assay
