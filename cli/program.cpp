// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "cli/command_options.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr std::string_view own_name = "assay";
constexpr std::string_view plugin_prefix = "kubectl ";

std::string& name() {
    static std::string name{own_name};
    return name;
}

// Whether a verb follows, and what is before is neither a word that goes on nor kubectl's name.
bool is_command(std::string_view before, std::string_view after,
                const std::vector<std::string>& verbs) {
    if (before.ends_with(plugin_prefix)) {
        return false;
    }
    if (!before.empty()) {
        const char last = before.back();
        if (std::isalnum(static_cast<unsigned char>(last)) != 0 || last == '-' || last == '/') {
            return false;
        }
    }
    const std::string_view word =
        after.substr(0, after.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
    return std::ranges::find(verbs, word) != verbs.end();
}

}  // namespace

void called_as(std::string_view path) {
    const std::string_view file = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
    name() = file.starts_with("kubectl-assay") ? std::string(plugin_prefix).append(own_name)
                                               : std::string(own_name);
}

std::string program() {
    return name();
}

std::string in_callers_words(std::string text) {
    if (name() == own_name) {
        return text;
    }
    const std::vector<std::string> verbs = verb_names();
    const std::string call = std::string(own_name) + " ";
    const std::string_view all = text;
    std::string result;
    std::size_t done = 0;
    for (std::size_t at = all.find(call); at != std::string_view::npos;
         at = all.find(call, at + 1)) {
        result += all.substr(done, at - done);
        if (is_command(all.substr(0, at), all.substr(at + call.size()), verbs)) {
            result += plugin_prefix;
        }
        done = at;
    }
    result += all.substr(done);
    return result;
}

void tell(std::string_view sentence) {
    fmt::print(stderr, "{}: {}\n", program(), in_callers_words(reports::printable(sentence)));
}

}  // namespace assay::cli
