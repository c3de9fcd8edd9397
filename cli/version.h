// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Version and commit this program was built from.
#pragma once

#include <string>

namespace assay::cli {

std::string version_number();
std::string version_commit();    // "" when it was not built from a repository
std::string probe_repository();  // where a release's probe images are; "" when none was stated
std::string version_line();      // "assay 0.1.0 (commit)"

}  // namespace assay::cli
