// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/never_open.h"

#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

namespace assay::probe {

namespace {

constexpr unsigned any = std::numeric_limits<unsigned>::max();

// Major 10 gives no accelerator by itself: what lies behind vfio/vfio are groups of another major.
struct NumberRule {
    char type;
    unsigned major;  // `any`: all
    std::string_view reason;
};

constexpr NumberRule by_number[] = {
    {'b', any, "block devices hold file systems; no accelerator is one"},
    {'c', 1, "memory devices: null, zero, random and their kind; mem and port are the machine's"},
    {'c', 4, "terminals and serial ports"},
    {'c', 5, "the controlling terminal, the console and ptmx, in every container"},
    {'c', 9, "SCSI tapes: closing one rewinds it"},
    {'c', 10, "miscellaneous devices (watchdog 10:130 reboots; vfio/vfio 10:196, fuse, kvm)"},
    {'c', 136, "pseudo terminals, in every container"},
    {'c', 137, "pseudo terminals"},
    {'c', 138, "pseudo terminals"},
    {'c', 139, "pseudo terminals"},
    {'c', 140, "pseudo terminals"},
    {'c', 141, "pseudo terminals"},
    {'c', 142, "pseudo terminals"},
    {'c', 143, "pseudo terminals"},
    {'c', 166, "serial modems: opening one raises its control lines"},
    {'c', 188, "serial adapters: opening one raises its control lines"},
    {'c', 204, "serial ports: opening one raises its control lines"},
};

struct NameRule {
    std::string_view name;
    enum class Match { numbered, contains } match;  // numbered: the name, then digits or nothing
    std::string_view reason;
};

constexpr std::string_view watchdog = "a watchdog reboots the machine once it was opened";
constexpr std::string_view clock = "a hardware clock has one user at a time; opening takes it";
constexpr std::string_view tpm = "a security chip has one user at a time; opening takes it";
constexpr std::string_view management = "the management controller can power the machine off";
constexpr std::string_view memory = "the machine's memory and ports";

// Held against each part of the path below /dev ("ipmi/0" has the part "ipmi").
constexpr NameRule by_name[] = {
    {"watchdog", NameRule::Match::contains, watchdog},
    {"rtc", NameRule::Match::numbered, clock},
    {"mem", NameRule::Match::numbered, memory},
    {"kmem", NameRule::Match::numbered, memory},
    {"port", NameRule::Match::numbered, memory},
    {"kmsg", NameRule::Match::numbered, "the kernel's log"},
    {"tpm", NameRule::Match::numbered, tpm},
    {"tpmrm", NameRule::Match::numbered, tpm},
    {"ipmi", NameRule::Match::numbered, management},
    {"ipmidev", NameRule::Match::numbered, management},
};

// Held against the driver's name in /proc/devices.
constexpr NameRule by_driver[] = {
    {"watchdog", NameRule::Match::contains, watchdog},
    {"rtc", NameRule::Match::numbered, clock},
    {"tpm", NameRule::Match::numbered, tpm},
    {"ipmi", NameRule::Match::contains, management},
    {"tty", NameRule::Match::contains, "terminals and serial ports"},
    {"st", NameRule::Match::numbered, "SCSI tapes: closing one rewinds it"},
    {"osst", NameRule::Match::numbered, "tapes: closing one rewinds it"},
};

bool matches(const NameRule& rule, std::string_view name) {
    if (rule.match == NameRule::Match::contains) {
        return name.find(rule.name) != std::string_view::npos;
    }
    return name.starts_with(rule.name) &&
           name.substr(rule.name.size()).find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view reason_by_path(std::string_view path) {
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        for (const NameRule& rule : by_name) {
            if (matches(rule, path.substr(begin, end - begin))) {
                return rule.reason;
            }
        }
        begin = end + 1;
    }
    return "";
}

}  // namespace

std::string DeviceNumber::text() const {
    return std::string(1, type) + ":" + std::to_string(major) + ":" + std::to_string(minor);
}

Drivers parse_drivers(std::string_view proc_devices) {
    Drivers drivers;
    std::istringstream lines{std::string(proc_devices)};
    std::string line;
    while (std::getline(lines, line) && !line.starts_with("Block devices")) {
        std::istringstream words(line);
        unsigned major = 0;
        std::string name;
        if (words >> major >> name) {
            std::string& names =
                drivers[major];  // one major may have several drivers (4: tty, ttyS)
            names += names.empty() ? name : " " + name;
        }
    }
    return drivers;
}

Drivers running_drivers() {
    std::ifstream file("/proc/devices");
    return parse_drivers(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::string_view NeverOpen::reason(const DeviceNumber& number, std::string_view path) const {
    for (const NumberRule& rule : by_number) {
        if (rule.type == number.type && (rule.major == any || rule.major == number.major)) {
            return rule.reason;
        }
    }
    if (const auto driver = drivers_.find(number.major); driver != drivers_.end()) {
        std::istringstream names(driver->second);
        for (std::string name; names >> name;) {
            for (const NameRule& rule : by_driver) {
                if (matches(rule, name)) {
                    return rule.reason;
                }
            }
        }
    }
    return reason_by_path(path);
}

}  // namespace assay::probe
