// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/signing.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <fstream>

namespace assay::cli {

std::expected<std::optional<reports::Signer>, std::string> signer_of(const Options& options) {
    if (options.sign_key.empty()) {
        return std::nullopt;
    }
    std::string passphrase;
    if (!options.sign_passphrase_file.empty()) {
        std::ifstream in(options.sign_passphrase_file);
        if (!std::getline(in, passphrase) || passphrase.empty()) {
            return std::unexpected(
                fmt::format("{} has no passphrase in its first line; name another file with "
                            "--sign-passphrase-file",
                            options.sign_passphrase_file));
        }
    }
    auto signer = reports::Signer::read(options.sign_key, passphrase);
    OPENSSL_cleanse(passphrase.data(), passphrase.size());
    if (!signer) {
        return std::unexpected(signer.error());
    }
    return *std::move(signer);
}

}  // namespace assay::cli
