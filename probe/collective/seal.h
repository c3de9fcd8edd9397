// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How the ranks of one run know each other: by a secret that each of them was given. Knowing it is
// shown by HMAC-SHA-256 (RFC 2104) over what both sides said; the secret itself is never sent. What
// follows the greeting is neither sealed nor hidden: the secret keeps other runs and strangers
// apart, it does not protect from who can change what passes. Values and pure functions; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace assay::probe::collective {

inline constexpr std::size_t secret_least = 16;   // bytes
inline constexpr std::size_t secret_most = 4096;  // bytes

// The file's bytes without the newlines at their end. Throws std::runtime_error with a sentence
// where it cannot be read or has fewer than secret_least or more than secret_most bytes.
std::string read_secret(const std::string& path);

// 32 bytes as 64 hexadecimal digits.
std::string hmac_sha256_hex(std::string_view key, std::string_view text);

// Compares in a time that depends on the lengths alone.
bool same_seal(std::string_view one, std::string_view other);

// 32 bytes of the kernel's random generator as 64 hexadecimal digits. Throws std::runtime_error
// where the kernel gives none.
std::string fresh_nonce();

std::string to_hex(std::string_view bytes);
// False if it is not pairs of hexadecimal digits in lower case.
bool from_hex(std::string_view hex, std::string& bytes);

}  // namespace assay::probe::collective
