// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/component.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "engine/adapter.h"
#include "engine/served_kinds.h"
#include "engine/yaml_reader.h"

namespace assay {

namespace {

constexpr std::array roles{"scheduler", "gateway", "operator", "metrics", "autoscaler", "exporter"};

Component component_of(Mapping root, const std::string& name) {
    Component result;
    result.role = root.text("role");
    result.name = root.text("name");
    result.serves = root.texts("serves");
    result.tried = root.text("tried");
    result.tried_with = root.text("triedWith", "");
    result.details = root.tree(result.role);
    if (!is_component_role(result.role)) {
        throw DataError(fmt::format("{}: role is one of {}", name, fmt::join(roles, ", ")));
    }
    if (result.serves.empty()) {
        throw DataError(name + ": serves names no kind by which it would be known");
    }
    if (!is_tried(result.tried)) {
        throw DataError(name + ": tried is real, stand-in or no");
    }
    if ((result.tried == "no") != result.tried_with.empty()) {
        throw DataError(name + ": triedWith names the version where it was tried, and only there");
    }
    root.finish();
    return result;
}

void put(Component one, std::vector<Component>& into) {
    const auto known = std::ranges::find_if(into, [&](const Component& other) {
        return other.role == one.role && other.name == one.name;
    });
    if (known == into.end()) {
        into.push_back(std::move(one));
    } else {
        *known = std::move(one);
    }
}

}  // namespace

bool is_component_role(std::string_view role) {
    return std::ranges::find(roles, role) != roles.end();
}

std::expected<Component, std::string> parse_component(std::string_view yaml,
                                                      const std::string& name) {
    try {
        return component_of(single_document(yaml, "Adapter", name), name);
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

std::expected<std::vector<Component>, std::string> load_components(const std::string& folder) {
    try {
        std::vector<Component> result;
        for (const AdapterFile& file : adapter_files(folder)) {
            Mapping root = single_document(file.content, "Adapter", file.name);
            if (is_component_role(root.text("role"))) {
                put(component_of(std::move(root), file.name), result);
            }
        }
        return result;
    } catch (const std::exception& error) {
        return std::unexpected(error.what());
    }
}

std::expected<std::vector<Component>, std::string> chosen_of(
    std::vector<Component> components, const std::vector<std::string>& choices) {
    for (const std::string& choice : choices) {
        const auto is_meant = [&](const Component& one) {
            return one.role + "=" + one.name == choice;
        };
        const std::string role = choice.substr(0, choice.find('='));
        if (std::ranges::none_of(components, is_meant)) {
            std::vector<std::string> names;
            for (const Component& one : components) {
                names.push_back(one.role + "=" + one.name);
            }
            return std::unexpected(fmt::format("no component is called {}; there are {}", choice,
                                               fmt::join(names, ", ")));
        }
        std::erase_if(components,
                      [&](const Component& one) { return one.role == role && !is_meant(one); });
    }
    return components;
}

std::vector<const Component*> installed_of(const std::vector<Component>& components,
                                           std::string_view role,
                                           const std::vector<kube::ApiGroup>& groups) {
    std::vector<const Component*> result;
    for (const Component& one : components) {
        const bool served = std::ranges::all_of(one.serves, [&](const std::string& kind) {
            return served_kind(groups, kind).has_value();
        });
        if (one.role == role && served) {
            result.push_back(&one);
        }
    }
    return result;
}

std::string none_installed(const std::vector<Component>& components, std::string_view role) {
    std::vector<std::string> names;
    for (const Component& one : components) {
        if (one.role == role) {
            names.push_back(one.tried_with.empty()
                                ? one.name + " (not tried)"
                                : fmt::format("{} (tried with {})", one.name, one.tried_with));
        }
    }
    return fmt::format("not installed: no {} found; looked for {}", role, fmt::join(names, ", "));
}

}  // namespace assay
