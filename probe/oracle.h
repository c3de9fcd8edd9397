// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the errno of open(2) on a device node says about who may reach the device. A device cgroup
// that refuses answers EPERM before the driver is asked, so every answer only a driver can give
// means that the container was let through. Pure; any thread.
#pragma once

#include <string>

namespace assay::probe {

enum class Answer { reachable, refused, unclear };

// 0 is success.
Answer answer_of(int open_errno);

// "ENXIO"; "" for 0; "errno 4095" for a number the C library has no name for.
std::string errno_name(int number);

}  // namespace assay::probe
