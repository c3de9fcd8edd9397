// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr const char* erase_line = "\r\x1b[2K";

std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

Console::Console(bool quiet) : quiet_(quiet), live_(isatty(STDERR_FILENO) == 1) {}

Console::~Console() {
    if (live_ && !quiet_) {
        fmt::print(stderr, "{}", erase_line);
    }
}

double Console::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

void Console::line(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    if (quiet_) {
        return;
    }
    const std::string full = fmt::format("{:6.1f}s {}", seconds(), text);
    if (live_) {
        fmt::print(stderr, "{}{}", erase_line, full.substr(0, terminal_width() - 1));
    } else {
        fmt::print(stderr, "{}\n", full);
    }
    std::fflush(stderr);
}

void Console::check_started(const std::string& requirement) {
    line(requirement);
}

void Console::progressed(const std::string& requirement, const std::string& what) {
    // Some of it is what the cluster said, and a terminal obeys what it is shown.
    line(reports::printable_line(fmt::format("{}: {}", requirement, what)));
}

// Stays, on a terminal too.
void Console::kept_line(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    if (!quiet_) {
        fmt::print(stderr, "{}{:6.1f}s {}\n", live_ ? erase_line : "", seconds(), text);
        std::fflush(stderr);
    }
}

void Console::noticed(const std::string& requirement, const std::string& what) {
    kept_line(reports::printable_line(fmt::format("{}: {}", requirement, what)));
}

void Console::check_settled(const RequirementResult& result) {
    line(fmt::format("{}: {}", result.id, to_string(result.outcome)));
}

}  // namespace assay::cli
