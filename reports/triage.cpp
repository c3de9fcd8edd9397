// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/triage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/escape.h"

namespace assay::reports {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t cause_bytes = 600;  // a log line may be long; --json has more of it
constexpr std::size_t names_shown = 8;

// What the nodes offer in all, by family.
std::string offered_text(const triage::Report& report) {
    std::map<std::string, std::int64_t> all;
    for (const triage::NodeReport& node : report.nodes) {
        for (const auto& [family, devices] : node.accelerators) {
            all[family] += devices;
        }
    }
    std::vector<std::string> parts;
    parts.reserve(all.size());
    for (const auto& [family, devices] : all) {
        parts.push_back(fmt::format("{} {}", printable_line(family), devices));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string node_text(const triage::NodeReport& node) {
    const triage::Finding& first = node.findings.front();
    std::string text =
        fmt::format("{}  {}: {}\n    next: {}\n", printable_line(node.name), to_string(first.link),
                    printable_line(first.cause, cause_bytes), printable_line(first.next));
    if (node.findings.size() > 1) {
        text.insert(text.size() - 1,
                    fmt::format("    ({} more behind it: --json)", node.findings.size() - 1));
    }
    return text;
}

std::string healthy_text(const triage::Report& report) {
    std::vector<std::string> names;
    std::size_t count = 0;
    for (const triage::NodeReport& node : report.nodes) {
        if (node.findings.empty() && ++count <= names_shown) {
            names.push_back(printable_line(node.name));
        }
    }
    if (count > names_shown) {
        names.push_back(fmt::format("{} more", count - names_shown));
    }
    return count == 0 ? "" : fmt::format("nothing found on {}\n", fmt::join(names, ", "));
}

Json findings_json(const triage::NodeReport& node) {
    Json list = Json::array();
    for (const triage::Finding& one : node.findings) {
        list.push_back({{"link", to_string(one.link)},
                        {"cause", printable(one.cause)},
                        {"next", printable_line(one.next)}});
    }
    return list;
}

Json node_json(const triage::NodeReport& node) {
    Json json{{"name", printable_line(node.name)}, {"accelerators", Json::object()},
              {"findings", findings_json(node)},   {"holders", Json::array()},
              {"warnings", Json::array()},         {"versions", Json::object()}};
    for (const auto& [family, devices] : node.accelerators) {
        json["accelerators"][printable_line(family)] = devices;
    }
    for (const triage::Holder& one : node.holders) {
        json["holders"].push_back(
            {{"who", printable_line(one.who)}, {"what", printable_line(one.what)}});
    }
    for (const std::string& one : node.warnings) {
        json["warnings"].push_back(printable(one));
    }
    for (const auto& [what, version] : node.versions) {
        json["versions"][printable_line(what)] = printable_line(version);
    }
    return json;
}

}  // namespace

std::string triage_text(const triage::Report& report) {
    std::string text;
    for (const triage::NodeReport& node : report.nodes) {
        text += node.findings.empty() ? "" : node_text(node);
    }
    text += healthy_text(report);
    for (const triage::Unseen& one : report.unseen) {
        text += fmt::format("not seen: {}: {}; {}\n", printable_line(one.what),
                            printable_line(one.why), printable_line(one.then));
    }
    if (!report.none.empty()) {
        text += printable_line(report.none) + "\n";
        for (const std::string& one : report.looked_for) {
            text += fmt::format("looked for: {}\n", printable_line(one));
        }
        return text;
    }
    return text + fmt::format(
                      "{}: {} of {} accelerator node(s) broken; devices offered: {}; {} other "
                      "node(s){}\n",
                      printable_line(report.scope), report.broken(), report.nodes.size(),
                      offered_text(report), report.others,
                      report.exit_code == 4 ? "; nothing was found in what could be seen" : "");
}

std::string triage_json(const triage::Report& report) {
    Json json{{"scope", printable_line(report.scope)},
              {"exitCode", report.exit_code},
              {"broken", report.broken()},
              {"otherNodes", report.others},
              {"none", printable_line(report.none)},
              {"lookedFor", Json::array()},
              {"unseen", Json::array()},
              {"nodes", Json::array()}};
    for (const std::string& one : report.looked_for) {
        json["lookedFor"].push_back(printable_line(one));
    }
    for (const triage::Unseen& one : report.unseen) {
        json["unseen"].push_back({{"what", printable_line(one.what)},
                                  {"why", printable_line(one.why)},
                                  {"then", printable_line(one.then)}});
    }
    for (const triage::NodeReport& node : report.nodes) {
        json["nodes"].push_back(node_json(node));
    }
    return json.dump(2) + "\n";
}

}  // namespace assay::reports
