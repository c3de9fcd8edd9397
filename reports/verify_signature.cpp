// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/verify_signature.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/dsse.h"
#include "reports/folder.h"

namespace assay::reports {

namespace {

using nlohmann::json;

std::string text_at(const json& value, const json::json_pointer& path) {
    const bool there = value.contains(path) && value.at(path).is_string();
    return there ? value.at(path).get<std::string>() : std::string();
}

}  // namespace

std::expected<void, std::string> verify_signature(std::string_view name, Form form,
                                                  std::string_view text, std::string_view statement,
                                                  const PublicKey* key) {
    const auto read = strict_json(name, text);
    if (!read) {
        return std::unexpected(read.error());
    }
    const bool bundle = form == Form::bundle;
    const json::json_pointer sig(bundle ? "/dsseEnvelope/signatures/0/sig" : "/signatures/0/sig");
    const std::string signature = base64_decoded(text_at(*read, sig));
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
