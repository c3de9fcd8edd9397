// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A file of a target's own, for readers that take a path; in $TMPDIR, gone with the process.
// Thread contract: one thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace assay::fuzz {

class OneFile {
public:
    explicit OneFile(std::string_view name) {
        std::string folder =
            (std::filesystem::temp_directory_path() / "assay-fuzz-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) {
            throw std::runtime_error("no folder can be made in TMPDIR");
        }
        path_ = std::filesystem::path(folder) / name;
    }
    OneFile(const OneFile&) = delete;
    OneFile& operator=(const OneFile&) = delete;
    ~OneFile() {
        std::error_code ignored;
        std::filesystem::remove_all(path_.parent_path(), ignored);
    }

    const std::filesystem::path& path() const { return path_; }
    void write(std::string_view content) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
    }

private:
    std::filesystem::path path_;
};

}  // namespace assay::fuzz
