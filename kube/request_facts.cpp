// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/request_facts.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace assay::kube {

namespace {

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0) {
            parts.emplace_back(path.substr(0, end));
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return parts;
}

bool watches(std::string_view query) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        if (pair == "watch=true" || pair == "watch=1") {
            return true;
        }
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return false;
}

std::string verb_of(const std::string& method, bool named, bool watch) {
    if (method == "POST") {
        return "create";
    }
    if (method == "PUT") {
        return "update";
    }
    if (method == "PATCH") {
        return "patch";
    }
    if (method == "DELETE") {
        return named ? "delete" : "deletecollection";
    }
    return watch ? "watch" : (named ? "get" : "list");
}

// A list or watch of one object by its name is asked of the authorizer by that name.
std::string selected_name(std::string_view query) {
    constexpr std::string_view by_name = "fieldSelector=metadata.name%3D";
    const std::size_t at = query.find(by_name);
    if (at == std::string_view::npos || query.find("%2C", at) != std::string_view::npos) {
        return {};
    }
    const std::string_view name = query.substr(at + by_name.size());
    return std::string(name.substr(0, name.find('&')));
}

// Takes "namespaces/a" off what is in it; a namespace itself and its subresources stay whole.
std::string namespace_in(std::vector<std::string>& parts) {
    if (parts[0] != "namespaces" || parts.size() < 2) {
        return {};
    }
    const std::string name = parts[1];
    const bool of_the_namespace =
        parts.size() == 3 && (parts[2] == "status" || parts[2] == "finalize");
    if (parts.size() >= 3 && !of_the_namespace) {
        parts.erase(parts.begin(), parts.begin() + 2);
    }
    return name;
}

}  // namespace

RequestFacts facts_of(const Request& request) {
    const std::size_t question = std::min(request.path.find('?'), request.path.size());
    RequestFacts facts;
    facts.verb = "get";
    facts.path = request.path.substr(0, question);
    std::vector<std::string> parts = parts_of(facts.path);
    const bool core = parts.size() >= 3 && parts[0] == "api";
    const bool grouped = parts.size() >= 4 && parts[0] == "apis";
    if (!core && !grouped) {
        return facts;
    }
    facts.group = core ? "" : parts[1];
    facts.version = core ? parts[1] : parts[2];
    parts.erase(parts.begin(), parts.begin() + (core ? 2 : 3));
    facts.namespace_name = namespace_in(parts);
    facts.resource = parts[0];
    facts.name = parts.size() >= 2 ? parts[1] : "";
    if (parts.size() >= 3) {
        facts.resource += "/" + parts[2];
    }
    const std::string_view query = std::string_view(request.path).substr(question);
    facts.verb = verb_of(request.method, !facts.name.empty(),
                         watches(query.substr(std::min<std::size_t>(1, query.size()))));
    if (facts.verb == "list" || facts.verb == "watch") {
        facts.name = selected_name(query);
    }
    return facts;
}

}  // namespace assay::kube
