// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/nccl_log.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace assay::probe::collective {

namespace {

constexpr std::size_t longest_log = std::size_t{16} * 1024 * 1024;

}  // namespace

NcclLog::NcclLog() : folder_("/tmp/assay-nccl-XXXXXX") {
    if (::mkdtemp(folder_.data()) == nullptr) {
        folder_.clear();
        return;
    }
    // By the user's own settings the lines that name the transport might be missing.
    ::setenv("NCCL_DEBUG", "INFO", 1);
    ::setenv("NCCL_DEBUG_SUBSYS", "INIT,NET,GRAPH,ENV", 1);
    ::setenv("NCCL_DEBUG_FILE", (folder_ + "/log").c_str(), 1);
}

NcclLog::~NcclLog() {
    if (!folder_.empty()) {
        ::unlink((folder_ + "/log").c_str());
        ::rmdir(folder_.c_str());
    }
}

std::string NcclLog::text() const {
    std::ifstream file(folder_ + "/log", std::ios::binary);
    std::string text(longest_log, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

}  // namespace assay::probe::collective
