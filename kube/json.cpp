// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "kube/json_dom.h"

namespace assay::kube {

namespace {

constexpr std::size_t least_capacity = 64;

Error not_json(std::string why) {
    return {Error::Kind::protocol, 0, "", "not the JSON the API promises: " + std::move(why)};
}

Json tree_of_array(const simdjson::dom::array& array) {
    Json tree = Json::array();
    for (const simdjson::dom::element item : array) {
        tree.push_back(tree_of(item));
    }
    return tree;
}

Json tree_of_object(const simdjson::dom::object& object) {
    Json tree = Json::object();
    for (const auto [key, value] : object) {
        tree[std::string(key)] = tree_of(value);
    }
    return tree;
}

}  // namespace

Json tree_of(simdjson::dom::element element) {
    using simdjson::dom::element_type;
    switch (element.type()) {
        case element_type::OBJECT:
            return tree_of_object(simdjson::dom::object(element));
        case element_type::ARRAY:
            return tree_of_array(simdjson::dom::array(element));
        case element_type::STRING:
            return std::string(std::string_view(element));
        case element_type::INT64:
            if (const auto number = std::int64_t(element); number < 0) {
                return number;
            }
            [[fallthrough]];
        case element_type::UINT64:
            return std::uint64_t(element);
        case element_type::DOUBLE:
            return double(element);
        case element_type::BOOL:
            return bool(element);
        case element_type::NULL_VALUE:
            break;
    }
    return nullptr;
}

Result<simdjson::dom::element> JsonDom::read(std::string_view text) {
    return read(text.data(), text.size(), true);
}

Result<simdjson::dom::element> JsonDom::read(const std::string& text) {
    return read(text.data(), text.size(),
                text.capacity() - text.size() < simdjson::SIMDJSON_PADDING);
}

Result<simdjson::dom::element> JsonDom::read(const char* text, std::size_t size, bool copy) {
    if (size > max_json_bytes) {
        return std::unexpected(not_json(fmt::format("{} bytes are too many", size)));
    }
    // One level more than the cap is one too many for simdjson.
    auto error = parser_.allocate(std::max(size, least_capacity), max_json_depth + 1);
    simdjson::dom::element root;
    if (error == simdjson::SUCCESS) {
        error = parser_.parse(text, size, copy).get(root);
    }
    if (error == simdjson::DEPTH_ERROR) {
        return std::unexpected(not_json(fmt::format("nested deeper than {}", max_json_depth)));
    }
    if (error != simdjson::SUCCESS) {
        return std::unexpected(not_json(simdjson::error_message(error)));
    }
    return root;
}

Result<Json> parse(std::string_view text) {
    JsonDom dom;
    const auto root = dom.read(text);
    return root ? Result<Json>(tree_of(*root)) : std::unexpected(root.error());
}

const Json* find(const Json& object, Path path) {
    const Json* at = &object;
    for (const std::string_view key : path) {
        if (!at->is_object()) {
            return nullptr;
        }
        const auto member = at->find(key);
        if (member == at->end()) {
            return nullptr;
        }
        at = &*member;
    }
    return at;
}

std::string text(const Json& object, Path path, std::string_view fallback) {
    const Json* found = find(object, path);
    return found != nullptr && found->is_string() ? found->get<std::string>()
                                                  : std::string(fallback);
}

std::int64_t integer(const Json& object, Path path, std::int64_t fallback) {
    const Json* found = find(object, path);
    if (found == nullptr || !found->is_number_integer()) {
        return fallback;
    }
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const bool fits = !found->is_number_unsigned() || found->get<std::uint64_t>() <= largest;
    return fits ? found->get<std::int64_t>() : fallback;
}

bool boolean(const Json& object, Path path, bool fallback) {
    const Json* found = find(object, path);
    return found != nullptr && found->is_boolean() ? found->get<bool>() : fallback;
}

const Json& array(const Json& object, Path path) {
    static const Json none = Json::array();
    const Json* found = find(object, path);
    return found != nullptr && found->is_array() ? *found : none;
}

const Json& object(const Json& tree, Path path) {
    static const Json none = Json::object();
    const Json* found = find(tree, path);
    return found != nullptr && found->is_object() ? *found : none;
}

std::string name_of(const Json& object) {
    return text(object, {"metadata", "name"});
}
std::string namespace_of(const Json& object) {
    return text(object, {"metadata", "namespace"});
}
std::string uid_of(const Json& object) {
    return text(object, {"metadata", "uid"});
}

}  // namespace assay::kube
