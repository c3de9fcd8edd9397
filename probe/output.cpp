// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "probe/hold.h"

namespace assay::probe {

namespace {

bool write_all(int descriptor, const std::string& bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(descriptor, bytes.data() + written, bytes.size() - written);
        if (count < 0) {
            if (errno != EINTR || end_asked()) {
                return false;
            }
            continue;
        }
        written += static_cast<std::size_t>(count);
    }
    return true;
}

}  // namespace

bool write_line(const std::string& line) {
    if (write_all(STDOUT_FILENO, line + "\n")) {
        return true;
    }
    std::fprintf(stderr, "assay-probe: could not write to standard output: %s\n",
                 std::strerror(errno));
    return false;
}

Outcome write_termination_message(const std::string& path, const std::string& text, bool create) {
    const int flags = O_WRONLY | O_TRUNC | O_CLOEXEC | (create ? O_CREAT : 0);
    const int descriptor = ::open(path.c_str(), flags, 0644);
    if (descriptor < 0 && errno == ENOENT && !create) {
        return Outcome::no_such_file;
    }
    bool good = descriptor >= 0 && write_all(descriptor, text);
    if (descriptor >= 0) {
        good = ::close(descriptor) == 0 && good;
    }
    if (!good) {
        std::fprintf(stderr, "assay-probe: could not write the termination message %s: %s\n",
                     path.c_str(), std::strerror(errno));
    }
    return good ? Outcome::written : Outcome::failed;
}

}  // namespace assay::probe
