// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// assay-image: writes the probe's OCI layout. Used by the build, not installed.
//   assay-image OUT VERSION ARCHITECTURE DESTINATION=SOURCE...    of one platform
//   assay-image --join OUT LAYOUT...    of several, each made by the other form

#include <cstdio>
#include <exception>
#include <expected>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "images/layout.h"

namespace {

using assay::images::Entry;

// "/DESTINATION=SOURCE" to what goes into the layer; executable if the source is.
std::expected<Entry, std::string> entry_of(std::string_view pair) {
    namespace fs = std::filesystem;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !pair.starts_with('/')) {
        return std::unexpected(std::string(pair) + " is not /DESTINATION=SOURCE");
    }
    const fs::path source = pair.substr(equals + 1);
    std::error_code error;
    const fs::perms permissions = fs::status(source, error).permissions();
    std::ifstream file(source, std::ios::binary);
    std::string content(std::istreambuf_iterator<char>(file), {});
    if (!fs::is_regular_file(source, error) || file.bad() || content.empty()) {
        return std::unexpected(source.string() + " cannot be read");
    }
    const bool program = (permissions & fs::perms::owner_exec) != fs::perms::none;
    return Entry{.path = std::string(pair.substr(1, equals - 1)),
                 .mode = program ? 0755U : 0644U,
                 .content = std::move(content)};
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

int write_layout(const std::string& out, const std::expected<std::string, std::string>& layout) {
    if (!layout) {
        return complain(layout.error());
    }
    return write_file(out, *layout) ? 0 : complain(out + " cannot be written");
}

// Of: --join OUT LAYOUT...
int join(int argc, char** argv) {
    std::vector<std::string> layouts;
    for (int index = 3; index < argc; ++index) {
        std::ifstream file(argv[index], std::ios::binary);
        layouts.emplace_back(std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>());
        if (!file || layouts.back().empty()) {
            return complain(std::string(argv[index]) + " cannot be read");
        }
    }
    return write_layout(argv[2], assay::images::joined_layout(layouts));
}

int build(int argc, char** argv) {
    if (argc >= 4 && argv[1] == std::string_view("--join")) {
        return join(argc, argv);
    }
    if (argc < 5) {
        return complain(
            "use: assay-image OUT VERSION ARCHITECTURE DESTINATION=SOURCE...\n"
            "     assay-image --join OUT LAYOUT...");
    }
    std::vector<Entry> files = assay::images::base_files();
    for (int index = 4; index < argc; ++index) {
        auto file = entry_of(argv[index]);
        if (!file) {
            return complain(file.error());
        }
        files.push_back(std::move(*file));
    }
    return write_layout(argv[1], assay::images::oci_layout(
                                     {.version = argv[2],
                                      .architecture = argv[3],
                                      .files = assay::images::with_directories(std::move(files)),
                                      .variants = assay::images::probe_variants(argv[2])}));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return build(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "assay-image: %s\n", error.what());
        return 1;
    }
}
