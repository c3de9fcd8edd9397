// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A layout of the probe's images for two platforms, with a small file in the program's place.
#pragma once

#include <string>

#include "images/layout.h"

namespace assay::images {

// One platform's, whose layer holds a file with that content.
inline std::string layout_for(const std::string& architecture, const std::string& content) {
    std::vector<Entry> files = base_files();
    files.push_back({.path = "usr/bin/assay-probe", .mode = 0755, .content = content});
    return oci_layout({.version = "1.2.3",
                       .architecture = architecture,
                       .files = with_directories(std::move(files)),
                       .variants = probe_variants("1.2.3")})
        .value();
}

inline std::string two_platforms() {
    return joined_layout({layout_for("arm64", "ARM"), layout_for("amd64", "x86")}).value();
}

}  // namespace assay::images
