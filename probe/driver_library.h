// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Libraries of a driver, which the container runtime brings or does not: loaded by name while the
// program runs, so that it starts without them. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

namespace assay::probe {

// The loader's search path, then the folders where container runtimes put a driver.
std::vector<std::string> driver_library_places(const std::string& name);

struct DriverLibrary {
    void* handle = nullptr;  // never closed: the library may have left threads or exit handlers
    std::string complaint;   // why one that is there did not load; "" if none is there
};

// Tries each in turn.
DriverLibrary load_driver_library(const std::vector<std::string>& places);

}  // namespace assay::probe
