// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/oracle.h"

#include <cerrno>
#include <cstring>

namespace assay::probe {

Answer answer_of(int open_errno) {
    switch (open_errno) {
        case 0:
        case ENXIO:   // the driver knows no such unit, or there is no driver behind the number
        case EIO:     // the driver tried the hardware
        case EBUSY:   // the driver counts its users
        case ENODEV:  // the driver has lost the hardware
            return Answer::reachable;
        case EPERM:   // the device cgroup
        case ENOENT:  // no such node
            return Answer::refused;
        default:
            // EACCES among them: a file mode refuses a process without root's rights, and hides
            // what the device cgroup would have said.
            return Answer::unclear;
    }
}

std::string errno_name(int number) {
    if (number == 0) {
        return "";
    }
    const char* name = strerrorname_np(number);
    return name != nullptr ? name : "errno " + std::to_string(number);
}

}  // namespace assay::probe
