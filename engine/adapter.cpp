// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/adapter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "engine/component.h"
#include "engine/embedded.h"
#include "engine/yaml_reader.h"

namespace assay {

namespace {

// A regular expression that compiles.
std::string pattern_of(Mapping& entry, const std::string& key, const char* fallback) {
    std::string pattern = fallback == nullptr ? entry.text(key) : entry.text(key, fallback);
    try {
        static_cast<void>(std::regex(pattern));
    } catch (const std::regex_error& error) {
        throw DataError(fmt::format("{}: {}: {}", entry.where(), key, error.what()));
    }
    return pattern;
}

DeviceNode device_node_of(Mapping entry) {
    DeviceNode node;
    node.path = pattern_of(entry, "path", nullptr);
    node.number = pattern_of(entry, "number", "");
    const std::string role = entry.text("role");
    if (role != "accelerator" && role != "control") {
        throw DataError(entry.where() + ": role is accelerator or control");
    }
    node.accelerator = role == "accelerator";
    entry.finish();
    return node;
}

constexpr std::array stack_parts{"driver",     "toolkit",  "device-plugin",
                                 "dra-driver", "labeller", "exporter"};

Stack stack_of(Mapping entry) {
    Stack stack;
    stack.node_labels = entry.texts("nodeLabels");
    stack.driver_version_labels = entry.texts("driverVersionLabels");
    stack.partition_resources = entry.texts("partitionResources");
    for (Mapping one : entry.mappings("daemonSets")) {
        StackPart part{.part = one.text("part"), .daemon_set = pattern_of(one, "name", nullptr)};
        if (std::ranges::find(stack_parts, part.part) == stack_parts.end()) {
            throw DataError(
                fmt::format("{}: part is one of {}", one.where(), fmt::join(stack_parts, ", ")));
        }
        one.finish();
        stack.parts.push_back(std::move(part));
    }
    entry.finish();
    return stack;
}

Forge forge_of(Mapping entry) {
    Forge forge;
    forge.id = entry.text("id");
    Mapping env = entry.mapping("env");
    forge.env = env.pairs();
    forge.annotations = entry.mapping("annotations").pairs();
    forge.host_paths = entry.mapping("hostPaths").pairs();
    forge.uuid_in = entry.text("uuidIn", "");
    forge.image = entry.text("image", "");
    if (!forge.image.empty() && forge.image != "visible" && forge.image != "legacy") {
        throw DataError(entry.where() + ": image is visible or legacy");
    }
    entry.finish();
    return forge;
}

Adapter adapter_of(Mapping root, const std::string& name) {
    Adapter result;
    result.role = root.text("role");
    result.name = root.text("name");
    result.vendor = root.text("vendor");
    Mapping match = root.mapping("match");
    result.driver_names = match.texts("driverNames");
    result.resource_names = match.texts("resourceNames");
    match.finish();
    result.device_classes = root.texts("deviceClasses");
    for (const Mapping& entry : root.mappings("deviceNodes")) {
        result.device_nodes.push_back(device_node_of(entry));
    }
    result.hands_no_device_nodes = root.boolean("handsNoDeviceNodes", false);
    result.device_variables = root.text("deviceVariables", "");
    for (const Mapping& entry : root.mappings("forge")) {
        result.forge.push_back(forge_of(entry));
    }
    result.lacks = root.texts("lacks");
    result.stack = stack_of(root.mapping("stack"));
    result.compute = root.text("compute", "");
    if (!result.compute.empty() && result.compute != "cuda" && result.compute != "cpu") {
        throw DataError(name + ": compute is cuda or cpu");
    }
    result.simulated = root.boolean("simulated", false);
    result.tried = root.text("tried");
    if (!is_tried(result.tried)) {
        throw DataError(name + ": tried is real, stand-in or no");
    }
    root.finish();
    return result;
}

void read_folder(const std::string& folder, std::vector<AdapterFile>& into) {
    if (!std::filesystem::is_directory(folder)) {
        throw DataError(fmt::format("adapters {}: no such folder", folder));
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".yaml") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
        std::ifstream stream(file, std::ios::binary);
        into.push_back({file.string(), {std::istreambuf_iterator<char>(stream), {}}});
    }
}

}  // namespace

std::expected<Adapter, std::string> parse_adapter(std::string_view yaml, const std::string& name) {
    try {
        return adapter_of(single_document(yaml, "Adapter", name), name);
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

bool is_tried(std::string_view word) {
    return word == "real" || word == "stand-in" || word == "no";
}

std::vector<AdapterFile> adapter_files(const std::string& folder) {
    std::vector<AdapterFile> result;
    for (const EmbeddedFile& file : embedded_files()) {
        if (file.path.starts_with("adapters/")) {
            result.push_back({std::string(file.path), std::string(file.content)});
        }
    }
    if (!folder.empty()) {
        read_folder(folder, result);
    }
    return result;
}

std::expected<std::vector<Adapter>, std::string> load_adapters(const std::string& folder) {
    try {
        std::vector<Adapter> result;
        for (const AdapterFile& file : adapter_files(folder)) {
            Mapping root = single_document(file.content, "Adapter", file.name);
            if (!is_component_role(root.text("role"))) {
                result.push_back(adapter_of(std::move(root), file.name));
            }
        }
        return result;
    } catch (const std::exception& error) {
        return std::unexpected(error.what());
    }
}

namespace {

const Adapter* adapter_with(const std::vector<Adapter>& adapters,
                            std::vector<std::string> Adapter::* names, std::string_view name) {
    // The user's own adapters come last and win.
    for (auto it = adapters.rbegin(); it != adapters.rend(); ++it) {
        if (std::ranges::find((*it).*names, name) != ((*it).*names).end()) {
            return &*it;
        }
    }
    return nullptr;
}

}  // namespace

bool matches(const std::string& text, const std::string& expression) {
    constexpr std::size_t longest = 4096;  // PATH_MAX of Linux
    return !expression.empty() && text.size() <= longest &&
           std::regex_match(text, std::regex(expression));
}

const Adapter* adapter_of_driver(const std::vector<Adapter>& adapters, std::string_view driver) {
    return adapter_with(adapters, &Adapter::driver_names, driver);
}

const Adapter* adapter_of_resource(const std::vector<Adapter>& adapters,
                                   std::string_view resource) {
    return adapter_with(adapters, &Adapter::resource_names, resource);
}

}  // namespace assay
