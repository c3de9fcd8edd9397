// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

std::string cannot_write(const fs::path& file, int error) {
    return fmt::format("cannot write {}: {}; free the space or give another folder with --out",
                       file.string(), std::generic_category().message(error));
}

// 0, or errno of what went wrong.
int write_all(int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = write(descriptor, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        if (written > 0) {
            content.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    return fsync(descriptor) == 0 ? 0 : errno;
}

int write_and_close(const fs::path& file, std::string_view content) {
    const int descriptor =
        open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0) {
        return errno;
    }
    const int error = write_all(descriptor, content);
    const int closed = close(descriptor) == 0 ? 0 : errno;
    return error != 0 ? error : closed;
}

// A rename outlives a crash only once its folder is synced.
int sync_folder(const fs::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno;
    }
    const int error = fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    return error;
}

bool is_plain_part(std::string_view part) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return !part.empty() && part != "." && part != ".." && std::ranges::all_of(part, plain);
}

}  // namespace

bool is_plain_path(std::string_view path) {
    while (true) {
        const std::size_t slash = path.find('/');
        if (!is_plain_part(path.substr(0, slash))) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

std::expected<void, std::string> write_file(const fs::path& folder, std::string_view path,
                                            std::string_view content) {
    const fs::path file = folder / path;
    std::error_code failure;
    fs::create_directories(file.parent_path(), failure);
    if (failure) {
        return std::unexpected(cannot_write(file.parent_path(), failure.value()));
    }
    fs::path temporary = file;
    temporary += ".part";
    int error = write_and_close(temporary, content);
    if (error == 0 && std::rename(temporary.c_str(), file.c_str()) != 0) {
        error = errno;
    }
    if (error == 0) {
        error = sync_folder(file.parent_path());
    }
    if (error != 0) {
        fs::remove(temporary, failure);
        return std::unexpected(cannot_write(file, error));
    }
    return {};
}

std::string sha256_hex(std::string_view content) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += fmt::format("{:02x}", byte);
    }
    return hex;
}

}  // namespace assay::reports
