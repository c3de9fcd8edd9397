// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A report signed by a program of the user's, which reaches a key that assay cannot: a KMS, a
// token. `PROGRAM pubkey` prints the P-256 public key in PEM; `PROGRAM` gets on stdin the bytes to
// sign and prints the signature over their SHA-256, in DER, as r and s of 32 bytes each, or as the
// Base64 of either. It is run without a shell and without a terminal on stdin, at most a minute
// each time. Blocking, one thread. Errors are one sentence with the program's own words.
#pragma once

#include <chrono>
#include <memory>

#include "reports/signer.h"

namespace assay::cli {

class CommandSigner : public reports::Signer {
public:
    // Asks the program for its public key. limit is for each time it is run.
    static std::expected<std::unique_ptr<CommandSigner>, std::string> start(
        std::string program, std::chrono::milliseconds limit = std::chrono::minutes(1));

    // What is returned is a signature of public_key() over the bytes.
    std::expected<std::string, std::string> sign(std::string_view bytes) const override;
    const reports::PublicKey& public_key() const override { return key_; }

private:
    CommandSigner(std::string program, std::chrono::milliseconds limit, reports::PublicKey key)
        : program_(std::move(program)), limit_(limit), key_(std::move(key)) {}

    std::string program_;
    std::chrono::milliseconds limit_;
    reports::PublicKey key_;
};

}  // namespace assay::cli
