// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/command_signer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <vector>

#include "kube/child_process.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

std::vector<std::string> our_environment() {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        result.emplace_back(*entry);
    }
    return result;
}

std::expected<std::string, std::string> printed_by(std::vector<std::string> argv,
                                                   std::chrono::milliseconds limit,
                                                   std::string_view input) {
    constexpr std::size_t max_words = 500;
    const std::string what = fmt::format("the signer {}{}", reports::printable_line(argv.front()),
                                         argv.size() > 1 ? " " + argv.back() : std::string());
    const kube::Limit until = kube::Limit::of(limit);
    const auto child = kube::output_of(std::move(argv), our_environment(), until, input);
    if (!child && child.error().kind == kube::Error::Kind::timeout) {
        return std::unexpected(fmt::format("{} did not end within {} s", what,
                                           static_cast<double>(limit.count()) / 1000));
    }
    if (!child) {
        return std::unexpected(fmt::format("{}: {}", what, child.error().message));
    }
    if (child->exit_code != 0) {
        const std::string how = child->exit_code < 0
                                    ? std::string("was ended by a signal")
                                    : fmt::format("ended with {}", child->exit_code);
        const std::string words = reports::printable_line(child->error.substr(0, max_words));
        return std::unexpected(
            fmt::format("{} {}{}{}", what, how, words.empty() ? "" : ": ", words));
    }
    return child->out;
}

}  // namespace

std::expected<std::unique_ptr<CommandSigner>, std::string> CommandSigner::start(
    std::string program, std::chrono::milliseconds limit) {
    const auto pem = printed_by({program, "pubkey"}, limit, "");
    if (!pem) {
        return std::unexpected(pem.error());
    }
    auto key = reports::PublicKey::parse(*pem);
    if (!key) {
        return std::unexpected(fmt::format(
            "the signer {} pubkey printed no P-256 public key in PEM (-----BEGIN PUBLIC KEY-----)",
            reports::printable_line(program)));
    }
    return std::unique_ptr<CommandSigner>(
        new CommandSigner(std::move(program), limit, *std::move(key)));
}

std::expected<std::string, std::string> CommandSigner::sign(std::string_view bytes) const {
    const auto printed = printed_by({program_}, limit_, bytes);
    if (!printed) {
        return printed;
    }
    std::string signature = key_.signature_in(*printed, bytes);
    if (signature.empty()) {
        return std::unexpected(fmt::format(
            "the signer {} printed {} byte(s) that are no signature, by the key it names, over the "
            "SHA-256 of what it got on stdin: DER, r and s of 32 bytes each, or Base64 of either",
            reports::printable_line(program_), printed->size()));
    }
    return signature;
}

}  // namespace assay::cli
