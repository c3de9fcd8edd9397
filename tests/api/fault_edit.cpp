// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/fault_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace assay::kube {

namespace {

std::vector<std::string> segments_of(const std::string& at) {
    if (at.empty() || at[0] != '/') {
        throw std::invalid_argument(fmt::format("'{}' is no place: it must begin with /", at));
    }
    std::vector<std::string> result(1);
    for (std::size_t i = 1; i < at.size(); ++i) {
        if (at[i] == '/') {
            result.emplace_back();
        } else if (at[i] == '~' && i + 1 < at.size()) {
            result.back() += at[++i] == '1' ? '/' : '~';
        } else {
            result.back() += at[i];
        }
    }
    return result;
}

std::optional<std::size_t> index_in(const Json& list, const std::string& segment) {
    std::size_t index = 0;
    const auto [end, error] =
        std::from_chars(segment.data(), segment.data() + segment.size(), index);
    const bool whole = error == std::errc{} && end == segment.data() + segment.size();
    return whole && index < list.size() ? std::optional(index) : std::nullopt;
}

// The keys or indexes of container that segment means.
std::vector<Json> meant(const Json& container, const std::string& segment) {
    std::vector<Json> result;
    if (container.is_object()) {
        for (const auto& [key, member] : container.items()) {
            if (segment == "*" || segment == key) {
                result.emplace_back(key);
            }
        }
        return result;
    }
    const std::size_t equals = segment.find('=');
    for (std::size_t i = 0; container.is_array() && i < container.size(); ++i) {
        const bool by_key =
            equals != std::string::npos &&
            text(container[i], {segment.substr(0, equals)}) == segment.substr(equals + 1);
        if (segment == "*" || by_key || index_in(container, segment) == i) {
            result.emplace_back(i);
        }
    }
    return result;
}

Json& member(Json& container, const Json& key) {
    return container.is_array() ? container[key.get<std::size_t>()]
                                : container[key.get_ref<const std::string&>()];
}

// What the first count segments lead to. make: members of objects that are missing are made.
std::vector<Json*> places(Json& object, const std::vector<std::string>& segments, std::size_t count,
                          bool make) {
    std::vector<Json*> here{&object};
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<Json*> next;
        for (Json* one : here) {
            std::vector<Json> keys = meant(*one, segments[i]);
            if (make && one->is_array() && segments[i] == "-") {
                one->push_back(nullptr);
                keys.emplace_back(one->size() - 1);
            }
            if (keys.empty() && make && (one->is_object() || one->is_null())) {
                (*one)[segments[i]] = nullptr;
                keys.emplace_back(segments[i]);
            }
            for (const Json& key : keys) {
                next.push_back(&member(*one, key));
            }
        }
        here = std::move(next);
    }
    return here;
}

std::vector<Json*> places(Json& object, const std::string& at, bool make = false) {
    const std::vector<std::string> segments = segments_of(at);
    return places(object, segments, segments.size(), make);
}

void remove(Json& object, const std::string& at) {
    const std::vector<std::string> segments = segments_of(at);
    for (Json* container : places(object, segments, segments.size() - 1, false)) {
        std::vector<Json> keys = meant(*container, segments.back());
        std::ranges::reverse(keys);  // so that the indexes that are left stay right
        for (const Json& key : keys) {
            if (container->is_array()) {
                container->erase(key.get<std::size_t>());
            } else {
                container->erase(key.get<std::string>());
            }
        }
    }
}

std::string words(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::map<std::string, std::regex> expressions(const Json& data) {
    std::map<std::string, std::regex> result;
    for (const auto& [key, expression] : data.items()) {
        result[key] = std::regex(expression.get<std::string>());
    }
    return result;
}

}  // namespace

void demand_keys(const Json& data, const std::string& where,
                 const std::vector<std::string>& known) {
    if (!data.is_object()) {
        throw std::invalid_argument(fmt::format("{} must be an object", where));
    }
    for (const auto& [key, value] : data.items()) {
        if (std::ranges::find(known, key) == known.end()) {
            throw std::invalid_argument(fmt::format("{} has the unknown key '{}'", where, key));
        }
    }
}

ObjectMatch ObjectMatch::parse(const Json& data) {
    demand_keys(data, "object", {"name", "labels", "where"});
    ObjectMatch result;
    result.labels = expressions(data.value("labels", Json::object()));
    result.where = expressions(data.value("where", Json::object()));
    if (data.contains("name")) {
        result.where["/metadata/name"] = std::regex(data["name"].get<std::string>());
    }
    for (const auto& [at, expression] : result.where) {
        segments_of(at);
    }
    return result;
}

bool ObjectMatch::matches(const Json& object) const {
    for (const auto& [key, expression] : labels) {
        if (!std::regex_match(text(object, {"metadata", "labels", key}), expression)) {
            return false;
        }
    }
    Json copy = object;
    return std::ranges::all_of(where, [&](const auto& one) {
        return std::ranges::any_of(places(copy, one.first), [&](const Json* place) {
            return std::regex_match(words(*place), one.second);
        });
    });
}

Edit Edit::parse(const Json& data) {
    demand_keys(data, "edit", {"at", "set", "remove", "copy", "pattern", "with", "cut"});
    Edit edit;
    edit.at = data.value("at", "");
    segments_of(edit.at);
    if (data.contains("set")) {
        edit.value = data["set"];
    } else if (data.value("remove", false)) {
        edit.kind = Kind::remove;
    } else if (data.contains("copy")) {
        edit.kind = Kind::copy;
        edit.from = data["copy"].get<std::string>();
        segments_of(edit.from);
    } else if (data.contains("pattern") && data.contains("with")) {
        edit.kind = Kind::substitute;
        edit.pattern = std::regex(data["pattern"].get<std::string>());
        edit.with = data["with"].get<std::string>();
    } else if (data.contains("cut")) {
        edit.kind = Kind::cut;
        edit.bytes = data["cut"].get<std::size_t>();
    } else {
        throw std::invalid_argument(fmt::format(
            "the edit at '{}' does nothing: give set, remove, copy, pattern with with, or cut",
            edit.at));
    }
    return edit;
}

bool Edit::apply(Json& object) const {
    const Json before = object;
    if (kind == Kind::remove) {
        remove(object, at);
        return object != before;
    }
    Json source = before;
    const std::vector<Json*> copied =
        kind == Kind::copy ? places(source, from) : std::vector<Json*>{};
    if (kind == Kind::copy && copied.empty()) {
        return false;
    }
    for (Json* place : places(object, at, kind == Kind::set || kind == Kind::copy)) {
        if (kind == Kind::set) {
            *place = value;
        } else if (kind == Kind::copy) {
            *place = *copied.front();
        } else if (place->is_string()) {
            const auto& old = place->get_ref<const std::string&>();
            *place =
                kind == Kind::cut ? old.substr(0, bytes) : std::regex_replace(old, pattern, with);
        }
    }
    return object != before;
}

}  // namespace assay::kube
