// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/kernel_calls.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

namespace assay::probe {

namespace {

int open_and_close(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        return errno;
    }
    ::close(descriptor);
    return 0;
}

int errno_of(int result) {
    return result == 0 ? 0 : errno;
}

bool nodev(const std::string& directory) {
    struct statvfs mount{};
    return ::statvfs(directory.c_str(), &mount) == 0 && (mount.f_flag & ST_NODEV) != 0;
}

}  // namespace

KernelCalls KernelCalls::real() {
    return {
        .open_device = open_and_close,
        .lstat = [](const std::string& path,
                    struct stat& found) { return errno_of(::lstat(path.c_str(), &found)); },
        .stat = [](const std::string& path,
                   struct stat& found) { return errno_of(::stat(path.c_str(), &found)); },
        .make_character_device =
            [](const std::string& path, dev_t number) {
                return errno_of(::mknod(path.c_str(), S_IFCHR | 0600, number));
            },
        .mounted_nodev = nodev,
    };
}

}  // namespace assay::probe
