// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/device_nodes.h"

#include <dirent.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace assay::probe {

namespace {

std::string resolved(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    return real ? std::string(real.get()) : path;
}

class Walk {
public:
    Walk(const std::string& root, const KernelCalls& kernel)
        : root_(resolved(root) + "/"), kernel_(kernel) {
        directories_.push_back(root);
    }

    DeviceTree run() {
        while (!directories_.empty()) {
            const std::string directory = std::move(directories_.back());
            directories_.pop_back();
            list(directory);
        }
        std::sort(tree_.nodes.begin(), tree_.nodes.end(),
                  [](const auto& a, const auto& b) { return a.path < b.path; });
        std::sort(tree_.unseen.begin(), tree_.unseen.end());
        return std::move(tree_);
    }

private:
    void list(const std::string& directory) {
        const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), &::closedir);
        if (!open) {
            tree_.unseen.emplace_back(directory, errno);
            return;
        }
        for (;;) {
            errno = 0;
            const dirent* entry = ::readdir(open.get());
            if (entry == nullptr) {
                break;
            }
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") {
                look_at(directory + "/" + entry->d_name);
            }
        }
        if (errno != 0) {
            tree_.unseen.emplace_back(directory, errno);
        }
    }

    void look_at(const std::string& path) {
        struct stat found{};
        if (const int error = kernel_.lstat(path, found); error != 0) {
            if (error != ENOENT) {  // gone since it was listed
                tree_.unseen.emplace_back(path, error);
            }
        } else if (S_ISDIR(found.st_mode)) {
            directories_.push_back(path);
        } else if (is_device_node(found)) {
            tree_.nodes.push_back({path, number_of(found)});
        } else if (S_ISLNK(found.st_mode)) {
            follow(path);
        }
    }

    void follow(const std::string& link) {
        struct stat found{};
        if (kernel_.stat(link, found) == 0 && is_device_node(found) &&
            !resolved(link).starts_with(root_)) {
            tree_.nodes.push_back({link, number_of(found)});
        }
    }

    std::string root_;  // resolved, with a slash at its end
    const KernelCalls& kernel_;
    std::vector<std::string> directories_;
    DeviceTree tree_;
};

}  // namespace

bool is_device_node(const struct stat& found) {
    return S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode);
}

DeviceNumber number_of(const struct stat& found) {
    return {S_ISBLK(found.st_mode) ? 'b' : 'c', major(found.st_rdev), minor(found.st_rdev)};
}

DeviceTree find_device_nodes(const std::string& root, const KernelCalls& kernel) {
    return Walk(root, kernel).run();
}

}  // namespace assay::probe
