// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which device nodes the probe never opens, and why: every container has them, or opening one harms
// the machine. By number, by the driver's name in /proc/devices (numbers of watchdogs and clocks
// are given out at boot) and by the node's name. Immutable after construction; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace assay::probe {

struct DeviceNumber {
    char type = 'c';  // 'c' character, 'b' block
    unsigned major = 0;
    unsigned minor = 0;

    std::string text() const;  // "c:195:0"
};

// Character majors to driver names, as in /proc/devices.
using Drivers = std::map<unsigned, std::string>;

Drivers parse_drivers(std::string_view proc_devices);
Drivers running_drivers();  // of this kernel; empty where /proc is not mounted

class NeverOpen {
public:
    explicit NeverOpen(Drivers drivers) : drivers_(std::move(drivers)) {}

    // Why not, or "" if it may be opened. `path` is "" for a number that was only guessed.
    std::string_view reason(const DeviceNumber& number, std::string_view path) const;

private:
    Drivers drivers_;
};

}  // namespace assay::probe
