// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/html_page.h"
#include "reports/html_parts.h"

namespace assay::reports {

namespace {

// From so many nodes on, those of which the same is to be said share a row.
constexpr std::size_t many_nodes = 50;
constexpr std::size_t most_names = 200;

using Cell = std::optional<Outcome>;  // nullopt: nothing was asked of that node

struct NodeRow {
    std::string kind;  // what accelerators it has
    std::vector<Cell> cells;
    std::vector<std::string> nodes;  // of which this is to be said
};

bool is_worse(Outcome one, Outcome other) {
    const auto rank = [](Outcome outcome) {
        switch (outcome) {
            case Outcome::failed:
                return 3;
            case Outcome::inconclusive:
                return 2;
            case Outcome::passed:
                return 1;
            case Outcome::not_applicable:
                return 0;
        }
        return 2;
    };
    return rank(one) > rank(other);
}

std::vector<const RequirementResult*> selected(const RunResult& run) {
    std::vector<const RequirementResult*> result;
    for (const RequirementResult& requirement : run.requirements) {
        if (requirement.selected) {
            result.push_back(&requirement);
        }
    }
    return result;
}

std::map<std::string, std::string> kinds_by_node(const RunResult& run) {
    std::map<std::string, std::string> kinds;
    for (const ClusterInventory::Accelerator& one : run.inventory.accelerators) {
        for (const auto& [node, count] : one.devices_by_node) {
            std::string& words = kinds[node];
            words += fmt::format("{}{} x {}", words.empty() ? "" : ", ", count, one.accelerator);
        }
    }
    return kinds;
}

// The worst that each requirement found of each node.
std::map<std::string, std::vector<Cell>> cells_by_node(
    const std::vector<const RequirementResult*>& requirements) {
    std::map<std::string, std::vector<Cell>> cells;
    for (std::size_t column = 0; column < requirements.size(); ++column) {
        for (const AssertionResult& assertion : requirements[column]->assertions) {
            for (const Finding& finding : assertion.findings) {
                if (finding.node.empty()) {
                    continue;
                }
                auto& row = cells.try_emplace(finding.node, requirements.size()).first->second;
                if (!row[column] || is_worse(finding.outcome, *row[column])) {
                    row[column] = finding.outcome;
                }
            }
        }
    }
    return cells;
}

std::vector<NodeRow> rows_of(const RunResult& run,
                             const std::vector<const RequirementResult*>& requirements) {
    const auto kinds = kinds_by_node(run);
    const auto cells = cells_by_node(requirements);
    std::set<std::string> names;
    for (const ClusterInventory::Node& node : run.inventory.nodes) {
        names.insert(node.name);
    }
    for (const auto& [name, row] : cells) {
        names.insert(name);
    }
    std::vector<NodeRow> rows;
    for (const std::string& name : names) {
        const auto kind = kinds.find(name);
        const auto found = cells.find(name);
        rows.push_back(
            {.kind = kind == kinds.end() ? "" : kind->second,
             .cells = found == cells.end() ? std::vector<Cell>(requirements.size()) : found->second,
             .nodes = {name}});
    }
    // "gpu-2" before "gpu-10", as people count.
    std::ranges::stable_sort(rows, {}, [](const NodeRow& row) { return row.nodes.front().size(); });
    return rows;
}

std::vector<NodeRow> shared(std::vector<NodeRow> rows) {
    if (rows.size() < many_nodes) {
        return rows;
    }
    std::vector<NodeRow> result;
    for (NodeRow& row : rows) {
        const auto same = std::ranges::find_if(result, [&](const NodeRow& other) {
            return other.kind == row.kind && other.cells == row.cells;
        });
        if (same == result.end()) {
            result.push_back(std::move(row));
        } else {
            same->nodes.push_back(row.nodes.front());
        }
    }
    return result;
}

bool is_bad(const NodeRow& row) {
    return std::ranges::any_of(row.cells, [](const Cell& cell) {
        return cell == Outcome::failed || cell == Outcome::inconclusive;
    });
}

void add_names(pugi::xml_node cell, const std::vector<std::string>& nodes) {
    if (nodes.size() == 1) {
        return add_text(cell, nodes.front());
    }
    const pugi::xml_node list = add(cell, "details");
    add(list, "summary", fmt::format("{} nodes, of which the same was found", nodes.size()));
    const std::size_t shown = std::min(nodes.size(), most_names);
    std::string names;
    for (std::size_t i = 0; i < shown; ++i) {
        names += (names.empty() ? "" : " ") + nodes[i];
    }
    add(list, "span",
        shown < nodes.size() ? names + fmt::format(" and {} more", nodes.size() - shown) : names,
        "small");
}

void add_row(pugi::xml_node table, const NodeRow& row,
             const std::vector<const RequirementResult*>& requirements) {
    const pugi::xml_node line = add(table, "tr");
    const pugi::xml_node head = add(line, "th");
    set_attribute(head, "scope", "row");
    add_names(head, row.nodes);
    add(line, "td", row.kind.empty() ? "none" : row.kind, "soft");
    for (std::size_t column = 0; column < row.cells.size(); ++column) {
        const Cell& cell = row.cells[column];
        const pugi::xml_node box =
            add(line, "td", cell ? glyph(*cell) : "\u00b7", cell ? css_class(*cell) : "soft");
        set_attribute(box, "title",
                      fmt::format("{}: {}", requirements[column]->id,
                                  cell ? to_string(*cell) : "nothing was asked of it"));
    }
}

}  // namespace

void add_nodes(pugi::xml_node body, const RunResult& run) {
    const auto requirements = selected(run);
    std::vector<NodeRow> rows = shared(rows_of(run, requirements));
    if (rows.empty() || requirements.empty()) {
        return;
    }
    std::ranges::stable_partition(rows, is_bad);
    add(body, "h2", "Nodes");
    const pugi::xml_node table = add(add(body, "div", "", "scroll"), "table", "", "heat");
    const pugi::xml_node head = add(add(table, "thead"), "tr");
    add(head, "th", "Node");
    add(head, "th", "Accelerators");
    for (const RequirementResult* one : requirements) {
        add_link(add(add(head, "th"), "div", "", "what"), "#" + one->id, one->id);
    }
    const pugi::xml_node cells = add(table, "tbody");
    for (const NodeRow& row : rows) {
        add_row(cells, row, requirements);
    }
    add(body, "p",
        "\u2713 passed, \u2717 failed, ? inconclusive, \u2013 not applicable, \u00b7 nothing was "
        "asked "
        "of it. The worst of what a requirement found of a node counts.",
        "soft small");
    for (const RequirementResult* one : requirements) {
        add_accelerators(body, *one);
    }
}

}  // namespace assay::reports
