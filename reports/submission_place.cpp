// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/submission_place.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/escape.h"

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

// How long a prefix of text is digits.
std::size_t digits(std::string_view text) {
    return std::min(text.find_first_not_of("0123456789"), text.size());
}

// How long the "v1.37" is that text begins with; 0 where it does not.
std::size_t version_length(std::string_view text) {
    if (!text.starts_with('v')) {
        return 0;
    }
    const std::size_t major = digits(text.substr(1));
    const std::size_t dot = 1 + major;
    if (major == 0 || dot >= text.size() || text[dot] != '.') {
        return 0;
    }
    const std::size_t minor = digits(text.substr(dot + 1));
    return minor == 0 ? 0 : dot + 1 + minor;
}

// "v1.37/other/": the validator takes what begins so for a path from its repository's root.
bool begins_with_product_folder(std::string_view path) {
    const std::size_t version = version_length(path);
    if (version == 0 || version >= path.size() || path[version] != '/') {
        return false;
    }
    const std::size_t slash = path.find('/', version + 1);
    return slash != std::string_view::npos && slash > version + 1;
}

bool leads_out(const std::string& path) {
    return path.empty() || path == "." || path == ".." || path.starts_with("../");
}

}  // namespace

std::expected<Place, std::string> place_of(const fs::path& submission) {
    std::error_code failure;
    fs::path folder = fs::absolute(submission, failure).lexically_normal();
    if (!fs::is_directory(folder, failure) || folder.filename().empty()) {
        folder = folder.parent_path();
    }
    const std::string version = folder.parent_path().filename().string();
    if (version_length(version) != version.size() || version.empty()) {
        return std::unexpected(fmt::format(
            "{} does not lie in a folder such as v1.37; the programme reads the version from "
            "v1.37/PRODUCT/PRODUCT.yaml",
            printable_line(folder.string())));
    }
    return Place{folder, version.substr(1), folder.filename().string()};
}

bool is_url(std::string_view link) {
    return link.starts_with("http://") || link.starts_with("https://");
}

std::expected<EvidenceRef, std::string> resolve_evidence(const Place& place,
                                                         std::string_view link) {
    std::string_view raw = without_blanks_around(link);
    if (raw.starts_with("file://")) {
        raw.remove_prefix(std::string_view("file://").size());
    }
    EvidenceRef result;
    if (const std::size_t hash = raw.find('#'); hash != std::string_view::npos) {
        result.fragment = raw.substr(hash + 1);
        raw = raw.substr(0, hash);
    }
    raw = without_blanks_around(raw);
    raw.remove_prefix(raw.starts_with('/') ? 1 : 0);
    if (raw.empty()) {
        return std::unexpected("names no file");
    }
    const std::string own = fmt::format("v{}/{}/", place.version, place.name);
    if (raw.starts_with(own)) {
        raw.remove_prefix(own.size());
    } else if (begins_with_product_folder(raw)) {
        return std::unexpected(
            "is in the folder of another product; evidence lies beside PRODUCT.yaml");
    }
    raw.remove_prefix(std::min(raw.find_first_not_of('/'), raw.size()));
    result.path = fs::path(raw).lexically_normal().generic_string();
    while (result.path.ends_with('/')) {
        result.path.pop_back();
    }
    if (leads_out(result.path)) {
        return std::unexpected(
            "leads out of the submission's folder; evidence lies beside PRODUCT.yaml");
    }
    return result;
}

std::string conformance_version(std::string_view url) {
    for (const std::string_view prefix : {"https://github.com/cncf/k8s-conformance/tree/master/",
                                          "https://github.com/cncf/k8s-conformance/tree/main/"}) {
        if (!url.starts_with(prefix)) {
            continue;
        }
        url.remove_prefix(prefix.size());
        const std::size_t version = version_length(url);
        if (version == 0 || version >= url.size() || url[version] != '/') {
            return {};
        }
        std::string_view product = url.substr(version + 1);
        product.remove_suffix(product.ends_with('/') ? 1 : 0);
        const bool one_folder = !product.empty() && product.find('/') == std::string_view::npos;
        return one_folder ? std::string(url.substr(1, version - 1)) : std::string();
    }
    return {};
}

bool is_conformance_url(std::string_view url) {
    return !conformance_version(url).empty();
}

std::string_view without_blanks_around(std::string_view text) {
    constexpr std::string_view blanks = " \t\n\v\f\r";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace assay::reports
