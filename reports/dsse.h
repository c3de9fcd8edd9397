// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The bytes of a signed statement: DSSE's pre-authentication encoding, the envelope alone
// (report.dsse.json) and the envelope in a sigstore bundle v0.3 (report.sigstore.json). No keyid is
// written: cosign 3 refuses any but an OpenSSH fingerprint. Pure, any thread, never fails.
#pragma once

#include <string>
#include <string_view>

namespace assay::reports {

inline constexpr const char* payload_type = "application/vnd.in-toto+json";

// What is signed, for a payload of payload_type.
std::string pre_authentication_encoding(std::string_view payload);

// signature: ECDSA in DER, as bytes.
std::string envelope_json(std::string_view payload, std::string_view signature);

// hint: the Base64 of the SHA-256 of the DER public key, as cosign has it; empty leaves it out.
std::string bundle_json(std::string_view payload, std::string_view signature,
                        std::string_view hint);

std::string base64(std::string_view bytes);

// Empty where text is not the Base64 that base64() makes.
std::string base64_decoded(std::string_view text);

}  // namespace assay::reports
