// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/manifest.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>

namespace assay::kube {

namespace {

template <class Number>
bool whole_number(const std::string& text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

// A plain scalar is what the YAML 1.2 core schema says it is; a quoted one is a string.
Json scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") {
        return text;
    }
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
        return nullptr;
    }
    if (text == "true" || text == "True" || text == "TRUE") {
        return true;
    }
    if (text == "false" || text == "False" || text == "FALSE") {
        return false;
    }
    std::int64_t integer = 0;
    if (whole_number(text, integer)) {
        return integer;
    }
    double real = 0;
    const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos;
    if (numeric && whole_number(text, real)) {
        return real;
    }
    return text;
}

// Aliases let a short text stand for a tree that fits no memory.
constexpr std::size_t max_nodes = 1'000'000;

Json converted(const YAML::Node& node, std::size_t depth, std::size_t& nodes) {
    if (depth > max_json_depth || ++nodes > max_nodes) {
        throw YAML::ParserException(node.Mark(), "nested too deeply or too large");
    }
    if (node.IsMap()) {
        Json object = Json::object();
        for (const auto& member : node) {
            const std::string key = member.first.as<std::string>();
            if (object.contains(key)) {
                throw YAML::ParserException(member.first.Mark(), "key " + key + " is there twice");
            }
            object[key] = converted(member.second, depth + 1, nodes);
        }
        return object;
    }
    if (node.IsSequence()) {
        Json list = Json::array();
        for (const auto& member : node) {
            list.push_back(converted(member, depth + 1, nodes));
        }
        return list;
    }
    return node.IsScalar() ? scalar(node) : Json(nullptr);
}

}  // namespace

Result<std::vector<Json>> documents_of_yaml(std::string_view yaml) {
    try {
        std::vector<Json> documents;
        std::size_t nodes = 0;
        for (const YAML::Node& node : YAML::LoadAll(std::string(yaml))) {
            if (node.IsDefined() && !node.IsNull()) {
                documents.push_back(converted(node, 0, nodes));
            }
        }
        return documents;
    } catch (const YAML::Exception& error) {
        return std::unexpected(
            Error{Error::Kind::config, 0, "",
                  fmt::format("malformed YAML at line {}, column {}: {}", error.mark.line + 1,
                              error.mark.column + 1, error.msg)});
    }
}

}  // namespace assay::kube
