// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/allowance.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/yaml_reader.h"

namespace assay::cli {

namespace {

using reports::Allowance;

// "2027-01-31", and such a day there is.
bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    const auto number = [&](std::size_t at, std::size_t length) {
        int value = -1;
        const char* end = text.data() + at + length;
        const auto [rest, error] = std::from_chars(text.data() + at, end, value);
        return error == std::errc{} && rest == end ? value : -1;
    };
    const int month = number(5, 2);
    const int day = number(8, 2);
    return month > 0 && day > 0 &&
           std::chrono::year_month_day{std::chrono::year{number(0, 4)},
                                       std::chrono::month{static_cast<unsigned>(month)},
                                       std::chrono::day{static_cast<unsigned>(day)}}
               .ok();
}

Allowance allowance_of(Mapping entry) {
    Allowance result;
    const std::string name = entry.text("assertion");
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) {
        throw DataError(entry.where() + ": assertion is REQUIREMENT/ASSERTION");
    }
    result.requirement = name.substr(0, slash);
    result.assertion = name.substr(slash + 1);
    result.until = entry.text("until");
    if (!is_date(result.until)) {
        throw DataError(entry.where() + ": until is a day as in 2027-01-31");
    }
    result.why = entry.text("why");
    entry.finish();
    return result;
}

std::vector<Allowance> allowances_of(std::string_view yaml, const std::string& name) {
    Mapping root = single_document(yaml, "Allowances", name);
    std::vector<Allowance> result;
    std::set<std::string> seen;
    for (const Mapping& entry : root.mappings("allow")) {
        result.push_back(allowance_of(entry));
        if (!seen.insert(result.back().requirement + "/" + result.back().assertion).second) {
            throw DataError(entry.where() + ": this assertion is there twice");
        }
    }
    root.finish();
    return result;
}

}  // namespace

std::expected<std::vector<Allowance>, std::string> parse_allowances(std::string_view yaml,
                                                                    const std::string& name) {
    try {
        return allowances_of(yaml, name);
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

std::expected<std::vector<Allowance>, std::string> load_allowances(
    const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (!(text << in.rdbuf())) {
        return std::unexpected(fmt::format("{} cannot be read, or is empty", file.string()));
    }
    return parse_allowances(text.str(), file.filename().string());
}

}  // namespace assay::cli
