// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The verb `serve`. One thread; ends by a signal (hold.h).
#pragma once

#include <cstdint>
#include <string>

#include "probe/traffic/server_metrics.h"

namespace assay::probe {

struct ServeOptions {
    std::string address = "0.0.0.0";
    std::uint16_t port = 8080;  // 0: one that is free
    Identity identity;
};

// Prints its document once it listens; returns only if it cannot, with the exit code.
int run_serve(const ServeOptions& options);

}  // namespace assay::probe
