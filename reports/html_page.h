// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A page of HTML that is complete in itself: no script, nothing fetched, a policy that forbids
// both. Text is made printable and escaped wherever it is put in; attributes likewise. Single
// thread; never fails.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "engine/outcome.h"

namespace assay::reports {

class HtmlPage {
public:
    explicit HtmlPage(const std::string& title);

    pugi::xml_node body() const { return body_; }
    std::string text() const;

private:
    pugi::xml_document document_;
    pugi::xml_node body_;
};

// Appends an element with that text, of that class.
pugi::xml_node add(pugi::xml_node parent, const char* tag, std::string_view text = {},
                   const char* css = "");
void add_text(pugi::xml_node parent, std::string_view text);
void set_attribute(pugi::xml_node node, const char* name, std::string_view value);

// A link within the page or to a file beside it.
pugi::xml_node add_link(pugi::xml_node parent, std::string_view to, std::string_view text);

// A row of a table of two columns.
void add_fact(pugi::xml_node table, std::string_view name, std::string_view value);

// Appends the outcome as a small coloured sign.
void add_mark(pugi::xml_node parent, Outcome outcome);

// A sign and a class of its own, so that colour is never all that tells an outcome.
const char* glyph(Outcome outcome);
const char* css_class(Outcome outcome);

}  // namespace assay::reports
