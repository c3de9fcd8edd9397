// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "reports/accelerators.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "reports/escape.h"
#include "reports/findings.h"

namespace assay::reports {

namespace {

constexpr std::size_t widest = 44;  // of a column; a UUID has 40

std::string median_text(const std::vector<double>& samples) {
    if (samples.empty()) {
        return "-";
    }
    std::vector<double> sorted = samples;
    std::ranges::sort(sorted);
    const std::size_t middle = sorted.size() / 2;
    const double median =
        sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return fmt::format("{:.4g}", median);
}

// "gb_per_s" -> "GB/s"
std::string short_unit(const std::string& unit) {
    static const std::map<std::string, std::string> known{{"gb_per_s", "GB/s"},
                                                          {"tera_operations_per_s", "Top/s"}};
    const auto found = known.find(unit);
    return found == known.end() ? printable_line(unit) : found->second;
}

using Line = std::vector<std::string>;

Line head_of(const AcceleratorTable& table) {
    Line line{"node", "accelerator", "model", "outcome"};
    for (const MeasureName& one : table.measures) {
        line.push_back(fmt::format("{} {}", printable_line(one.name), short_unit(one.unit)));
    }
    return line;
}

Line line_of(const AcceleratorRow& row, std::size_t measures) {
    Line line{printable_line(row.node).substr(0, widest),
              row.index < 0 ? "-"
              : row.uuid.empty()
                  ? fmt::format("{}", row.index)
                  : fmt::format("{} {}", row.index, printable_line(row.uuid)).substr(0, widest),
              row.model.empty() ? "-" : printable_line(row.model).substr(0, widest),
              fmt::format("{}{}", loud(row.outcome), row.simulated ? ", simulated" : "")};
    for (std::size_t i = 0; i < measures; ++i) {
        line.push_back(i < row.samples.size() ? median_text(row.samples[i]) : "-");
    }
    return line;
}

std::string aligned(const std::vector<Line>& lines) {
    std::vector<std::size_t> widths(lines.front().size());
    for (const Line& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::max(widths[i], line[i].size());
        }
    }
    std::string text;
    for (const Line& line : lines) {
        std::string one = " ";
        for (std::size_t i = 0; i < line.size(); ++i) {
            one += fmt::format(" {:<{}} ", line[i], widths[i]);
        }
        text += one.substr(0, one.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

int rank_of(Outcome outcome) {
    return outcome == Outcome::failed ? 0 : outcome == Outcome::inconclusive ? 1 : 2;
}

}  // namespace

std::string accelerators_text(const AcceleratorTable& table, std::size_t most_rows) {
    if (table.rows.empty()) {
        return {};
    }
    std::vector<const AcceleratorRow*> rows;
    for (const AcceleratorRow& row : table.rows) {
        rows.push_back(&row);
    }
    std::ranges::sort(rows, [](const AcceleratorRow* a, const AcceleratorRow* b) {
        return std::tuple(rank_of(a->outcome), a->node, a->index) <
               std::tuple(rank_of(b->outcome), b->node, b->index);
    });
    std::vector<Line> lines{head_of(table)};
    for (std::size_t i = 0; i < std::min(rows.size(), most_rows); ++i) {
        lines.push_back(line_of(*rows[i], table.measures.size()));
    }
    std::string text = aligned(lines);
    if (rows.size() > most_rows) {
        text += fmt::format("  and {} more, all in report.json\n", rows.size() - most_rows);
    }
    return text;
}

}  // namespace assay::reports
