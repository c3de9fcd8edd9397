// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Signatures of a statement, as sigstore bundle or DSSE envelope, verified with a P-256 key. Pure
// but for read(), any thread. Errors are one sentence that names the file.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

using EVP_PKEY = struct evp_pkey_st;

namespace assay::reports {

class PublicKey {
public:
    // PEM, "PUBLIC KEY".
    static std::expected<PublicKey, std::string> read(const std::filesystem::path& file);

    bool verifies(std::string_view bytes, std::string_view signature) const;
    std::string hint() const;

private:
    explicit PublicKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}
    std::shared_ptr<EVP_PKEY> key_;
};

enum class Form { bundle, envelope };

// Whether text carries statement byte for byte and nothing that assay does not write; where key is
// given, also whether it verifies. name is for the error.
std::expected<void, std::string> verify_signature(std::string_view name, Form form,
                                                  std::string_view text, std::string_view statement,
                                                  const PublicKey* key);

}  // namespace assay::reports
