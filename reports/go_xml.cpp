// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/go_xml.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "reports/ascii.h"

namespace assay::reports {

namespace {

constexpr int max_xml_depth = 64;

bool is_utf8(std::string_view text) {
    try {
        static_cast<void>(nlohmann::json(text).dump());
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

bool is_xml_character(std::uint32_t code) {
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

bool has_forbidden_character(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
        const std::string_view three = text.substr(i, 3);
        if ((byte < 0x20 && !is_xml_character(byte)) || three == "\xEF\xBF\xBE" ||
            three == "\xEF\xBF\xBF") {
            return true;
        }
    }
    return false;
}

// What stands between '&' and ';'.
bool is_defined_entity(std::string_view name) {
    for (const char* known : {"amp", "lt", "gt", "quot", "apos"}) {
        if (name == known) {
            return true;
        }
    }
    if (!name.starts_with('#')) {
        return false;
    }
    const bool hexadecimal = name.starts_with("#x");
    name.remove_prefix(hexadecimal ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
    return error == std::errc{} && end == name.data() + name.size() && is_xml_character(code);
}

// text: not unescaped yet.
bool has_undefined_entity(std::string_view text) {
    for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at)) {
        const std::size_t end = text.find(';', ++at);
        if (end == std::string_view::npos || !is_defined_entity(text.substr(at, end - at))) {
            return true;
        }
    }
    return false;
}

class EntityWalker : public pugi::xml_tree_walker {
public:
    bool for_each(pugi::xml_node& node) override {
        bool fine = node.type() != pugi::node_pcdata || !has_undefined_entity(node.value());
        for (const pugi::xml_attribute& attribute : node.attributes()) {
            fine = fine && !has_undefined_entity(attribute.value()) &&
                   std::string_view(attribute.value()).find('<') == std::string_view::npos;
        }
        return fine && depth() < max_xml_depth;
    }
};

std::string_view local_name(std::string_view name) {
    return name.substr(name.find(':') + 1);
}

XmlTestcase testcase_of(const pugi::xml_node& node) {
    XmlTestcase result;
    for (const pugi::xml_attribute& attribute : node.attributes()) {
        if (local_name(attribute.name()) == "name") {
            result.name = attribute.value();
        }
    }
    for (const pugi::xml_node& child : node.children()) {
        const std::string_view name = local_name(child.name());
        result.failed = result.failed || name == "failure" || name == "error";
        result.skipped = result.skipped || name == "skipped";
    }
    return result;
}

// As deep as the walker has let it be.
void collect(const pugi::xml_node& suite, std::vector<XmlTestcase>& found) {
    for (const pugi::xml_node& child : suite.children()) {
        if (local_name(child.name()) == "testcase") {
            found.push_back(testcase_of(child));
        }
    }
    for (const pugi::xml_node& child : suite.children()) {
        if (local_name(child.name()) == "testsuite") {
            collect(child, found);
        }
    }
}

bool has_plain_declaration(const pugi::xml_document& document) {
    for (const pugi::xml_node& node : document.children()) {
        if (node.type() != pugi::node_declaration) {
            continue;
        }
        const std::string_view version = node.attribute("version").value();
        const std::string encoding = lower_case(node.attribute("encoding").value());
        return (version.empty() || version == "1.0") && (encoding.empty() || encoding == "utf-8");
    }
    return true;
}

}  // namespace

std::expected<std::vector<XmlTestcase>, std::string> go_xml_testcases(std::string_view text) {
    if (!is_utf8(text) || has_forbidden_character(text)) {
        return std::unexpected("it has bytes that are not UTF-8, or characters XML 1.0 forbids");
    }
    pugi::xml_document raw;
    const auto as_it_stands =
        (pugi::parse_default | pugi::parse_declaration | pugi::parse_ws_pcdata) &
        ~static_cast<unsigned>(pugi::parse_escapes);
    const pugi::xml_parse_result parsed =
        raw.load_buffer(text.data(), text.size(), as_it_stands, pugi::encoding_utf8);
    if (!parsed || !raw.document_element()) {
        return std::unexpected(fmt::format("it is not XML: {}", parsed.description()));
    }
    if (!has_plain_declaration(raw)) {
        return std::unexpected(
            "its declaration names a version other than 1.0 or an encoding other than UTF-8");
    }
    EntityWalker entities;
    if (!raw.traverse(entities)) {
        return std::unexpected(
            "it has an entity that XML does not define, a bare \"<\" in an attribute, or is over "
            "64 "
            "deep");
    }
    pugi::xml_document document;
    document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
    std::vector<XmlTestcase> found;
    collect(document.document_element(), found);
    return found;
}

}  // namespace assay::reports
