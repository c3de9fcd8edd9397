// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// assay-image: writes the probe's OCI layout. Used by the build, not installed.
//   assay-image OUT VERSION ARCHITECTURE DESTINATION=SOURCE...

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "images/layout.h"

namespace {

using assay::images::Entry;

bool read_file(const std::string& path, std::string& content) {
    std::ifstream file(path, std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(file), {});
    return file.good() || (file.eof() && !file.bad());
}

bool write_file(const std::filesystem::path& path, const std::string& content) {
    const std::filesystem::path unfinished = path.string() + ".unfinished";
    std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    std::error_code error;
    if (file) {
        std::filesystem::rename(unfinished, path, error);
    }
    return file && !error;
}

int complain(const std::string& words) {
    std::fprintf(stderr, "assay-image: %s\n", words.c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        return complain("use: assay-image OUT VERSION ARCHITECTURE DESTINATION=SOURCE...");
    }
    std::vector<Entry> files = assay::images::base_files();
    for (int index = 4; index < argc; ++index) {
        const std::string_view pair = argv[index];
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || !pair.starts_with('/')) {
            return complain(std::string(pair) + " is not /DESTINATION=SOURCE");
        }
        const std::string source(pair.substr(equals + 1));
        Entry file{.path = std::string(pair.substr(1, equals - 1)), .mode = 0755, .content = ""};
        if (!std::filesystem::is_regular_file(source) || !read_file(source, file.content)) {
            return complain(source + " cannot be read");
        }
        files.push_back(std::move(file));
    }
    const auto layout =
        assay::images::oci_layout({.version = argv[2],
                                   .architecture = argv[3],
                                   .files = assay::images::with_directories(std::move(files)),
                                   .variants = assay::images::probe_variants(argv[2])});
    if (!layout) {
        return complain(layout.error());
    }
    return write_file(argv[1], *layout) ? 0 : complain(std::string(argv[1]) + " cannot be written");
}
