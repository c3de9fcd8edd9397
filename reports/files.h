// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Files below one folder, each written whole or not at all: into a temporary file beside its place,
// synced, renamed. Blocking; different folders may be written from different threads. Errors are
// one sentence that says what to do.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // of OpenSSL

namespace assay::reports {

// Whether path names a file below the folder and nothing else: relative, no "..", and only letters,
// digits, '.', '_', '-' between the slashes, so that every tool reads it as it stands in
// SHA256SUMS.
bool is_plain_path(std::string_view path);

std::expected<void, std::string> write_file(const std::filesystem::path& folder,
                                            std::string_view path, std::string_view content);

// The same piece by piece. path is plain; nothing is left of a file that is not ended.
class FileInPieces {
public:
    FileInPieces(const std::filesystem::path& folder, std::string_view path);
    FileInPieces(const FileInPieces&) = delete;
    FileInPieces& operator=(const FileInPieces&) = delete;
    ~FileInPieces();

    // What goes wrong is said by end().
    void add(std::string_view piece);
    // Its SHA-256, as of sha256_hex.
    std::expected<std::string, std::string> end();

private:
    void flush();

    std::filesystem::path file_;
    std::filesystem::path temporary_;
    std::filesystem::path wrong_;  // where error_ came from
    int descriptor_ = -1;
    int error_ = 0;  // errno of the first that went wrong
    std::string kept_;
    std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> digest_;
};

// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view content);

}  // namespace assay::reports
