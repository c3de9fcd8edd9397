// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/probe_image.h"

#include <fmt/format.h>

#include "cli/verbs.h"
#include "cli/version.h"

namespace assay::cli {

namespace {

void print_images() {
    for (const auto& image : assay::images::probe_images()) {
        fmt::print("{:<8} {}@{}\n", image.variant, image.name, image.manifest_digest);
    }
}

}  // namespace

int images(const Options& options) {
    if (options.verb == "images export") {
        if (const auto written = assay::images::export_layout(options.target); !written) {
            fmt::print(stderr, "assay: {}\n", written.error());
            return 2;
        }
        fmt::print("wrote {}\n", options.target);
    }
    print_images();
    return 0;
}

int version() {
    fmt::print("{}\n", version_line());
    print_images();
    return 0;
}

}  // namespace assay::cli
