// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/nccl_log.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace assay::probe::collective {

namespace {

constexpr std::size_t longest_log = std::size_t{16} * 1024 * 1024;

}  // namespace

// In memory: a container may have no folder that it may write to, and one that is killed leaves
// nothing.
NcclLog::NcclLog() : file_(::memfd_create("assay-nccl-log", MFD_CLOEXEC)) {
    if (file_ < 0) {
        return;
    }
    // By the user's own settings the lines that name the transport might be missing.
    ::setenv("NCCL_DEBUG", "INFO", 1);
    ::setenv("NCCL_DEBUG_SUBSYS", "INIT,NET,GRAPH,ENV", 1);
    ::setenv("NCCL_DEBUG_FILE", ("/proc/self/fd/" + std::to_string(file_)).c_str(), 1);
}

NcclLog::~NcclLog() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

std::string NcclLog::text() const {
    std::string text;
    std::array<char, 65536> some{};
    while (file_ >= 0 && text.size() < longest_log) {
        const ssize_t count =
            ::pread(file_, some.data(), some.size(), static_cast<off_t>(text.size()));
        if (count <= 0) {
            break;
        }
        text.append(some.data(), static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace assay::probe::collective
