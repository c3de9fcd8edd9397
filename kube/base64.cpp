// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/base64.h"

#include <openssl/evp.h>

#include <limits>
#include <memory>

namespace assay::kube {

namespace {

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool fits_openssl(std::string_view text) {
    return text.size() < std::numeric_limits<int>::max() / 2;
}

}  // namespace

std::optional<std::string> base64_decoded(std::string_view text) {
    if (!fits_openssl(text)) {
        return std::nullopt;
    }
    const std::unique_ptr<EVP_ENCODE_CTX, decltype(&EVP_ENCODE_CTX_free)> context(
        EVP_ENCODE_CTX_new(), EVP_ENCODE_CTX_free);
    EVP_DecodeInit(context.get());
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    int written = 0;
    int rest = 0;
    const int size = static_cast<int>(text.size());
    if (EVP_DecodeUpdate(context.get(), bytes_of(bytes), &written, bytes_of(text), size) < 0 ||
        EVP_DecodeFinal(context.get(), bytes_of(bytes) + written, &rest) < 0) {
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(written) + static_cast<std::size_t>(rest));
    return bytes;
}

std::string base64_encoded(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
    const int written =
        EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(written));
    return text;
}

}  // namespace assay::kube
