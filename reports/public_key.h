// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A P-256 public key and what it says of signatures: ECDSA with SHA-256. Pure but for read(), any
// thread. Errors are one sentence that names the file.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): as OpenSSL has it
using EVP_PKEY = struct evp_pkey_st;

namespace assay::reports {

// Also of a private key.
bool is_p256(const EVP_PKEY* key);

class PublicKey {
public:
    // PEM, "PUBLIC KEY".
    static std::expected<PublicKey, std::string> read(const std::filesystem::path& file);
    // nullopt where pem holds none of P-256.
    static std::optional<PublicKey> parse(std::string_view pem);
    // The public half of a key of P-256.
    explicit PublicKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}

    // signature: in DER.
    bool verifies(std::string_view bytes, std::string_view signature) const;

    // The signature over bytes in DER, however a tool printed it: in DER, as r and s of 32 bytes
    // each, or as the Base64 of either. Empty where it is none of this key over these bytes.
    std::string signature_in(std::string_view printed, std::string_view bytes) const;

    // The Base64 of the SHA-256 of the DER public key, as cosign has it.
    std::string hint() const;

private:
    std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace assay::reports
