// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace assay::kube {

namespace {

Error not_json(std::string why) {
    return {Error::Kind::protocol, 0, "", "not the JSON the API promises: " + std::move(why)};
}

// Depth of nesting by the brackets outside strings: known before a tree is built, since building
// one recurses when it is destroyed.
std::size_t depth_of(std::string_view text) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            deepest = std::max(deepest, ++depth);
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return deepest;
}

}  // namespace

Result<Json> parse(std::string_view text) {
    if (text.size() > max_json_bytes) {
        return std::unexpected(not_json(fmt::format("{} bytes are too many", text.size())));
    }
    if (depth_of(text) > max_json_depth) {
        return std::unexpected(not_json(fmt::format("nested deeper than {}", max_json_depth)));
    }
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        return std::unexpected(not_json(fmt::format("error at byte {}", error.byte)));
    } catch (const Json::exception&) {
        return std::unexpected(not_json("a number is out of range"));
    }
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
