// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/dsse.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <nlohmann/json.hpp>

namespace assay::reports {

namespace {

using Json = nlohmann::ordered_json;

Json envelope_of(std::string_view payload, std::string_view signature) {
    Json envelope;
    envelope["payload"] = base64(payload);
    envelope["payloadType"] = payload_type;
    envelope["signatures"] = Json::array({{{"sig", base64(signature)}}});
    return envelope;
}

}  // namespace

std::string base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
    const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                        reinterpret_cast<const unsigned char*>(bytes.data()),
                                        static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(written));
    return text;
}

std::string base64_decoded(std::string_view text) {
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

std::string pre_authentication_encoding(std::string_view payload) {
    const std::string_view type = payload_type;
    return fmt::format("DSSEv1 {} {} {} {}", type.size(), type, payload.size(), payload);
}

std::string envelope_json(std::string_view payload, std::string_view signature) {
    return envelope_of(payload, signature).dump();
}

std::string bundle_json(std::string_view payload, std::string_view signature,
                        std::string_view hint) {
    Json key = Json::object();
    if (!hint.empty()) {
        key["hint"] = hint;
    }
    Json bundle;
    bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.3+json";
    bundle["verificationMaterial"]["publicKey"] = key;
    bundle["dsseEnvelope"] = envelope_of(payload, signature);
    return bundle.dump();
}

}  // namespace assay::reports
