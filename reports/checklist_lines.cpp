// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/checklist_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "reports/escape.h"

namespace assay::reports {

namespace {

std::size_t indent_of(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

bool says_nothing(std::string_view line) {
    const std::size_t indent = indent_of(line);
    return indent == line.size() || line[indent] == '#' || line[indent] == '\r';
}

bool is_member(std::string_view line, std::size_t column, std::string_view name) {
    const std::string_view rest = line.size() > column ? line.substr(column) : std::string_view();
    return rest.starts_with(name) && rest.size() > name.size() && rest[name.size()] == ':' &&
           (rest.size() == name.size() + 1 || rest[name.size() + 1] == ' ');
}

// "  # …" behind a value that is empty or a list in brackets; "" where there is none.
std::string_view comment_behind(std::string_view line, std::size_t value_at) {
    const std::size_t at = line.find(" #", value_at);
    return at == std::string_view::npos ? std::string_view() : line.substr(at);
}

// A YAML text in double quotes on one line.
std::string in_quotes(std::string_view value) {
    std::string result = "\"";
    for (const char one : printable(value)) {
        if (one == '\n' || one == '\t') {
            result += one == '\n' ? "\\n" : "\\t";
        } else {
            result += one == '"' || one == '\\' ? "\\" : "";
            result += one;
        }
    }
    return result + "\"";
}

std::unexpected<std::string> not_as_the_programmes(const std::string& what) {
    return std::unexpected(fmt::format(
        "{} is not written as in the programme's checklist, so it cannot be filled in without "
        "changing more; begin with a fresh copy of the checklist",
        printable_line(what)));
}

}  // namespace

ChecklistLines::ChecklistLines(std::string_view text)
    : end_of_line_(text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n") {
    for (const auto part : std::views::split(text, '\n')) {
        std::string line(part.begin(), part.end());
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        lines_.push_back(std::move(line));
    }
}

std::string ChecklistLines::text() const {
    std::string result;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        result += (i == 0 ? "" : end_of_line_) + lines_[i];
    }
    return result;
}

void ChecklistLines::put_first(std::string_view comment) {
    lines_.insert(lines_.begin(), fmt::format("# {}", printable_line(comment)));
}

// Behind the last line from begin on that stands deeper than the column, or is a dash in it.
std::size_t ChecklistLines::end_of(std::size_t begin, std::size_t column, bool dashes_too) const {
    std::size_t end = begin;
    for (std::size_t i = begin; i < lines_.size(); ++i) {
        if (says_nothing(lines_[i])) {
            continue;
        }
        const std::size_t indent = indent_of(lines_[i]);
        const bool dash = dashes_too && indent == column && lines_[i][indent] == '-';
        if (indent <= column && !dash) {
            break;
        }
        end = i + 1;
    }
    return end;
}

std::expected<ChecklistLines::Block, std::string> ChecklistLines::metadata() const {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (is_member(lines_[i], 0, "metadata")) {
            Block block{.begin = i + 1, .end = end_of(i + 1, 0, false), .column = 2};
            for (std::size_t j = block.begin; j < block.end; ++j) {
                if (!says_nothing(lines_[j])) {
                    block.column = indent_of(lines_[j]);
                    break;
                }
            }
            return block;
        }
    }
    return not_as_the_programmes("metadata");
}

std::expected<ChecklistLines::Block, std::string> ChecklistLines::requirement(
    const std::string& id) const {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const std::size_t dash = indent_of(lines_[i]);
        if (dash >= lines_[i].size() || lines_[i][dash] != '-') {
            continue;
        }
        const std::size_t column =
            std::min(lines_[i].find_first_not_of(' ', dash + 1), lines_[i].size());
        if (!is_member(lines_[i], column, "id")) {
            continue;
        }
        std::string_view value = std::string_view(lines_[i]).substr(column + 3);
        value = value.substr(0, value.find(" #"));
        std::string bare;
        std::ranges::copy_if(value, std::back_inserter(bare),
                             [](char one) { return one != ' ' && one != '"' && one != '\''; });
        if (bare == id) {
            return Block{
                .begin = i, .end = std::max(end_of(i + 1, dash, false), i + 1), .column = column};
        }
    }
    return not_as_the_programmes(id);
}

ChecklistLines::Member ChecklistLines::member(const Block& block, const std::string& name) const {
    for (std::size_t i = block.begin; i < block.end; ++i) {
        const bool in_column = indent_of(lines_[i]) == block.column ||
                               (i == block.begin && lines_[i].find('-') < block.column);
        if (in_column && is_member(lines_[i], block.column, name)) {
            return {.begin = i,
                    .end = std::max(end_of(i + 1, block.column, true), i + 1),
                    .value_at = block.column + name.size() + 1};
        }
    }
    return {.begin = block.end, .end = block.end};
}

void ChecklistLines::set_in(const Block& block, const std::string& name, std::string_view value) {
    const Member found = member(block, name);
    std::string line =
        fmt::format("{}{}: {}", std::string(block.column, ' '), name, in_quotes(value));
    const auto at = lines_.begin() + static_cast<std::ptrdiff_t>(found.begin);
    if (found.begin == found.end) {
        lines_.insert(at, std::move(line));
        return;
    }
    line = lines_[found.begin].substr(0, found.value_at) + " " + in_quotes(value) +
           std::string(comment_behind(lines_[found.begin], found.value_at));
    *at = std::move(line);
    lines_.erase(at + 1, lines_.begin() + static_cast<std::ptrdiff_t>(found.end));
}

std::expected<void, std::string> ChecklistLines::set_metadata(const std::string& name,
                                                              std::string_view value) {
    const auto block = metadata();
    if (!block) {
        return std::unexpected(block.error());
    }
    set_in(*block, name, value);
    return {};
}

std::expected<void, std::string> ChecklistLines::set(const std::string& id, const std::string& name,
                                                     std::string_view value) {
    const auto block = requirement(id);
    if (!block) {
        return std::unexpected(block.error());
    }
    set_in(*block, name, value);
    return {};
}

std::expected<void, std::string> ChecklistLines::add_evidence(const std::string& id,
                                                              const std::vector<std::string>& links,
                                                              bool is_empty) {
    const auto block = requirement(id);
    if (!block) {
        return std::unexpected(block.error());
    }
    const Member found = member(*block, "evidence");
    std::size_t dash = block->column + 2;
    std::size_t at = found.end;
    if (is_empty || found.begin == found.end) {
        std::string head = std::string(block->column, ' ') + "evidence:";
        if (found.begin < found.end) {
            head += comment_behind(lines_[found.begin], found.value_at);
            lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(found.begin),
                         lines_.begin() + static_cast<std::ptrdiff_t>(found.end));
        }
        lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(found.begin), head);
        at = found.begin + 1;
    } else if (found.end == found.begin + 1) {  // "[a, b]" on the member's own line
        std::string& line = lines_[found.begin];
        const std::size_t bracket = line.rfind(']');
        if (bracket == std::string::npos) {
            return not_as_the_programmes("the evidence of " + id);
        }
        std::string more;
        for (const std::string& link : links) {
            more += ", " + in_quotes(link);
        }
        line.insert(bracket, more);
        return {};
    } else {
        dash = indent_of(lines_[found.begin + 1]);
    }
    for (const std::string& link : links) {
        lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at++),
                      fmt::format("{}- {}", std::string(dash, ' '), in_quotes(link)));
    }
    return {};
}

}  // namespace assay::reports
