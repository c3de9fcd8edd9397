// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/exposition.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <optional>

namespace assay {

namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::size_t longest_value = 64;  // of a number, in characters

std::string_view without_blanks(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

// The text up to the closing quote, with its escapes undone; `text` is then what follows it.
std::optional<std::string> quoted(std::string_view& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return result;
        }
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            result += text[i] == 'n' ? '\n' : text[i];
        } else {
            result += text[i];
        }
    }
    return std::nullopt;
}

// What stands between { and }; `text` is then what follows.
std::optional<std::map<std::string, std::string>> labels_at(std::string_view& text) {
    std::map<std::string, std::string> labels;
    for (;;) {
        text = without_blanks(text);
        if (text.starts_with('}')) {
            text.remove_prefix(1);
            return labels;
        }
        const std::size_t equals = text.find_first_of("=}\"");
        if (equals == std::string_view::npos || equals == 0 || text[equals] != '=') {
            return std::nullopt;
        }
        const std::string_view name = text.substr(0, text.find_last_not_of(blanks, equals - 1) + 1);
        text = without_blanks(text.substr(equals + 1));
        if (name.empty() || !text.starts_with('"')) {
            return std::nullopt;
        }
        text.remove_prefix(1);
        auto value = quoted(text);
        if (!value) {
            return std::nullopt;
        }
        labels[std::string(name)] = *std::move(value);
        text = without_blanks(text);
        if (text.starts_with(',')) {
            text.remove_prefix(1);
        }
    }
}

// A number that is one: what is measured is neither NaN nor infinite.
std::optional<double> value_at(std::string_view text) {
    text = without_blanks(text);
    const std::string number(text.substr(0, std::min(text.find_first_of(blanks), longest_value)));
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    const bool whole = !number.empty() && *end == '\0';
    return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

std::expected<std::vector<Series>, std::string> series_in(std::string_view text,
                                                          const std::set<std::string>& names) {
    std::vector<Series> result;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = without_blanks(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        const std::size_t name_end = line.find_first_of("{ \t");
        const std::string name(line.substr(0, name_end));
        if (!names.contains(name)) {
            continue;
        }
        std::string_view rest = line.substr(name.size());
        std::optional labels(std::map<std::string, std::string>{});
        if (rest.starts_with('{')) {
            rest.remove_prefix(1);
            labels = labels_at(rest);
        }
        const auto value = labels ? value_at(rest) : std::nullopt;
        if (!value) {
            return std::unexpected(
                fmt::format("this line is no sample with a number: {}", line.substr(0, 200)));
        }
        result.push_back({name, {.labels = *std::move(labels), .value = *value}});
    }
    return result;
}

}  // namespace assay
