// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/signing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "cli/command_signer.h"
#include "reports/key_signer.h"

namespace assay::cli {

namespace {

using Passphrase = std::expected<std::string, std::string>;

constexpr std::string_view exec_prefix = "exec:";

Passphrase passphrase_in(const std::string& file) {
    std::string passphrase;
    std::ifstream in;
    in.rdbuf()->pubsetbuf(nullptr, 0);  // no copy in a buffer that nobody wipes
    in.open(file);
    if (!std::getline(in, passphrase) || passphrase.empty()) {
        return std::unexpected(
            fmt::format("{} has no passphrase in its first line; name another file with "
                        "--sign-passphrase-file",
                        file));
    }
    return passphrase;
}

std::optional<std::string> passphrase_of_environment() {
    char* value = std::getenv(passphrase_variable);
    if (value == nullptr) {
        return std::nullopt;
    }
    std::string passphrase = value;
    OPENSSL_cleanse(value, passphrase.size());
    unsetenv(passphrase_variable);
    return passphrase;
}

Passphrase passphrase_typed(const std::string& key) {
    // OpenSSL would read stdin where there is no terminal.
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return std::unexpected(
            fmt::format("there is no terminal to ask for its passphrase; put it into {} or into a "
                        "file named with --sign-passphrase-file",
                        passphrase_variable));
    }
    close(terminal);
    std::array<char, 1024> typed{};
    const std::string prompt = fmt::format("Passphrase of {}: ", key);
    const int failed =
        EVP_read_pw_string(typed.data(), static_cast<int>(typed.size()) - 1, prompt.c_str(), 0);
    std::string passphrase = typed.data();
    OPENSSL_cleanse(typed.data(), typed.size());
    if (failed != 0 || passphrase.empty()) {
        return std::unexpected("no passphrase was typed");
    }
    return passphrase;
}

std::expected<std::unique_ptr<reports::Signer>, std::string> signer_by_key(
    const Options& options, std::optional<std::string> inherited) {
    const auto ask = [&]() -> Passphrase {
        if (!options.sign_passphrase_file.empty()) {
            return passphrase_in(options.sign_passphrase_file);
        }
        return inherited ? Passphrase(*inherited) : passphrase_typed(options.sign_key);
    };
    auto signer = reports::KeySigner::read(options.sign_key, ask);
    if (inherited) {
        OPENSSL_cleanse(inherited->data(), inherited->size());
    }
    if (!signer) {
        return std::unexpected(signer.error());
    }
    return *std::move(signer);
}

}  // namespace

std::expected<std::unique_ptr<reports::Signer>, std::string> signer_of(const Options& options) {
    auto inherited = passphrase_of_environment();  // taken also where it is not used
    if (!options.sign_key.empty()) {
        return signer_by_key(options, std::move(inherited));
    }
    if (options.signer.empty()) {
        return nullptr;
    }
    if (!options.signer.starts_with(exec_prefix) || options.signer.size() == exec_prefix.size()) {
        return std::unexpected(fmt::format(
            "--signer {}: name a program with exec:PROGRAM; `assay sign --help` says what it is "
            "asked",
            options.signer));
    }
    auto signer = CommandSigner::start(options.signer.substr(exec_prefix.size()));
    if (!signer) {
        return std::unexpected(signer.error());
    }
    return *std::move(signer);
}

}  // namespace assay::cli
