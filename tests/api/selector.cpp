// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/selector.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

namespace assay::kube {

namespace {

std::string trimmed(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(' ');
    return begin == std::string::npos ? ""
                                      : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// At commas outside parentheses.
std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts{""};
    int depth = 0;
    for (const char c : text) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ',' && depth == 0) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    std::ranges::transform(parts, parts.begin(), trimmed);
    std::erase(parts, "");
    return parts;
}

struct Term {
    std::string key;
    std::vector<std::string> values;  // none: whether the key is there
    bool negated = false;
};

Term term_of(const std::string& text) {
    for (const auto& [word, negated] : {std::pair(" notin ", true), std::pair(" in ", false)}) {
        const std::size_t at = text.find(word);
        if (at != std::string::npos) {
            const std::size_t open = text.find('(', at);
            return {trimmed(text.substr(0, at)),
                    split(text.substr(open + 1, text.rfind(')') - open - 1)), negated};
        }
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
        const bool negated = text.starts_with('!');
        return {text.substr(negated ? 1 : 0), {}, negated};
    }
    const bool negated = equals > 0 && text[equals - 1] == '!';
    const std::size_t value = text.find_first_not_of('=', equals);
    return {text.substr(0, negated ? equals - 1 : equals),
            {value == std::string::npos ? "" : text.substr(value)},
            negated};
}

bool holds(const Term& term, const std::optional<std::string>& actual) {
    if (term.values.empty()) {
        return actual.has_value() != term.negated;
    }
    const bool found = actual && std::ranges::find(term.values, *actual) != term.values.end();
    return found != term.negated;
}

std::string field(const Json& object, const std::string& dotted) {
    const Json* at = &object;
    std::istringstream path(dotted);
    for (std::string part; at != nullptr && std::getline(path, part, '.');) {
        at = find(*at, {part});
    }
    return at != nullptr && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

bool labels_match(const std::string& selector, const Json& object) {
    return std::ranges::all_of(split(selector), [&](const std::string& text) {
        const Term term = term_of(text);
        const Json* label = find(object, {"metadata", "labels", term.key});
        return holds(term,
                     label == nullptr ? std::nullopt : std::optional(label->get<std::string>()));
    });
}

bool fields_match(const std::string& selector, const Json& object) {
    return std::ranges::all_of(split(selector), [&](const std::string& text) {
        const Term term = term_of(text);
        return holds(term, field(object, term.key));
    });
}

}  // namespace assay::kube
