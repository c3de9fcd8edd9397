// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "reports/html_page.h"
#include "reports/html_parts.h"

namespace assay::reports {

namespace {

// Milliseconds since 1970 of "2026-11-22T14:36:21.123Z", as the engine writes it.
std::optional<std::int64_t> milliseconds(const std::string& time) {
    std::tm utc{};
    int thousandths = 0;
    const int read =
        std::sscanf(time.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &utc.tm_year, &utc.tm_mon,
                    &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &thousandths);
    if (read < 6) {
        return std::nullopt;
    }
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    return static_cast<std::int64_t>(::timegm(&utc)) * 1000 + thousandths;
}

struct Bar {
    const RequirementResult* requirement;
    std::int64_t begin_ms;
};

std::vector<Bar> bars_of(const RunResult& run) {
    std::vector<Bar> bars;
    const auto begun = milliseconds(run.started_at);
    for (const RequirementResult& requirement : run.requirements) {
        const auto at = milliseconds(requirement.started_at);
        if (requirement.selected && begun && at && *at >= *begun) {
            bars.push_back({&requirement, *at - *begun});
        }
    }
    std::ranges::stable_sort(bars, {}, &Bar::begin_ms);
    return bars;
}

std::int64_t end_of(const Bar& bar) {
    return bar.begin_ms + bar.requirement->duration_ms + bar.requirement->cleanup_duration_ms;
}

// Seconds between marks, so that there are at most ten.
std::int64_t step_s(std::int64_t length_ms) {
    for (const std::int64_t step : {1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800}) {
        if (length_ms <= step * 10'000) {
            return step;
        }
    }
    return std::max<std::int64_t>(3600, length_ms / 10'000);
}

constexpr double left = 230;
constexpr double width = 900;
constexpr double row_height = 24;

class Chart {
public:
    Chart(pugi::xml_node parent, std::int64_t length_ms, std::size_t rows)
        : length_ms_(std::max<std::int64_t>(length_ms, 1)),
          height_(row_height * static_cast<double>(rows)) {
        svg_ = parent.append_child("svg");
        set_attribute(svg_, "viewBox", fmt::format("0 0 {} {}", left + width + 40, height_ + 24));
        set_attribute(svg_, "role", "img");
        set_attribute(svg_, "aria-label", "when each requirement was asked");
    }

    void draw_marks() {
        for (std::int64_t at = 0; at * 1000 <= length_ms_; at += step_s(length_ms_)) {
            const pugi::xml_node line = svg_.append_child("line");
            set_attribute(line, "class", "grid");
            for (const auto& [name, value] : {std::pair{"x1", x(at * 1000)},
                                              {"x2", x(at * 1000)},
                                              {"y1", 0.0},
                                              {"y2", height_}}) {
                set_attribute(line, name, fmt::format("{:.1f}", value));
            }
            label(x(at * 1000), height_ + 16, fmt::format("{} s", at), "tick");
        }
    }

    void draw(std::size_t row, const RunResult& run, const Bar& bar) {
        const double y = row_height * static_cast<double>(row);
        const RequirementResult& one = *bar.requirement;
        label(0, y + 16, one.id, "");
        block(y, bar.begin_ms, one.duration_ms, css_class(settled_outcome(run, one)),
              fmt::format("{}: {:.1f} s", one.id, static_cast<double>(one.duration_ms) / 1000));
        block(
            y, bar.begin_ms + one.duration_ms, one.cleanup_duration_ms, "clean",
            fmt::format("clean-up: {:.1f} s", static_cast<double>(one.cleanup_duration_ms) / 1000));
    }

private:
    double x(std::int64_t at_ms) const {
        return left + width * static_cast<double>(at_ms) / static_cast<double>(length_ms_);
    }

    void label(double at_x, double at_y, const std::string& words, const char* css) {
        const pugi::xml_node text = add(svg_, "text", words, css);
        set_attribute(text, "x", fmt::format("{:.1f}", at_x));
        set_attribute(text, "y", fmt::format("{:.1f}", at_y));
    }

    void block(double y, std::int64_t begin_ms, std::int64_t length_ms, const char* css,
               const std::string& words) {
        const pugi::xml_node rect = svg_.append_child("rect");
        set_attribute(rect, "class", fmt::format("bar {}", css));
        set_attribute(rect, "x", fmt::format("{:.1f}", x(begin_ms)));
        set_attribute(rect, "y", fmt::format("{:.1f}", y + 4));
        set_attribute(rect, "width", fmt::format("{:.1f}", std::max(1.0, x(length_ms) - x(0))));
        set_attribute(rect, "height", fmt::format("{:.1f}", row_height - 8));
        add(rect, "title", words);
    }

    pugi::xml_node svg_;
    std::int64_t length_ms_;
    double height_;
};

}  // namespace

void add_timeline(pugi::xml_node body, const RunResult& run) {
    const std::vector<Bar> bars = bars_of(run);
    if (bars.empty()) {
        return;
    }
    add(body, "h2", "When it was asked");
    std::int64_t length = 0;
    for (const Bar& bar : bars) {
        length = std::max(length, end_of(bar));
    }
    Chart chart(add(body, "div", "", "scroll"), length, bars.size());
    chart.draw_marks();
    for (std::size_t row = 0; row < bars.size(); ++row) {
        chart.draw(row, run, bars[row]);
    }
    add(body, "p", "Grey: cleaning up.", "soft small");
}

}  // namespace assay::reports
