// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "kube/manifest.h"

namespace assay {

Mapping::Mapping(const kube::Json& value, std::string where)
    : value_(value), where_(std::move(where)) {
    if (!value_.is_object()) {
        throw DataError(fmt::format("{}: a mapping is expected here", where_));
    }
}

void Mapping::fail(std::string_view key, std::string_view what) const {
    throw DataError(fmt::format("{}: {}: {}", where_, key, what));
}

const kube::Json* Mapping::member(std::string_view key) {
    asked_.emplace_back(key);
    return kube::find(value_, {key});
}

bool Mapping::has(std::string_view key) const {
    return kube::find(value_, {key}) != nullptr;
}

std::string Mapping::text(std::string_view key) {
    const kube::Json* found = member(key);
    if (found == nullptr || !found->is_string()) {
        fail(key, "a string is required");
    }
    return found->get<std::string>();
}

std::string Mapping::text(std::string_view key, std::string_view fallback) {
    return has(key) ? text(key) : std::string(fallback);
}

bool Mapping::boolean(std::string_view key, bool fallback) {
    const kube::Json* found = member(key);
    if (found != nullptr && !found->is_boolean()) {
        fail(key, "true or false is expected");
    }
    return found == nullptr ? fallback : found->get<bool>();
}

int Mapping::integer(std::string_view key, int fallback) {
    const kube::Json* found = member(key);
    if (found != nullptr && !found->is_number_integer()) {
        fail(key, "an integer is expected");
    }
    if (found == nullptr) {
        return fallback;
    }
    constexpr std::int64_t out_of_range = std::numeric_limits<std::int64_t>::min();
    const std::int64_t value = kube::integer(value_, {key}, out_of_range);
    if (!std::in_range<int>(value)) {
        fail(key, "this integer is too large");
    }
    return static_cast<int>(value);
}

std::vector<std::string> Mapping::texts(std::string_view key) {
    std::vector<std::string> result;
    const kube::Json* found = member(key);
    if (found == nullptr) {
        return result;
    }
    if (!found->is_array()) {
        fail(key, "a list of strings is expected");
    }
    for (const kube::Json& one : *found) {
        if (!one.is_string()) {
            fail(key, "a list of strings is expected");
        }
        result.push_back(one.get<std::string>());
    }
    return result;
}

std::vector<Mapping> Mapping::mappings(std::string_view key) {
    std::vector<Mapping> result;
    const kube::Json* found = member(key);
    if (found == nullptr) {
        return result;
    }
    if (!found->is_array()) {
        fail(key, "a list of mappings is expected");
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
        result.emplace_back((*found)[i], fmt::format("{}: {}[{}]", where_, key, i));
    }
    return result;
}

Mapping Mapping::mapping(std::string_view key) {
    const kube::Json* found = member(key);
    return {found == nullptr ? kube::Json::object() : *found, fmt::format("{}: {}", where_, key)};
}

kube::Json Mapping::tree(std::string_view key) {
    const kube::Json* found = member(key);
    if (found != nullptr && !found->is_object()) {
        fail(key, "a mapping is expected");
    }
    return found == nullptr ? kube::Json::object() : *found;
}

std::vector<std::pair<std::string, std::string>> Mapping::pairs() {
    std::vector<std::pair<std::string, std::string>> result;
    for (const auto& [key, value] : value_.items()) {
        result.emplace_back(key, text(key));
    }
    return result;
}

void Mapping::finish() const {
    for (const auto& [key, value] : value_.items()) {
        if (std::ranges::find(asked_, key) == asked_.end()) {
            fail(key, "unknown key");
        }
    }
}

Mapping single_document(std::string_view yaml, std::string_view kind, const std::string& name) {
    const auto documents = kube::documents_of_yaml(yaml);
    if (!documents) {
        throw DataError(fmt::format("{}: {}", name, documents.error().message));
    }
    if (documents->size() != 1) {
        throw DataError(
            fmt::format("{}: one document is expected, not {}", name, documents->size()));
    }
    Mapping root(documents->front(), name);
    if (root.text("apiVersion") != "assay/v1alpha1" || root.text("kind") != kind) {
        throw DataError(
            fmt::format("{}: apiVersion assay/v1alpha1 and kind {} are expected", name, kind));
    }
    return root;
}

}  // namespace assay
