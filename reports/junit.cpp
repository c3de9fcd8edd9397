// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <pugixml.hpp>
#include <sstream>
#include <string_view>
#include <vector>

#include "reports/cases.h"
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

void append_property(pugi::xml_node properties, const char* name, std::string_view value) {
    pugi::xml_node property = properties.append_child("property");
    set(property, "name", name);
    set(property, "value", printable_line(value));
}

void append_properties(pugi::xml_node suite, const RunResult& run,
                       const RequirementResult& requirement) {
    pugi::xml_node properties = suite.append_child("properties");
    append_property(properties, "headline", headline(run));
    append_property(properties, "run.id", run.run_id);
    append_property(properties, "run.simulated", run.simulated ? "true" : "false");
    append_property(properties, "profile", run.profile_id);
    append_property(properties, "requirement.id", requirement.id);
    append_property(properties, "requirement.level", to_string(requirement.level));
    append_property(properties, "requirement.counted", requirement.counted ? "true" : "false");
    append_property(properties, "requirement.outcome",
                    to_string(settled_outcome(run, requirement)));
    append_property(properties, "requirement.kar", requirement.kar);
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

Counts append_suite(pugi::xml_node root, const RunResult& run,
                    const RequirementResult& requirement) {
    const std::vector<Case> cases = cases_of(run, requirement);
    const Counts counts = count(cases);
    pugi::xml_node suite = root.append_child("testsuite");
    set(suite, "name", requirement.category + "/" + requirement.id);
    set_counts(suite, counts);
    set(suite, "skipped", fmt::format("{}", counts.skipped));
    set(suite, "time", seconds(requirement.duration_ms));
    if (const std::string time = timestamp(requirement.started_at); !time.empty()) {
        set(suite, "timestamp", time);
    }
    set(suite, "id", requirement.id);
    set(suite, "package", "assay." + requirement.category);
    append_properties(suite, run, requirement);
    for (const Case& one : cases) {
        append_case(suite, "assay." + requirement.category + "." + requirement.id, one);
    }
    return counts;
}

}  // namespace

std::string junit_xml(const RunResult& run) {
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    set(declaration, "version", "1.0");
    set(declaration, "encoding", "UTF-8");
    pugi::xml_node root = document.append_child("testsuites");
    set(root, "name", headline(run));
    Counts total;
    for (const RequirementResult& requirement : run.requirements) {
        if (requirement.selected) {
            total += append_suite(root, run, requirement);
        }
    }
    set_counts(root, total);
    set(root, "time", seconds(run.duration_ms));
    std::ostringstream out;
    document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
    return out.str();
}

}  // namespace assay::reports
