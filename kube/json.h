// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// JSON as the API server sends it. Everything from the cluster is hostile: parse() caps depth and
// size before a tree exists, and takes no bytes that are not UTF-8. The readers below never throw
// and never insert: a missing or differently typed member reads as the fallback. Thread contract:
// values, no shared state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "kube/result.h"

namespace assay::kube {

using Json = nlohmann::json;

inline constexpr std::size_t max_json_depth = 200;
inline constexpr std::size_t max_json_bytes = 256u * 1024 * 1024;

// Error::Kind::protocol when text is not JSON, deeper than max_json_depth or longer than
// max_json_bytes.
Result<Json> parse(std::string_view text);

using Path = std::initializer_list<std::string_view>;

// The member at path, or nullptr. The pointer lives as long as object is unchanged.
const Json* find(const Json& object, Path path);
std::string text(const Json& object, Path path, std::string_view fallback = {});
std::int64_t integer(const Json& object, Path path, std::int64_t fallback = 0);
bool boolean(const Json& object, Path path, bool fallback = false);
// The array at path, or an empty array.
const Json& array(const Json& object, Path path);
// The object at path, or an empty object.
const Json& object(const Json& object, Path path);

// metadata.name, metadata.namespace, metadata.uid
std::string name_of(const Json& object);
std::string namespace_of(const Json& object);
std::string uid_of(const Json& object);

}  // namespace assay::kube
