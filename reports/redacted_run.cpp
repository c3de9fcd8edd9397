// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/redacted_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <string_view>

#include "reports/escape.h"
#include "reports/inventory.h"
#include "reports/statement.h"

namespace assay::reports {

namespace {

using nlohmann::json;

// What these say in report.json is of a closed set, so it bears no name.
constexpr std::array closed{
    "schemaVersion", "kind",     "result", "redaction", "allocation", "id",        "level",
    "gate",          "category", "basis",  "sha256",    "outcome",    "mediaType", "beyondOutcome"};

// The first of the names that is in a word which the report must have as it is; "" for none.
std::string_view name_in_words(const json& tree, bool is_closed, const Redaction& redaction) {
    std::string_view found;
    if (tree.is_string() && is_closed) {
        return redaction.known_in(tree.get_ref<const std::string&>());
    }
    for (auto at = tree.begin(); tree.is_structured() && at != tree.end() && found.empty(); ++at) {
        if (tree.is_object()) {
            found = redaction.known_in(at.key());
            is_closed = std::ranges::find(closed, at.key()) != closed.end();
        }
        found = found.empty() ? name_in_words(*at, is_closed, redaction) : found;
    }
    return found;
}

// The same of elements, attributes and classes.
std::string_view name_in_markup(const std::string& markup, const Redaction& redaction) {
    pugi::xml_document document;
    document.load_string(markup.c_str());
    for (const pugi::xpath_node& found : document.select_nodes("//*|//@*")) {
        const pugi::xml_attribute attribute = found.attribute();
        std::string word = attribute ? attribute.name() : found.node().name();
        word += word == "class" ? std::string(" ") + attribute.value() : "";
        if (const std::string_view name = redaction.known_in(word); !name.empty()) {
            return name;
        }
    }
    return {};
}

std::string_view name_in_words(const Contents& folder, const Redaction& redaction) {
    const auto of = [&](const char* name) {
        const auto found = folder.find(name);
        return found == folder.end() ? std::string() : found->second;
    };
    std::string_view name = redaction.known_in("assay artifacts");
    if (const auto report = strict_json("report.json", of("report.json"))) {
        name = name.empty() ? name_in_words(*report, false, redaction) : name;
    }
    for (const char* file : {"report.html", "junit.xml"}) {
        name = name.empty() ? name_in_markup(of(file), redaction) : name;
    }
    return name;
}

void collect_nodes(const Contents& folder, std::vector<std::string>& nodes) {
    const auto found = folder.find(inventory_file);
    const auto inventory = strict_json(inventory_file, found == folder.end() ? "" : found->second);
    if (!inventory || !inventory->is_object()) {
        return;  // verify_report has seen to it that it is there
    }
    for (const json& node : inventory->value("nodes", json::array())) {
        if (node.is_object()) {
            nodes.push_back(node.value("name", ""));
        }
    }
}

bool is_of_the_signature(std::string_view name) {
    return name == statement_file || name == bundle_file || name == envelope_file ||
           name == "SHA256SUMS" || name == "journal.jsonl";
}

}  // namespace

std::expected<Redaction, std::string> redaction_of(const MergedRun& run,
                                                   const std::vector<Contents>& folders) {
    Identities identities;
    for (const ReportedRun& one : run.runs) {
        identities.hosts.push_back(host_of(one.server));
        identities.names.push_back(one.context);
        identities.registries.push_back(registry_of(one.probe_image));
    }
    for (const Contents& folder : folders) {
        collect_nodes(folder, identities.nodes);
        for (const auto& [name, content] : folder) {
            collect_registries(content, identities.registries);
        }
    }
    Redaction redaction(identities);
    for (const Contents& folder : folders) {
        if (const auto name = name_in_words(folder, redaction); !name.empty()) {
            return std::unexpected(fmt::format(
                "\"{}\" is a name in the cluster and a word of the report itself, so it cannot be "
                "taken out of what is written; give a run that was made with --redact public, or "
                "--redact none, and look at what is published",
                printable_line(name)));
        }
    }
    return redaction;
}

MergedRun redacted(MergedRun run, Redaction& redaction) {
    for (ReportedRun& one : run.runs) {
        for (std::string* text : {&one.context, &one.server, &one.probe_image, &one.cluster_uid}) {
            *text = redaction.text(*text);
        }
        for (std::string& word : one.command) {
            word = redaction.text(word);
        }
    }
    for (MergedRequirement& one : run.requirements) {
        one.requirement.reason = redaction.text(one.requirement.reason);
        for (ReportedAssertion& assertion : one.requirement.assertions) {
            for (std::string* text : {&assertion.reason, &assertion.target, &assertion.expected,
                                      &assertion.actual, &assertion.next_step}) {
                *text = redaction.text(*text);
            }
        }
    }
    return run;
}

Contents redacted(const Contents& folder, Redaction& redaction) {
    Contents result;
    for (const auto& [name, content] : folder) {
        if (!is_of_the_signature(name)) {
            result.emplace(redaction.text(name), name.ends_with(".json") ? redaction.json(content)
                                                                         : redaction.text(content));
        }
    }
    return result;
}

}  // namespace assay::reports
