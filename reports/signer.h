// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Who signs a report, and the files that carry the signature. Blocking, one thread at a time.
// Errors are one sentence that says what to do and never hold key material.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "reports/public_key.h"

namespace assay::reports {

class Signer {
public:
    Signer() = default;
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;
    Signer(Signer&&) = delete;
    Signer& operator=(Signer&&) = delete;
    virtual ~Signer() = default;

    // ECDSA with SHA-256 over the bytes, in DER.
    virtual std::expected<std::string, std::string> sign(std::string_view bytes) const = 0;

    virtual const PublicKey& public_key() const = 0;
};

// Signs what statement.intoto.json of the folder says and writes report.sigstore.json and
// report.dsse.json beside it; nothing where the signature is not one of the signer's own key.
std::expected<void, std::string> write_signatures(const std::filesystem::path& folder,
                                                  const Signer& signer);

}  // namespace assay::reports
