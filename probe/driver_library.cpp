// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/driver_library.h"

#include <dlfcn.h>
#include <unistd.h>

namespace assay::probe {

namespace {

// What dlopen said, unless it was that this very library is nowhere.
std::string complaint_about(const std::string& place) {
    const char* said = ::dlerror();
    const std::string words = said != nullptr ? said : "dlopen failed";
    const bool missing = place.starts_with("/")
                             ? ::access(place.c_str(), F_OK) != 0
                             : words.starts_with(place + ": cannot open shared object file");
    return missing ? "" : words;
}

}  // namespace

std::vector<std::string> driver_library_places(const std::string& name) {
    std::vector<std::string> places = {name};
    for (const char* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/lib64",
                               "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/local/nvidia/lib64",
                               "/usr/local/nvidia/lib", "/home/kubernetes/bin/nvidia/lib64"}) {
        places.push_back(std::string(folder) + "/" + name);
    }
    return places;
}

DriverLibrary load_driver_library(const std::vector<std::string>& places) {
    DriverLibrary library;
    for (const std::string& place : places) {
        library.handle = ::dlopen(place.c_str(), RTLD_LAZY | RTLD_LOCAL);
        if (library.handle != nullptr) {
            break;
        }
        if (const std::string words = complaint_about(place); !words.empty()) {
            library.complaint = words;
        }
    }
    return library;
}

}  // namespace assay::probe
