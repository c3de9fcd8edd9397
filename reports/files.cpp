// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <span>
#include <system_error>
#include <utility>

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t written_at_once = 64u * 1024;

std::string hexadecimal(std::span<const unsigned char> bytes) {
    std::string hex;
    for (const unsigned char byte : bytes) {
        hex += fmt::format("{:02x}", byte);
    }
    return hex;
}

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
    return 0;
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

FileInPieces::FileInPieces(const fs::path& folder, std::string_view path)
    : file_(folder / path),
      temporary_(file_),
      wrong_(file_),
      digest_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
    temporary_ += ".part";
    std::error_code failure;
    fs::create_directories(file_.parent_path(), failure);
    if (failure) {
        wrong_ = file_.parent_path();
        error_ = failure.value();
        return;
    }
    descriptor_ =
        open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    error_ = descriptor_ < 0 ? errno : 0;
}

FileInPieces::~FileInPieces() {
    if (descriptor_ >= 0) {
        close(descriptor_);
        std::error_code ignored;
        fs::remove(temporary_, ignored);
    }
}

void FileInPieces::add(std::string_view piece) {
    kept_ += piece;
    if (kept_.size() >= written_at_once) {
        flush();
    }
}

void FileInPieces::flush() {
    EVP_DigestUpdate(digest_.get(), kept_.data(), kept_.size());
    error_ = error_ != 0 ? error_ : write_all(descriptor_, kept_);
    kept_.clear();
}

std::expected<std::string, std::string> FileInPieces::end() {
    flush();
    if (error_ == 0 && fsync(descriptor_) != 0) {
        error_ = errno;
    }
    if (descriptor_ >= 0 && close(std::exchange(descriptor_, -1)) != 0 && error_ == 0) {
        error_ = errno;
    }
    if (error_ == 0 && std::rename(temporary_.c_str(), file_.c_str()) != 0) {
        error_ = errno;
    }
    if (error_ == 0) {
        error_ = sync_folder(file_.parent_path());
    }
    if (error_ != 0) {
        std::error_code ignored;
        fs::remove(temporary_, ignored);
        return std::unexpected(cannot_write(wrong_, error_));
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    EVP_DigestFinal_ex(digest_.get(), digest.data(), nullptr);
    return hexadecimal(digest);
}

std::expected<void, std::string> write_file(const fs::path& folder, std::string_view path,
                                            std::string_view content) {
    FileInPieces file(folder, path);
    file.add(content);
    if (const auto ended = file.end(); !ended) {
        return std::unexpected(ended.error());
    }
    return {};
}

std::string sha256_hex(std::string_view content) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
    return hexadecimal(digest);
}

}  // namespace assay::reports
