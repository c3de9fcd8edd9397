// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Signs with a P-256 key from a PEM file, PKCS#8 or SEC1, encrypted or not. The private key lives
// in OpenSSL's own object, which wipes it; what was read of the file and the passphrase are wiped
// before read() returns. One thread at a time. Errors are one sentence that says what to do and
// never hold key material.
#pragma once

#include <functional>
#include <memory>

#include "reports/signer.h"

namespace assay::reports {

class KeySigner : public Signer {
public:
    // The passphrase, or why there is none in one sentence.
    using AskPassphrase = std::function<std::expected<std::string, std::string>()>;

    // ask is called at most once, and only where the file is encrypted.
    static std::expected<std::unique_ptr<KeySigner>, std::string> read(
        const std::filesystem::path& file, const AskPassphrase& ask);

    std::expected<std::string, std::string> sign(std::string_view bytes) const override;
    const PublicKey& public_key() const override { return public_key_; }

private:
    explicit KeySigner(const std::shared_ptr<EVP_PKEY>& key) : key_(key), public_key_(key) {}
    std::shared_ptr<EVP_PKEY> key_;
    PublicKey public_key_;
};

}  // namespace assay::reports
