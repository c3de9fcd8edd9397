// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/verify_signature.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <array>
#include <nlohmann/json.hpp>

#include "reports/dsse.h"
#include "reports/escape.h"
#include "reports/folder.h"

namespace assay::reports {

namespace {

using nlohmann::json;

bool is_p256(const EVP_PKEY* key) {
    std::array<char, 32> group{};
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == "prime256v1";
}

std::string text_at(const json& value, const json::json_pointer& path) {
    const bool there = value.contains(path) && value.at(path).is_string();
    return there ? value.at(path).get<std::string>() : std::string();
}

// Nothing where text does not encode back to itself.
std::string decoded(std::string_view text) {
    std::string bytes(text.size() + 1, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    if (size < static_cast<int>(padding)) {
        return {};
    }
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return base64(bytes) == text ? bytes : std::string();
}

}  // namespace

std::expected<PublicKey, std::string> PublicKey::read(const std::filesystem::path& file) {
    const auto pem = read_plain_file(file);
    if (!pem) {
        return std::unexpected(pem.error());
    }
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(
        BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())), BIO_free);
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    if (!key || !is_p256(key.get())) {
        return std::unexpected(
            fmt::format("{} holds no P-256 public key in PEM; get it from the private key with: "
                        "openssl pkey -in key.pem -pubout",
                        printable_line(file.string())));
    }
    return PublicKey(key);
}

bool PublicKey::verifies(std::string_view bytes, std::string_view signature) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size()) == 1;
}

std::string PublicKey::hint() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    if (size <= 0) {
        return {};
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(der, static_cast<std::size_t>(size), digest.data());
    OPENSSL_free(der);
    return base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::expected<void, std::string> verify_signature(std::string_view name, Form form,
                                                  std::string_view text, std::string_view statement,
                                                  const PublicKey* key) {
    const auto read = strict_json(name, text);
    if (!read) {
        return std::unexpected(read.error());
    }
    const bool bundle = form == Form::bundle;
    const json::json_pointer sig(bundle ? "/dsseEnvelope/signatures/0/sig" : "/signatures/0/sig");
    const std::string signature = decoded(text_at(*read, sig));
    const std::string hint =
        text_at(*read, json::json_pointer("/verificationMaterial/publicKey/hint"));
    // What we would write with this signature says payload, type, members and Base64 at once.
    const std::string ours =
        bundle ? bundle_json(statement, signature, hint) : envelope_json(statement, signature);
    if (signature.empty() || *read != json::parse(ours)) {
        return std::unexpected(fmt::format(
            "{} does not carry the bytes of statement.intoto.json with exactly one signature and "
            "nothing else",
            name));
    }
    if (key == nullptr) {
        return {};
    }
    if (!key->verifies(pre_authentication_encoding(statement), signature)) {
        return std::unexpected(
            fmt::format("the signature in {} is not one of this key over this report", name));
    }
    if (!hint.empty() && hint != key->hint()) {
        return std::unexpected(fmt::format("{} names another key than the one that made it", name));
    }
    return {};
}

}  // namespace assay::reports
