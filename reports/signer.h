// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Signs with a P-256 key from a PEM file, PKCS#8 or SEC1, encrypted or not. The private key lives
// in OpenSSL's own object, which wipes it; what was read of the file is wiped before read()
// returns. One thread at a time. Errors are one sentence that says what to do and never hold key
// material.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

using EVP_PKEY = struct evp_pkey_st;

namespace assay::reports {

class Signer {
public:
    // passphrase is used only where the file is encrypted.
    static std::expected<Signer, std::string> read(const std::filesystem::path& file,
                                                   std::string_view passphrase);

    // ECDSA with SHA-256 over the bytes, in DER.
    std::expected<std::string, std::string> sign(std::string_view bytes) const;

    // The Base64 of the SHA-256 of the DER public key.
    std::string hint() const;

private:
    explicit Signer(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}
    std::shared_ptr<EVP_PKEY> key_;
};

// Signs what statement.intoto.json of the folder says and writes report.sigstore.json and
// report.dsse.json beside it.
std::expected<void, std::string> write_signatures(const std::filesystem::path& folder,
                                                  const Signer& signer);

}  // namespace assay::reports
