// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/inventory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "sample_runs.h"

namespace assay::reports {
namespace {

using nlohmann::json;

bool holds_schema(const json& inventory) {
    const json text = json::parse(
        std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/reports/inventory.schema.json"));
    valijson::Schema schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
    return valijson::Validator().validate(
        schema, valijson::adapters::NlohmannJsonAdapter(inventory), nullptr);
}

json inventory_of(const RunResult& run) {
    return json::parse(inventory_json(run));
}

TEST(InventoryJson, HoldsItsSchemaWhateverTheClusterSays) {
    EXPECT_TRUE(holds_schema(inventory_of(clean_run())));
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        EXPECT_TRUE(holds_schema(inventory_of(random_run(seed)))) << "seed " << seed;
    }
    RunResult bare;
    bare.run_id = "k7w4c2hp";
    EXPECT_TRUE(holds_schema(inventory_of(bare)));
}

TEST(InventorySchema, RefusesWhatAnInventoryMustNotSay) {
    const std::pair<const char*, json> changes[] = {
        {"/schemaVersion", "2.0.0"},
        {"/kind", "Inventory"},
        {"/simulated", "no"},
        {"/surprise", 1},
        {"/nodes/0/ready", "True"},
        {"/nodes/0/extendedResources/nvidia.com~1gpu", 0},
        {"/accelerators/0/allocation", "device_plugin"},
        {"/accelerators/0/devices/0/surprise", ""},
        {"/apiGroups/0/versions", "v1"},
    };
    for (const auto& [where, what] : changes) {
        json bad = inventory_of(clean_run());
        bad[json::json_pointer(where)] = what;
        EXPECT_FALSE(holds_schema(bad)) << where << " = " << what;
    }
}

TEST(InventoryJson, SaysWhatWasInstalled) {
    const json inventory = inventory_of(clean_run());
    EXPECT_EQ(inventory["runId"], clean_run().run_id);
    EXPECT_EQ(inventory["kubernetes"]["gitVersion"], "v1.37.0");
    EXPECT_EQ(inventory["nodes"].size(), 3U);
    EXPECT_EQ(inventory["nodes"][0]["kubelet"], "v1.37.0");
    EXPECT_EQ(inventory["nodes"][0]["containerRuntime"], "containerd://2.1.4");
    EXPECT_EQ(inventory["nodes"][0]["taints"][0]["key"], "nvidia.com/gpu");
    EXPECT_EQ(inventory["nodes"][0]["extendedResources"]["nvidia.com/gpu"], 2);
    const json& accelerator = inventory["accelerators"][0];
    EXPECT_EQ(accelerator["devicesByNode"]["a-1"], 1);
    EXPECT_EQ(accelerator["devices"][0]["driverVersion"], "580.95.5");
    EXPECT_EQ(inventory["runtimeClasses"][0]["handler"], "nvidia");
    EXPECT_EQ(inventory["apiGroups"][1]["stale"], true);
}

TEST(InventoryJson, IsSimulatedAsSoonAsAnythingIs) {
    EXPECT_EQ(inventory_of(clean_run())["simulated"], false);
    RunResult by_finding = clean_run();
    by_finding.simulated = true;
    RunResult by_node = clean_run();
    by_node.inventory.nodes[1].simulated = true;
    RunResult by_accelerator = clean_run();
    by_accelerator.inventory.accelerators[0].simulated = true;
    for (const RunResult& run : {by_finding, by_node, by_accelerator}) {
        EXPECT_EQ(inventory_of(run)["simulated"], true);
    }
}

}  // namespace
}  // namespace assay::reports
