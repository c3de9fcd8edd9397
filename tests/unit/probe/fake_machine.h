// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A machine of the test's own: a real directory tree whose plain files stand for device nodes, and
// the answers the kernel would give. Nothing of the real machine's devices is touched.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "probe/kernel_calls.h"
#include "probe/never_open.h"

namespace assay::probe {

class FakeMachine {
public:
    FakeMachine() { EXPECT_NE(::mkdtemp(root_.data()), nullptr); }
    ~FakeMachine() { std::filesystem::remove_all(root_); }
    FakeMachine(const FakeMachine&) = delete;
    FakeMachine& operator=(const FakeMachine&) = delete;

    std::string path(const std::string& name) const { return root_ + "/" + name; }

    // A device node; opening it answers `open_errno`.
    void add(const std::string& name, const DeviceNumber& number, int open_errno = 0) {
        const std::filesystem::path file = path(name);
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << "";
        nodes_[file] = number;
        open_[file] = open_errno;
    }

    KernelCalls calls() {
        return {.open_device = [this](const std::string& name) { return open(name); },
                .lstat = [this](const std::string& name,
                                struct stat& found) { return look(name, found, ::lstat); },
                .stat = [this](const std::string& name,
                               struct stat& found) { return look(name, found, ::stat); },
                .make_character_device = [this](const std::string& name,
                                                dev_t number) { return make(name, number); },
                .mounted_nodev = [this](const std::string& name) { return nodev.contains(name); }};
    }

    std::vector<std::string> opened;              // in the order they were
    std::vector<std::string> made;                // numbers, likewise
    std::map<std::string, int> unseeable;         // path: what lstat and stat answer
    std::map<std::string, bool> nodev;            // directories that are
    std::map<std::string, int> answer_by_number;  // of nodes made; 0 where it is not named
    int mknod_errno = 0;

private:
    int open(const std::string& name) {
        opened.push_back(name);
        const auto made_number = made_.find(name);
        return made_number != made_.end() ? answer_by_number[made_number->second]
                                          : open_.at(std::filesystem::canonical(name));
    }

    int make(const std::string& name, dev_t number) {
        if (mknod_errno != 0) {
            return mknod_errno;
        }
        std::ofstream(name) << "";
        made_[name] = DeviceNumber{'c', major(number), minor(number)}.text();
        made.push_back(made_[name]);
        return 0;
    }

    int look(const std::string& name, struct stat& found,
             int (*real)(const char*, struct stat*)) const {
        if (const auto known = unseeable.find(name); known != unseeable.end()) {
            return known->second;
        }
        if (real(name.c_str(), &found) != 0) {
            return errno;
        }
        std::error_code error;
        const auto node = S_ISLNK(found.st_mode)
                              ? nodes_.end()
                              : nodes_.find(std::filesystem::canonical(name, error).string());
        if (node != nodes_.end()) {
            found.st_mode = node->second.type == 'b' ? S_IFBLK : S_IFCHR;
            found.st_rdev = ::makedev(node->second.major, node->second.minor);
        }
        return 0;
    }

    std::string root_ = "/tmp/assay-probe-test-XXXXXX";
    std::map<std::string, DeviceNumber> nodes_;
    std::map<std::string, int> open_;
    std::map<std::string, std::string> made_;
};

}  // namespace assay::probe
