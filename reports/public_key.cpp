// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/public_key.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <array>

#include "reports/dsse.h"
#include "reports/escape.h"
#include "reports/folder.h"

namespace assay::reports {

namespace {

constexpr std::size_t number_bytes = 32;  // of r and of s with P-256

const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string without_blanks(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            result += c;
        }
    }
    return result;
}

// r and s one after the other, in DER; empty where that cannot be.
std::string der_of(std::string_view numbers) {
    if (numbers.size() != 2 * number_bytes) {
        return {};
    }
    BIGNUM* r = BN_bin2bn(octets(numbers), number_bytes, nullptr);
    BIGNUM* s = BN_bin2bn(octets(numbers) + number_bytes, number_bytes, nullptr);
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(),
                                                                     ECDSA_SIG_free);
    if (!pair || ECDSA_SIG_set0(pair.get(), r, s) != 1) {  // else the pair owns them
        BN_free(r);
        BN_free(s);
        return {};
    }
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    if (size <= 0) {
        return {};
    }
    std::string result(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return result;
}

}  // namespace

bool is_p256(const EVP_PKEY* key) {
    std::array<char, 32> group{};
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == "prime256v1";
}

std::optional<PublicKey> PublicKey::parse(std::string_view pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    if (!key || !is_p256(key.get())) {
        return std::nullopt;
    }
    return PublicKey(key);
}

std::expected<PublicKey, std::string> PublicKey::read(const std::filesystem::path& file) {
    const auto pem = read_plain_file(file);
    if (!pem) {
        return std::unexpected(pem.error());
    }
    auto key = parse(*pem);
    if (!key) {
        return std::unexpected(
            fmt::format("{} holds no P-256 public key in PEM; get it from the private key with: "
                        "openssl pkey -in key.pem -pubout",
                        printable_line(file.string())));
    }
    return *std::move(key);
}

bool PublicKey::verifies(std::string_view bytes, std::string_view signature) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(bytes),
                            bytes.size()) == 1;
}

std::string PublicKey::signature_in(std::string_view printed, std::string_view bytes) const {
    const std::string decoded = base64_decoded(without_blanks(printed));
    for (const std::string& candidate :
         {std::string(printed), der_of(printed), decoded, der_of(decoded)}) {
        if (!candidate.empty() && verifies(bytes, candidate)) {
            return candidate;
        }
    }
    return {};
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

}  // namespace assay::reports
