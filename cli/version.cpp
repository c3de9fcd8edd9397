// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/version.h"

#include <fmt/format.h>

#include "generated_version.h"

namespace assay::cli {

std::string version_number() {
    return generated_version;
}
std::string version_commit() {
    return generated_commit;
}

std::string probe_repository() {
    return generated_probe_repository;
}

std::string version_line() {
    const std::string commit = version_commit();
    return commit.empty() ? fmt::format("assay {}", version_number())
                          : fmt::format("assay {} ({})", version_number(), commit);
}

}  // namespace assay::cli
