// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whether a report's folder is what `assay run` wrote and who signed it. Everything in the folder
// is hostile: no link is followed, sizes and depths are capped, and each file is read once.
// Blocking, any thread. Errors are one sentence that names the file.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "reports/folder.h"
#include "reports/public_key.h"

namespace assay::reports {

struct Verified {
    std::string hint;    // the Base64 of the SHA-256 of the signer's DER public key; "" unchecked
    std::string result;  // "passed", "warned" or "failed"
    bool simulated = false;
    int must_examined = 0;
    int must_total = 0;
};

// public_key: P-256 in PEM (PUBLIC KEY); empty: digests and lists only, the signature of nobody is
// checked.
std::expected<Verified, std::string> verify_report(const std::filesystem::path& folder,
                                                   const std::filesystem::path& public_key);

// The same of a folder that was read; key: nullptr where no signature is checked. Pure.
std::expected<Verified, std::string> verify_contents(const Contents& contents,
                                                     const PublicKey* key);

}  // namespace assay::reports
