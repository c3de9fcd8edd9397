// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/html_page.h"

#include <fmt/format.h>

#include <sstream>

#include "reports/escape.h"
#include "reports/html_style.h"

namespace assay::reports {

namespace {

// Nothing may be loaded, sent or run, whatever stands in the page.
constexpr const char* policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

void set_meta(pugi::xml_node head, const char* key, const char* name, const char* content) {
    pugi::xml_node meta = head.append_child("meta");
    set_attribute(meta, key, name);
    set_attribute(meta, "content", content);
}

}  // namespace

HtmlPage::HtmlPage(const std::string& title) {
    document_.append_child(pugi::node_doctype).set_value("html");
    pugi::xml_node html = document_.append_child("html");
    set_attribute(html, "lang", "en");
    pugi::xml_node head = html.append_child("head");
    set_attribute(head.append_child("meta"), "charset", "utf-8");
    set_meta(head, "http-equiv", "Content-Security-Policy", policy);
    set_meta(head, "name", "viewport", "width=device-width, initial-scale=1");
    set_meta(head, "name", "referrer", "no-referrer");
    add(head, "title", title);
    // Not escaped by a browser: html_style has no character that would be.
    head.append_child("style").append_child(pugi::node_pcdata).set_value(html_style);
    body_ = html.append_child("body");
}

std::string HtmlPage::text() const {
    std::ostringstream out;
    // An empty element must have its end: <td/> begins one in HTML.
    document_.save(
        out, "",
        pugi::format_raw | pugi::format_no_declaration | pugi::format_no_empty_element_tags,
        pugi::encoding_utf8);
    return out.str();
}

pugi::xml_node add(pugi::xml_node parent, const char* tag, std::string_view text, const char* css) {
    const pugi::xml_node node = parent.append_child(tag);
    if (*css != '\0') {
        set_attribute(node, "class", css);
    }
    add_text(node, text);
    return node;
}

void add_text(pugi::xml_node parent, std::string_view text) {
    if (!text.empty()) {
        parent.append_child(pugi::node_pcdata).set_value(printable(text).c_str());
    }
}

void set_attribute(pugi::xml_node node, const char* name, std::string_view value) {
    node.append_attribute(name) = printable_line(value).c_str();
}

pugi::xml_node add_link(pugi::xml_node parent, std::string_view to, std::string_view text) {
    const pugi::xml_node node = add(parent, "a", text);
    set_attribute(node, "href", to);
    return node;
}

void add_fact(pugi::xml_node table, std::string_view name, std::string_view value) {
    if (value.empty()) {
        return;
    }
    const pugi::xml_node row = add(table, "tr");
    set_attribute(add(row, "th", name), "scope", "row");
    add(row, "td", value);
}

void add_mark(pugi::xml_node parent, Outcome outcome) {
    add(parent, "span", glyph(outcome), fmt::format("mark {}", css_class(outcome)).c_str());
}

const char* glyph(Outcome outcome) {
    switch (outcome) {
        case Outcome::passed:
            return "\u2713";
        case Outcome::failed:
            return "\u2717";
        case Outcome::inconclusive:
            return "?";
        case Outcome::not_applicable:
            return "\u2013";
    }
    return "?";
}

const char* css_class(Outcome outcome) {
    switch (outcome) {
        case Outcome::passed:
            return "passed";
        case Outcome::failed:
            return "failed";
        case Outcome::inconclusive:
            return "open";
        case Outcome::not_applicable:
            return "na";
    }
    return "open";
}

}  // namespace assay::reports
