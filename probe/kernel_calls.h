// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The few calls by which the probe touches device nodes, as a value, so that tests can hand in a
// machine of their own. Each returns 0 or the errno. The real ones may be called from any thread.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <functional>
#include <string>

namespace assay::probe {

struct KernelCalls {
    // Opens for reading and writing, without waiting and without taking a terminal; closes at once.
    std::function<int(const std::string& path)> open_device;
    std::function<int(const std::string& path, struct stat& found)> lstat;
    std::function<int(const std::string& path, struct stat& found)> stat;
    std::function<int(const std::string& path, dev_t number)> make_character_device;
    // Whether the file system there is mounted so that nodes on it are dead ("nodev").
    std::function<bool(const std::string& directory)> mounted_nodev;

    static KernelCalls real();
};

}  // namespace assay::probe
