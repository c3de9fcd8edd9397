// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/operator_adapter.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "engine/yaml_reader.h"

namespace assay {

namespace {

using kube::Json;

Json tree_of(Mapping& mapping, std::string_view key) {
    Json result = mapping.tree(key);
    if (!result.is_object() || result.empty()) {
        throw DataError(fmt::format("{}: {} is a mapping that is not empty", mapping.where(), key));
    }
    return result;
}

Expectation expectation_of(const std::string& at, const Json& is, const std::string& where) {
    if (!at.starts_with('/')) {
        throw DataError(fmt::format("{}: {} is no JSON pointer, which begins with /", where, at));
    }
    return {.at = at, .is = is};
}

// {pointer: value} as expectations, in the order of the pointers.
std::vector<Expectation> expectations_of(const Json& pairs, const std::string& where) {
    std::vector<Expectation> result;
    for (const auto& [at, is] : pairs.items()) {
        result.push_back(expectation_of(at, is, where));
    }
    return result;
}

ObjectManifest manifest_of(const Json& tree, const std::string& where) {
    ObjectManifest result(tree);
    if (result.name().empty() || result.kind().empty() ||
        kube::text(tree, {"apiVersion"}).empty()) {
        throw DataError(where + ": an object has apiVersion, kind and metadata.name");
    }
    return result;
}

std::vector<ObjectManifest> manifests_of(const Json& list, const std::string& where) {
    std::vector<ObjectManifest> result;
    for (const Json& one : list) {
        result.push_back(manifest_of(one, where));
    }
    return result;
}

OperatorChildren children_of(Mapping mapping) {
    OperatorChildren result;
    result.api_version = mapping.text("apiVersion");
    result.kind = mapping.text("kind");
    result.count = mapping.integer("count", 1);
    result.comes_back = mapping.boolean("comesBack", true);
    mapping.finish();
    if (result.count < 1) {
        throw DataError(mapping.where() + ": count is 1 or more");
    }
    return result;
}

OperatorScale scale_of(Mapping mapping) {
    OperatorScale result{.change = tree_of(mapping, "change"), .count = {}, .child = {}};
    if (mapping.has("count")) {
        result.count = mapping.integer("count", 0);
    }
    if (mapping.has("child")) {
        const auto child = expectations_of(tree_of(mapping, "child"), mapping.where());
        if (child.size() != 1) {
            throw DataError(mapping.where() + ": child is one pointer and its value");
        }
        result.child = child.front();
    }
    mapping.finish();
    if (!result.count && !result.child) {
        throw DataError(mapping.where() + ": count or child says how it is seen");
    }
    return result;
}

OperatorInvalid invalid_of(Mapping mapping, std::string_view kind) {
    OperatorInvalid result{.kind = mapping.text("of", kind), .change = tree_of(mapping, "change")};
    mapping.finish();
    return result;
}

// `beside` is a list of mappings of any shape, which Mapping has no reader for.
Json beside_of(Json& details, const std::string& where) {
    if (!details.contains("beside")) {
        return Json::array();
    }
    Json result = details["beside"];
    details.erase("beside");
    if (!result.is_array()) {
        throw DataError(where + ": beside is a list of objects");
    }
    return result;
}

OperatorData data_of(const Component& component) {
    const std::string where = fmt::format("operator {}", component.name);
    Json details = component.details;
    OperatorData result;
    result.beside = manifests_of(beside_of(details, where), where);
    Mapping mapping(details, where);
    result.definitions = mapping.texts("definitions");
    result.controller = mapping.text("controller");
    result.object = manifest_of(tree_of(mapping, "object"), where);
    if (mapping.has("invalid")) {
        result.invalid = invalid_of(mapping.mapping("invalid"), result.object.kind());
    }
    result.ready = expectations_of(tree_of(mapping, "ready"), where);
    result.children = children_of(mapping.mapping("children"));
    if (mapping.has("scale")) {
        result.scale = scale_of(mapping.mapping("scale"));
    }
    mapping.finish();
    if (result.definitions.empty()) {
        throw DataError(where + ": definitions names no CustomResourceDefinition");
    }
    if (result.invalid) {
        result.accepted();
    }
    return result;
}

}  // namespace

bool Expectation::holds(const Json& tree) const {
    const Json::json_pointer pointer(at);
    return tree.contains(pointer) && tree.at(pointer) == is;
}

std::string Expectation::describe() const {
    return fmt::format("{} is {}", at, is.dump());
}

const ObjectManifest& OperatorData::accepted() const {
    if (!invalid) {
        throw std::logic_error("an operator without a webhook has nothing that it refuses");
    }
    if (object.kind() == invalid->kind) {
        return object;
    }
    const auto found = std::ranges::find_if(
        beside, [&](const ObjectManifest& one) { return one.kind() == invalid->kind; });
    if (found == beside.end()) {
        throw DataError(
            fmt::format("invalid: there is no {} that it could be a copy of", invalid->kind));
    }
    return *found;
}

ObjectManifest OperatorData::refused() const {
    Json tree = accepted().tree();
    tree.merge_patch(invalid ? invalid->change : Json::object());
    return ObjectManifest(std::move(tree));
}

std::expected<OperatorData, std::string> operator_data(const Component& component) {
    try {
        return data_of(component);
    } catch (const std::exception& error) {
        return std::unexpected(error.what());
    }
}

}  // namespace assay
