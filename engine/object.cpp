// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/object.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay {

namespace {

using kube::Json;

const Json* at(const Json& tree, const std::string& pointer) {
    const Json::json_pointer path(pointer);
    return tree.contains(path) ? &tree.at(path) : nullptr;
}

}  // namespace

std::string ObjectState::text(const std::string& pointer) const {
    const Json* member = at(tree, pointer);
    return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

std::int64_t ObjectState::number(const std::string& pointer) const {
    const Json* member = at(tree, pointer);
    return member != nullptr && member->is_number_integer() ? member->get<std::int64_t>() : 0;
}

ObjectCondition ObjectState::condition(std::string_view type, const std::string& where) const {
    const Json* all = at(tree, where);
    if (all == nullptr || !all->is_array()) {
        return {};
    }
    const auto found = std::ranges::find_if(
        *all, [&](const Json& one) { return kube::text(one, {"type"}) == type; });
    if (found == all->end()) {
        return {};
    }
    return {.status = kube::text(*found, {"status"}),
            .reason = kube::text(*found, {"reason"}),
            .message = kube::text(*found, {"message"})};
}

std::string ObjectState::describe() const {
    if (!exists) {
        return "not there";
    }
    std::string words = fmt::format("{} {}", kube::text(tree, {"kind"}), name());
    const char* separator = ": ";
    for (const Json& one : kube::array(tree, {"status", "conditions"})) {
        const std::string status = kube::text(one, {"status"});
        words += fmt::format("{}{}={}", separator, kube::text(one, {"type"}), status);
        if (status != "True") {
            words +=
                fmt::format(" ({}: {})", kube::text(one, {"reason"}), kube::text(one, {"message"}));
        }
        separator = ", ";
    }
    return words;
}

std::string ObjectList::describe() const {
    constexpr std::size_t shown = 5;
    if (items.empty()) {
        return "none";
    }
    std::string words = fmt::format("{}: ", items.size());
    for (std::size_t i = 0; i < std::min(shown, items.size()); ++i) {
        words += (i == 0 ? "" : "; ") + items[i].describe();
    }
    return items.size() > shown ? words + "; …" : words;
}

std::string Reply::describe() const {
    constexpr std::size_t shown = 300;
    return fmt::format("HTTP {}: {}{}", status, body.substr(0, shown),
                       body.size() > shown ? "…" : "");
}

}  // namespace assay
