// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "reports/html_page.h"
#include "reports/html_parts.h"
#include "reports/rank_test.h"

namespace assay::reports {

namespace {

// From so many accelerators on, those that are like the others are told as one.
constexpr std::size_t many_rows = 400;
constexpr double like_the_others = 0.05;  // of the median

// Of the accelerators of one model, by measure.
class Models {
public:
    explicit Models(const AcceleratorTable& table) : count_(table.measures.size()) {
        std::map<std::string, std::vector<std::vector<double>>> values;
        for (const AcceleratorRow& row : table.rows) {
            auto& of_model = values.try_emplace(row.model, count_).first->second;
            for (std::size_t i = 0; i < std::min(count_, row.samples.size()); ++i) {
                if (!row.samples[i].empty()) {
                    of_model[i].push_back(median(row.samples[i]));
                }
            }
        }
        for (auto& [model, of_model] : values) {
            for (std::vector<double>& one : of_model) {
                medians_[model].push_back(median(one));
                counts_[model].push_back(one.size());
            }
        }
    }

    // How far a value is from the median of its model, as a part of it; NaN where it is the only
    // one.
    double deviation(const std::string& model, std::size_t measure, double value) const {
        const double middle = medians_.at(model)[measure];
        return counts_.at(model)[measure] > 1 && middle > 0 ? value / middle - 1 : std::nan("");
    }

private:
    std::size_t count_;
    std::map<std::string, std::vector<double>> medians_;
    std::map<std::string, std::vector<std::size_t>> counts_;
};

bool stands_out(const AcceleratorRow& row, const AcceleratorTable& table, const Models& models) {
    if (row.outcome != Outcome::passed) {
        return true;
    }
    for (std::size_t i = 0; i < std::min(table.measures.size(), row.samples.size()); ++i) {
        if (!row.samples[i].empty() &&
            std::abs(models.deviation(row.model, i, median(row.samples[i]))) > like_the_others) {
            return true;
        }
    }
    return false;
}

void add_value(pugi::xml_node line, const AcceleratorRow& row, std::size_t measure,
               const Models& models) {
    if (measure >= row.samples.size() || row.samples[measure].empty()) {
        add(line, "td", "\u00b7", "soft");
        return;
    }
    const double value = median(row.samples[measure]);
    const double off = models.deviation(row.model, measure, value);
    const bool low = off < -like_the_others;
    add(line, "td",
        std::isnan(off) ? fmt::format("{:.4g}", value)
                        : fmt::format("{:.4g} {}{:+.1f} %", value, low ? "\u25bc " : "", off * 100),
        low ? "open" : "");
}

void add_row(pugi::xml_node table, const AcceleratorRow& row, std::size_t measures,
             const Models& models) {
    const pugi::xml_node line = add(table, "tr");
    set_attribute(add(line, "th", row.node), "scope", "row");
    add(line, "td", row.index < 0 ? "" : fmt::format("{}", row.index));
    add(line, "td", row.uuid, "id");
    add(line, "td", row.model + (row.simulated ? " [simulated]" : ""));
    add(line, "td", fmt::format("{} {}", glyph(row.outcome), row.words),
        fmt::format("words {}", css_class(row.outcome)).c_str());
    for (std::size_t i = 0; i < measures; ++i) {
        add_value(line, row, i, models);
    }
}

// What those that are not shown are between.
void add_rest(pugi::xml_node table, const AcceleratorTable& data,
              const std::vector<const AcceleratorRow*>& rest) {
    const pugi::xml_node line = add(table, "tr");
    const pugi::xml_node head =
        add(line, "th",
            fmt::format("{} more, all passed, each within 5 % of its model's median", rest.size()));
    set_attribute(head, "colspan", "5");
    for (std::size_t i = 0; i < data.measures.size(); ++i) {
        std::vector<double> values;
        for (const AcceleratorRow* row : rest) {
            if (i < row->samples.size() && !row->samples[i].empty()) {
                values.push_back(median(row->samples[i]));
            }
        }
        const auto [low, high] = std::ranges::minmax_element(values);
        add(line, "td", values.empty() ? "\u00b7" : fmt::format("{:.4g} to {:.4g}", *low, *high),
            "soft");
    }
}

}  // namespace

void add_accelerators(pugi::xml_node body, const RequirementResult& requirement) {
    const AcceleratorTable& data = requirement.accelerators;
    if (data.rows.empty()) {
        return;
    }
    add(body, "h2", "Accelerators: " + requirement.id);
    const pugi::xml_node table = add(add(body, "div", "", "scroll"), "table", "", "heat");
    const pugi::xml_node head = add(add(table, "thead"), "tr");
    for (const char* name : {"Node", "#", "UUID", "Model", "Outcome"}) {
        add(head, "th", name);
    }
    for (const MeasureName& measure : data.measures) {
        add(head, "th", fmt::format("{} ({})", measure.name, measure.unit));
    }
    const Models models(data);
    const pugi::xml_node cells = add(table, "tbody");
    std::vector<const AcceleratorRow*> rest;
    for (const AcceleratorRow& row : data.rows) {
        if (data.rows.size() < many_rows || stands_out(row, data, models)) {
            add_row(cells, row, data.measures.size(), models);
        } else {
            rest.push_back(&row);
        }
    }
    if (!rest.empty()) {
        add_rest(cells, data, rest);
    }
    add(body, "p",
        "Medians of the samples in report.json, and how far each is from the median of its model "
        "here; "
        "\u25bc more than 5 % below it.",
        "soft small");
}

}  // namespace assay::reports
