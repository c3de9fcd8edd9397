// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/seal.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace assay::probe::collective {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t block_size = 64;  // of SHA-256

std::string sha256(std::string_view first, std::string_view second) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256_CTX context{};
    SHA256_Init(&context);
    SHA256_Update(&context, first.data(), first.size());
    SHA256_Update(&context, second.data(), second.size());
    SHA256_Final(reinterpret_cast<unsigned char*>(digest.data()), &context);
    return digest;
}

std::string padded_with(std::string key, char pad) {
    key.resize(block_size, '\0');
    for (char& byte : key) {
        byte = static_cast<char>(byte ^ pad);
    }
    return key;
}

}  // namespace

std::string read_secret(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("the secret " + path + " cannot be read");
    }
    std::string secret(std::istreambuf_iterator<char>(file), {});
    while (secret.ends_with('\n') || secret.ends_with('\r')) {
        secret.pop_back();
    }
    if (secret.size() < secret_least || secret.size() > secret_most) {
        throw std::runtime_error("the secret " + path + " must have " +
                                 std::to_string(secret_least) + " to " +
                                 std::to_string(secret_most) + " bytes");
    }
    return secret;
}

// Out of SHA-256 alone: OpenSSL's HMAC() would bring every algorithm it has into the image.
std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
    const std::string short_key = key.size() > block_size ? sha256(key, "") : std::string(key);
    const std::string inner = sha256(padded_with(short_key, 0x36), text);
    return to_hex(sha256(padded_with(short_key, 0x5c), inner));
}

bool same_seal(std::string_view one, std::string_view other) {
    return one.size() == other.size() && ::CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string fresh_nonce() {
    std::array<char, 32> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error("the kernel gives no random bytes");
    }
    return to_hex({bytes.data(), bytes.size()});
}

std::string to_hex(std::string_view bytes) {
    std::string hex;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        hex += hex_digits[value >> 4U];
        hex += hex_digits[value & 15U];
    }
    return hex;
}

bool from_hex(std::string_view hex, std::string& bytes) {
    bytes.clear();
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        const std::size_t high = hex_digits.find(hex[at]);
        const std::size_t low = hex_digits.find(hex[at + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return false;
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    return hex.size() % 2 == 0;
}

}  // namespace assay::probe::collective
