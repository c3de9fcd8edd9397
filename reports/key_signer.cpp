// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/key_signer.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_key_bytes = 64u * 1024;
constexpr const char* make_one =
    "make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem";

// Bytes that are gone with their owner.
struct Secret {
    Secret() = default;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&&) = delete;
    Secret& operator=(Secret&&) = delete;
    ~Secret() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

    std::array<char, max_key_bytes> bytes{};
    std::size_t size = 0;
};

// What OpenSSL asks for a passphrase, and what came of it.
struct Asked {
    const KeySigner::AskPassphrase& ask;
    bool asked = false;
    std::string why_not;  // the answer was no passphrase
};

int tell_passphrase(char* buffer, int size, int /*writing*/, void* given) {
    Asked& asked = *static_cast<Asked*>(given);
    asked.asked = true;
    auto passphrase = asked.ask();
    if (!passphrase) {
        asked.why_not = passphrase.error();
        return -1;
    }
    const bool fits = passphrase->size() <= static_cast<std::size_t>(size);
    if (fits) {
        std::ranges::copy(*passphrase, buffer);
    }
    OPENSSL_cleanse(passphrase->data(), passphrase->size());
    return fits ? static_cast<int>(passphrase->size()) : -1;
}

std::expected<void, std::string> read_into(Secret& secret, const fs::path& file) {
    std::ifstream in;
    in.rdbuf()->pubsetbuf(nullptr, 0);  // no copy of the key in a buffer that nobody wipes
    in.open(file, std::ios::binary);
    in.read(secret.bytes.data(), static_cast<std::streamsize>(secret.bytes.size()));
    secret.size = static_cast<std::size_t>(in.gcount());
    if (!in.eof() || secret.size == 0) {
        return std::unexpected(fmt::format(
            "{} cannot be read as a key: it is missing, empty, no file or over 64 KiB; name a PEM "
            "file with --sign-key",
            file.string()));
    }
    return {};
}

std::string why_not_read(const fs::path& file, const Asked& asked) {
    if (!asked.asked) {
        return fmt::format("{} holds no private key in PEM that OpenSSL reads; {}", file.string(),
                           make_one);
    }
    return asked.why_not.empty()
               ? fmt::format("the passphrase given is not that of {}", file.string())
               : fmt::format("{} is encrypted, and {}", file.string(), asked.why_not);
}

}  // namespace

std::expected<std::unique_ptr<KeySigner>, std::string> KeySigner::read(const fs::path& file,
                                                                       const AskPassphrase& ask) {
    Secret secret;
    if (auto done = read_into(secret, file); !done) {
        return std::unexpected(done.error());
    }
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(
        BIO_new_mem_buf(secret.bytes.data(), static_cast<int>(secret.size)), BIO_free);
    Asked asked{.ask = ask, .asked = false, .why_not = ""};
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(memory.get(), nullptr, tell_passphrase, &asked), EVP_PKEY_free);
    if (!key) {
        return std::unexpected(why_not_read(file, asked));
    }
    if (!is_p256(key.get())) {
        return std::unexpected(
            fmt::format("{} is not a P-256 key, and this version signs with no other; {}",
                        file.string(), make_one));
    }
    return std::unique_ptr<KeySigner>(new KeySigner(key));
}

std::expected<std::string, std::string> KeySigner::sign(std::string_view bytes) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       data, bytes.size()) != 1) {
        return std::unexpected(
            "the report could not be signed with the key; check the key with: "
            "openssl pkey -in KEY -check -noout");
    }
    signature.resize(size);
    return signature;
}

}  // namespace assay::reports
