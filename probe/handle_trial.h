// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whether a handle of memory is worth anything: a second process of the same container tries to
// open it. That process is begun before this one has threads or a driver's library, which do not
// survive a fork. One thread.
#pragma once

#include <sys/types.h>

#include <string>

#include "probe/residue.h"

namespace assay::probe {

class HandleTrial {
public:
    HandleTrial();  // throws std::system_error where no process can be made
    HandleTrial(const HandleTrial&) = delete;
    HandleTrial& operator=(const HandleTrial&) = delete;
    ~HandleTrial();  // the process has ended

    // Once.
    OpenedHandle open(const std::string& handle);

private:
    int channel_ = -1;
    pid_t process_ = -1;
};

}  // namespace assay::probe
