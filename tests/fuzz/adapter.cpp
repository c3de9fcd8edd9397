// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// An adapter: nothing that the text says is lost or changed, and an adapter written from what was
// read reads as the same again.
#include "engine/adapter.h"

#include "kube/manifest.h"
#include "property.h"
#include "written.h"

namespace {

using assay::fuzz::hold;
using namespace assay;
using kube::Json;

Json map_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
    Json map = Json::object();
    for (const auto& [key, value] : pairs) {
        map[key] = value;
    }
    return map;
}

Json nodes_of(const Adapter& adapter) {
    Json nodes = Json::array();
    for (const DeviceNode& node : adapter.device_nodes) {
        nodes.push_back({{"path", node.path},
                         {"number", node.number},
                         {"role", node.accelerator ? "accelerator" : "control"}});
    }
    return nodes;
}

Json forges_of(const Adapter& adapter) {
    Json forges = Json::array();
    for (const Forge& forge : adapter.forge) {
        forges.push_back({{"id", forge.id},
                          {"env", map_of(forge.env)},
                          {"annotations", map_of(forge.annotations)},
                          {"hostPaths", map_of(forge.host_paths)},
                          {"uuidIn", forge.uuid_in},
                          {"image", forge.image}});
    }
    for (Json& forge : forges) {
        if (forge["image"] == "") {
            forge.erase("image");
        }
    }
    return forges;
}

Json stack_of(const Stack& stack) {
    Json parts = Json::array();
    for (const StackPart& part : stack.parts) {
        parts.push_back({{"part", part.part}, {"name", part.daemon_set}});
    }
    return {{"nodeLabels", stack.node_labels},
            {"driverVersionLabels", stack.driver_version_labels},
            {"partitionResources", stack.partition_resources},
            {"daemonSets", parts}};
}

Json written(const Adapter& adapter) {
    return {{"apiVersion", "assay/v1alpha1"},
            {"kind", "Adapter"},
            {"role", adapter.role},
            {"name", adapter.name},
            {"vendor", adapter.vendor},
            {"match",
             {{"driverNames", adapter.driver_names}, {"resourceNames", adapter.resource_names}}},
            {"deviceClasses", adapter.device_classes},
            {"deviceNodes", nodes_of(adapter)},
            {"handsNoDeviceNodes", adapter.hands_no_device_nodes},
            {"deviceVariables", adapter.device_variables},
            {"forge", forges_of(adapter)},
            {"lacks", adapter.lacks},
            {"stack", stack_of(adapter.stack)},
            {"compute", adapter.compute},
            {"simulated", adapter.simulated},
            {"tried", adapter.tried}};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = assay::fuzz::text_of(data, size);
    const auto adapter = parse_adapter(text, "adapter");
    if (!adapter) {
        hold(adapter.error().starts_with("adapter: "), "an error names the file");
        return 0;
    }
    const Json said = written(*adapter);
    hold(assay::fuzz::holds_all(said, kube::documents_of_yaml(text)->front()),
         "all that the text says was read");
    const auto again = parse_adapter(said.dump(1), "adapter");
    hold(again && written(*again) == said, "an adapter that is written reads the same");
    return 0;
}
