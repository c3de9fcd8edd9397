// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A folder of a test's own, gone when the test is. Thread contract: one thread.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace assay::kube {

class ScratchFolder {
public:
    ScratchFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "assay-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no scratch folder can be made");
        }
        path_ = name;
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path write(const std::string& name, const std::string& content) const {
        const std::filesystem::path file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << content;
        return file;
    }
    std::filesystem::path write_program(const std::string& name, const std::string& content) const {
        std::filesystem::path file = write(name, content);
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
        return file;
    }
    std::string read(const std::string& name) const {
        std::ifstream stream(path_ / name);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

private:
    std::filesystem::path path_;
};

}  // namespace assay::kube
