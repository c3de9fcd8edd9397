// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/gpu_facts.h"

#include <array>
#include <cstdio>

namespace assay::probe {

namespace {

// Structures and constants of the public interface, by its names.
constexpr unsigned memory_version_2 = 2, fabric_version_2 = 2, fabric_version_3 = 3;
constexpr int clock_sm = 1, clock_memory = 2;
constexpr int corrected = 0, uncorrected = 1;
constexpr int since_driver_load = 0, since_made = 1;  // NVML: volatile, aggregate
constexpr unsigned field_recovery_action = 230;
constexpr unsigned nvlink_links_at_most = 18;

struct Memory {  // nvmlMemory_v2_t
    unsigned version;
    unsigned long long total, reserved, free, used;
};
static_assert(sizeof(Memory) == 40);

struct Fabric {  // nvmlGpuFabricInfo_v3_t; version 2 is the same without its last member
    unsigned version;
    unsigned char cluster_uuid[16];
    int status;
    unsigned clique_id;
    unsigned char state;
    unsigned health_mask;
    unsigned char health_summary;
};
static_assert(sizeof(Fabric) == 40);
constexpr unsigned fabric_version_2_size = 36;

struct FieldValue {  // nvmlFieldValue_t
    unsigned field_id, scope_id;
    long long timestamp, latency_us;
    int value_type, result;
    union {
        unsigned unsigned_value;
        unsigned long long widest;
    } value;
};
static_assert(sizeof(FieldValue) == 40);

struct Temperature {  // nvmlTemperature_v1_t
    unsigned version;
    int sensor, celsius;
};

struct Margin {  // nvmlMarginTemperature_v1_t
    unsigned version;
    int celsius;
};

constexpr unsigned versioned(std::size_t size, unsigned version) {
    return static_cast<unsigned>(size) | version << 24U;
}

Json or_null(int result, const Json& value) {
    return result == nvml_success ? value : Json();
}

Json text_or_null(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
}

// The questions about one GPU.
class Gpu {
public:
    Gpu(const Nvml& nvml, NvmlDevice device) : nvml_(nvml), device_(device) {}

    Json text(const char* function) const { return text_or_null(nvml_.text(function, device_)); }

    Json number(const char* function) const {
        unsigned value = 0;
        const int result = nvml_.call(function, device_, &value);
        return or_null(result, value);
    }

    Json mask(const char* function) const {
        unsigned long long value = 0;
        const int result = nvml_.call(function, device_, &value);
        return or_null(result, value);
    }

    Json clock(const char* function, int which) const {
        unsigned value = 0;
        const int result = nvml_.call(function, device_, which, &value);
        return or_null(result, value);
    }

    Json ecc_count(int kind, int since) const {
        unsigned long long value = 0;
        const int result = nvml_.call("nvmlDeviceGetTotalEccErrors", device_, kind, since, &value);
        return or_null(result, value);
    }

    Json compute_capability() const {
        int major = 0;
        int minor = 0;
        const int result =
            nvml_.call("nvmlDeviceGetCudaComputeCapability", device_, &major, &minor);
        return or_null(result, std::to_string(major) + "." + std::to_string(minor));
    }

    Json memory() const {
        Memory value{};
        value.version = versioned(sizeof value, memory_version_2);
        const int result = nvml_.call("nvmlDeviceGetMemoryInfo_v2", device_, &value);
        return or_null(result, {{"total_bytes", value.total},
                                {"reserved_bytes", value.reserved},
                                {"used_bytes", value.used},
                                {"free_bytes", value.free}});
    }

    Json ecc() const {
        int current = 0;
        int pending = 0;
        const int result = nvml_.call("nvmlDeviceGetEccMode", device_, &current, &pending);
        return {{"enabled", or_null(result, current != 0)},
                {"enabled_after_reset", or_null(result, pending != 0)},
                {"corrected_since_driver_load", ecc_count(corrected, since_driver_load)},
                {"uncorrected_since_driver_load", ecc_count(uncorrected, since_driver_load)},
                {"corrected_since_made", ecc_count(corrected, since_made)},
                {"uncorrected_since_made", ecc_count(uncorrected, since_made)}};
    }

    Json remapped_rows() const {
        unsigned by_corrected = 0;
        unsigned by_uncorrected = 0;
        unsigned pending = 0;
        unsigned failed = 0;
        const int result = nvml_.call("nvmlDeviceGetRemappedRows", device_, &by_corrected,
                                      &by_uncorrected, &pending, &failed);
        return or_null(result, {{"corrected", by_corrected},
                                {"uncorrected", by_uncorrected},
                                {"pending", pending != 0},
                                {"failed", failed != 0}});
    }

    Json retired_pages(int cause) const {
        unsigned count = 0;
        const int result = nvml_.call("nvmlDeviceGetRetiredPages_v2", device_, cause, &count,
                                      static_cast<unsigned long long*>(nullptr),
                                      static_cast<unsigned long long*>(nullptr));
        return result == nvml_insufficient_size ? Json(count) : or_null(result, count);
    }

    Json temperature() const {
        Temperature value{.version = versioned(sizeof(Temperature), 1), .sensor = 0, .celsius = 0};
        if (nvml_.call("nvmlDeviceGetTemperatureV", device_, &value) == nvml_success) {
            return value.celsius;
        }
        unsigned celsius = 0;  // drivers before 575 have only this form
        const int sensor = 0;
        const int result = nvml_.call("nvmlDeviceGetTemperature", device_, sensor, &celsius);
        return or_null(result, celsius);
    }

    Json margin() const {
        Margin value{.version = versioned(sizeof(Margin), 1), .celsius = 0};
        const int result = nvml_.call("nvmlDeviceGetMarginTemperature", device_, &value);
        return or_null(result, value.celsius);
    }

    Json nvlink() const {
        constexpr std::array<const char*, 3> errors = {"replays", "recoveries", "crc_errors"};
        Json links = Json::array();
        for (unsigned link = 0; link < nvlink_links_at_most; ++link) {
            int active = 0;
            if (nvml_.call("nvmlDeviceGetNvLinkState", device_, link, &active) != nvml_success) {
                continue;
            }
            Json one = {{"link", link}, {"active", active != 0}};
            for (int kind = 0; kind < static_cast<int>(errors.size()); ++kind) {
                unsigned long long count = 0;
                const int result =
                    nvml_.call("nvmlDeviceGetNvLinkErrorCounter", device_, link, kind, &count);
                one[errors[static_cast<std::size_t>(kind)]] = or_null(result, count);
            }
            links.push_back(one);
        }
        return links.empty() ? Json() : links;
    }

    Json fabric() const {
        Fabric value{};
        value.version = versioned(sizeof value, fabric_version_3);
        int result = nvml_.call("nvmlDeviceGetGpuFabricInfoV", device_, &value);
        if (result != nvml_success) {
            value = {};
            value.version = versioned(fabric_version_2_size, fabric_version_2);
            result = nvml_.call("nvmlDeviceGetGpuFabricInfoV", device_, &value);
        }
        if (result != nvml_success || value.state == 0) {  // 0: the GPU belongs to no fabric
            return {};
        }
        constexpr std::array<const char*, 4> states = {"", "not_started", "in_progress",
                                                       "completed"};
        std::string cluster;
        for (const unsigned char byte : value.cluster_uuid) {
            std::array<char, 3> digits{};
            std::snprintf(digits.data(), digits.size(), "%02x", byte);
            cluster += digits.data();
        }
        return {{"state", value.state < states.size() ? states[value.state] : "unknown"},
                {"status", value.status},
                {"clique_id", value.clique_id},
                {"cluster_uuid", cluster},
                {"health_mask", value.health_mask}};
    }

    Json mig(const std::vector<std::string>& uuids) const {
        unsigned current = 0;
        unsigned pending = 0;
        const int result = nvml_.call("nvmlDeviceGetMigMode", device_, &current, &pending);
        return or_null(
            result,
            {{"enabled", current != 0}, {"enabled_after_reset", pending != 0}, {"uuids", uuids}});
    }

    Json recovery_action() const {
        constexpr std::array<const char*, 5> actions = {"none", "gpu_reset", "node_reboot",
                                                        "drain_p2p", "drain_and_reset"};
        FieldValue field{};
        field.field_id = field_recovery_action;
        const int one = 1;
        if (nvml_.call("nvmlDeviceGetFieldValues", device_, one, &field) != nvml_success ||
            field.result != nvml_success) {
            return {};
        }
        const unsigned action = field.value.unsigned_value;
        return action < actions.size() ? Json(actions[action]) : Json("unknown");
    }

    // Of every container on this GPU; with neighbours, a speed measured here says nothing.
    Json compute_processes() const {
        unsigned count = 0;
        const int result = nvml_.call("nvmlDeviceGetComputeRunningProcesses_v3", device_, &count,
                                      static_cast<void*>(nullptr));
        return result == nvml_insufficient_size ? Json(count) : or_null(result, count);
    }

private:
    const Nvml& nvml_;
    NvmlDevice device_;
};

void add_speed_facts(const Gpu& ask, Json& facts) {
    facts["clocks"] = {{"sm_mhz", ask.clock("nvmlDeviceGetClockInfo", clock_sm)},
                       {"sm_max_mhz", ask.clock("nvmlDeviceGetMaxClockInfo", clock_sm)},
                       {"memory_mhz", ask.clock("nvmlDeviceGetClockInfo", clock_memory)},
                       {"memory_max_mhz", ask.clock("nvmlDeviceGetMaxClockInfo", clock_memory)},
                       {"event_reasons", ask.mask("nvmlDeviceGetCurrentClocksEventReasons")}};
    facts["power"] = {{"usage_mw", ask.number("nvmlDeviceGetPowerUsage")},
                      {"enforced_limit_mw", ask.number("nvmlDeviceGetEnforcedPowerLimit")},
                      {"default_limit_mw", ask.number("nvmlDeviceGetPowerManagementDefaultLimit")}};
    facts["temperature"] = {{"gpu_celsius", ask.temperature()}, {"margin_celsius", ask.margin()}};
    facts["pcie"] = {{"generation", ask.number("nvmlDeviceGetCurrPcieLinkGeneration")},
                     {"generation_max", ask.number("nvmlDeviceGetMaxPcieLinkGeneration")},
                     {"width", ask.number("nvmlDeviceGetCurrPcieLinkWidth")},
                     {"width_max", ask.number("nvmlDeviceGetMaxPcieLinkWidth")},
                     {"replays", ask.number("nvmlDeviceGetPcieReplayCounter")}};
    facts["nvlink"] = ask.nvlink();
    facts["fabric"] = ask.fabric();
}

}  // namespace

Json gpu_facts(const Nvml& nvml, const GpuIdentity& gpu) {
    Json facts = identity_json(gpu);
    if (!gpu.error.empty()) {
        return facts;
    }
    const Gpu ask(nvml, gpu.device);
    facts["serial"] = ask.text("nvmlDeviceGetSerial");
    facts["vbios_version"] = ask.text("nvmlDeviceGetVbiosVersion");
    facts["compute_capability"] = ask.compute_capability();
    facts["numa_node"] = ask.number("nvmlDeviceGetNumaNodeId");
    facts["memory"] = ask.memory();
    facts["ecc"] = ask.ecc();
    facts["remapped_rows"] = ask.remapped_rows();
    facts["retired_pages"] = {{"single_bit", ask.retired_pages(0)},
                              {"double_bit", ask.retired_pages(1)}};
    add_speed_facts(ask, facts);
    facts["mig"] = ask.mig(gpu.mig_uuids);
    facts["recovery_action"] = ask.recovery_action();
    facts["compute_processes"] = ask.compute_processes();
    return facts;
}

Json gpu_facts_in_short(const Json& facts) {
    Json short_form = Json::object();
    for (const char* key : {"uuid", "number", "minor", "pci_bus_id", "name", "error",
                            "recovery_action", "compute_processes"}) {
        if (facts.contains(key)) {
            short_form[key] = facts[key];
        }
    }
    if (facts.contains("remapped_rows") && facts["remapped_rows"].is_object()) {
        short_form["remap_pending"] = facts["remapped_rows"]["pending"];
        short_form["remap_failed"] = facts["remapped_rows"]["failed"];
    }
    return short_form;
}

}  // namespace assay::probe
