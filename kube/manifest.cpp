// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/manifest.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <sstream>

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

// Writing JSON throws where a text is no UTF-8, so none is let in.
bool is_utf8(const std::string& text) {
    if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
        return true;
    }
    try {
        static_cast<void>(Json(text).dump());
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

void refuse_other_than_utf8(const YAML::Node& node, const std::string& text) {
    if (!is_utf8(text)) {
        throw YAML::ParserException(node.Mark(), "a text is not UTF-8; save the file as UTF-8");
    }
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
            refuse_other_than_utf8(member.first, key);
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
    if (!node.IsScalar()) {
        return nullptr;
    }
    refuse_other_than_utf8(node, node.Scalar());
    return scalar(node);
}

// A character that yaml-cpp's parser cannot pass ("," where a document begins) is one empty
// document after the other to it, for as long as there is memory.
class Beginnings : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (mark.pos == last_) {
            throw YAML::ParserException(mark, "this is no beginning of a document");
        }
        last_ = mark.pos;
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
    void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
    void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  const std::string& /*value*/) override {}
    void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                         YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                    YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
    void OnMapEnd() override {}

private:
    int last_ = -1;
};

void refuse_documents_without_end(const std::string& yaml) {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    Beginnings beginnings;
    while (parser.HandleNextDocument(beginnings)) {
    }
}

}  // namespace

Result<std::vector<Json>> documents_of_yaml(std::string_view yaml) {
    try {
        std::vector<Json> documents;
        std::size_t nodes = 0;
        const std::string text(yaml);
        refuse_documents_without_end(text);
        for (const YAML::Node& node : YAML::LoadAll(text)) {
            Json document = converted(node, 0, nodes);
            if (!document.is_null()) {
                documents.push_back(std::move(document));
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
