// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/junit_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <pugixml.hpp>
#include <sstream>
#include <string_view>

#include "reports/escape.h"

namespace assay::reports {

namespace {

struct Counts {
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;

    Counts& operator+=(const Counts& other) {
        tests += other.tests;
        failures += other.failures;
        errors += other.errors;
        skipped += other.skipped;
        return *this;
    }
};

Counts count(const std::vector<Case>& cases) {
    const auto of = [&](Status status) {
        return static_cast<std::size_t>(std::ranges::count(cases, status, &Case::status));
    };
    return {cases.size(), of(Status::failure), of(Status::error), of(Status::skipped)};
}

std::string seconds(std::int64_t duration_ms) {
    const std::int64_t positive = std::max<std::int64_t>(duration_ms, 0);
    return fmt::format("{}.{:03}", positive / 1000, positive % 1000);
}

void set(pugi::xml_node node, const char* name, const std::string& value) {
    node.append_attribute(name) = value.c_str();
}

void set_counts(pugi::xml_node node, const Counts& counts) {
    set(node, "tests", fmt::format("{}", counts.tests));
    set(node, "failures", fmt::format("{}", counts.failures));
    set(node, "errors", fmt::format("{}", counts.errors));
}

void append_text(pugi::xml_node node, const std::string& text) {
    if (!text.empty()) {
        node.append_child(pugi::node_pcdata).set_value(printable(text).c_str());
    }
}

void append_case(pugi::xml_node suite, const std::string& classname, const Case& one) {
    pugi::xml_node node = suite.append_child("testcase");
    set(node, "name", one.name);
    set(node, "classname", classname);
    set(node, "time", seconds(one.duration_ms));
    if (one.status == Status::passed) {
        append_text(node.append_child("system-out"), one.text);
        return;
    }
    const bool failure = one.status == Status::failure;
    const bool error = one.status == Status::error;
    pugi::xml_node status = node.append_child(failure ? "failure" : error ? "error" : "skipped");
    if (failure || error) {
        set(status, "type", failure ? "assertion" : "inconclusive");
    }
    set(status, "message", printable_line(one.message));
    append_text(status, one.text);
}

void append_properties(pugi::xml_node node, const Suite& suite) {
    pugi::xml_node properties = node.append_child("properties");
    for (const auto& [name, value] : suite.properties) {
        pugi::xml_node property = properties.append_child("property");
        set(property, "name", name);
        set(property, "value", printable_line(value));
    }
}

// "2026-11-21T05:13:59.123Z" without fraction and zone, or nothing if it is not such a time.
std::string timestamp(std::string_view started_at) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
    if (started_at.size() < shape.size()) {
        return {};
    }
    const std::string_view time = started_at.substr(0, shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool digit = time[i] >= '0' && time[i] <= '9';
        if (shape[i] == 'd' ? !digit : time[i] != shape[i]) {
            return {};
        }
    }
    return std::string(time);
}

Counts append_suite(pugi::xml_node root, const Suite& suite) {
    const Counts counts = count(suite.cases);
    pugi::xml_node node = root.append_child("testsuite");
    set(node, "name", suite.name);
    set_counts(node, counts);
    set(node, "skipped", fmt::format("{}", counts.skipped));
    set(node, "time", seconds(suite.duration_ms));
    if (const std::string time = timestamp(suite.started_at); !time.empty()) {
        set(node, "timestamp", time);
    }
    set(node, "id", suite.id);
    set(node, "package", suite.package);
    append_properties(node, suite);
    for (const Case& one : suite.cases) {
        append_case(node, suite.classname, one);
    }
    return counts;
}

}  // namespace

std::string junit_document(const std::string& name, const std::vector<Suite>& suites,
                           std::int64_t duration_ms) {
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    set(declaration, "version", "1.0");
    set(declaration, "encoding", "UTF-8");
    pugi::xml_node root = document.append_child("testsuites");
    set(root, "name", name);
    Counts total;
    for (const Suite& suite : suites) {
        total += append_suite(root, suite);
    }
    set_counts(root, total);
    set(root, "time", seconds(duration_ms));
    std::ostringstream out;
    document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
    return out.str();
}

}  // namespace assay::reports
