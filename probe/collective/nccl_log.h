// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// NCCL's own log, kept in memory while it is read. One thread; changes the
// environment of the process, so make it before other threads are.
#pragma once

#include <string>

namespace assay::probe::collective {

class NcclLog {
public:
    // Sets NCCL_DEBUG, NCCL_DEBUG_SUBSYS and NCCL_DEBUG_FILE; to be done before NCCL is loaded.
    // Where there is no memory for it there is no log, and text() is "".
    NcclLog();
    NcclLog(const NcclLog&) = delete;
    NcclLog& operator=(const NcclLog&) = delete;
    ~NcclLog();  // forgets it

    // What NCCL has written until now, at most 16 MiB.
    std::string text() const;

private:
    int file_;
};

}  // namespace assay::probe::collective
