// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Where a submission lies and what its entries of evidence name, by the rules of the certification
// programme's validator. Errors are the end of a sentence that begins with what was given.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace assay::reports {

// .../v1.37/turbo-encabulator
struct Place {
    std::filesystem::path folder;
    std::string version;  // "1.37"
    std::string name;     // "turbo-encabulator"
};

// submission: the folder, or its PRODUCT.yaml. Asks the file system which of them it is.
std::expected<Place, std::string> place_of(const std::filesystem::path& submission);

// A file of the submission that an entry of evidence names.
struct EvidenceRef {
    std::string path;      // below the submission's folder, without "." and ".."
    std::string fragment;  // the test after '#'; "" without one
};

bool is_url(std::string_view link);

// "junit.xml#TEST", with "file://" and the submission's own "v1.37/NAME/" in front or without.
std::expected<EvidenceRef, std::string> resolve_evidence(const Place& place, std::string_view link);

// "https://github.com/cncf/k8s-conformance/tree/master/v1.37/NAME"
bool is_conformance_url(std::string_view url);

// The version in such a URL, "1.37"; "" where it is none.
std::string conformance_version(std::string_view url);

std::string_view without_blanks_around(std::string_view text);

}  // namespace assay::reports
