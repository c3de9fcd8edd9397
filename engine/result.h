// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a run found, as plain typed values: the only thing reports/ sees of the engine. Times are
// UTC in RFC 3339 with milliseconds; durations are milliseconds. Any thread; no invariants beyond
// the types.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/assertion.h"
#include "engine/outcome.h"

namespace assay {

enum class Level { must, should, informative };
std::string_view to_string(Level level);

// A file below the report's folder that a verdict rests on.
struct EvidenceFile {
    std::string path;  // "artifacts/<requirement>/<assertion>/NN-what.json"
    std::string media_type;
    std::string content;
};

// An assertion asked of one target.
struct Finding {
    Outcome outcome = Outcome::inconclusive;
    std::string
        target;  // "pod stranger-default-x7, container plain, node a-1, RuntimeClass nvidia"
    std::string expected;
    std::string actual;
    std::string reason;  // why inconclusive or not applicable; empty otherwise
    std::string node;    // "" where the target is not on a node
    bool simulated = false;
    std::int64_t at_ms = 0;             // since the run began
    std::vector<std::string> evidence;  // paths of EvidenceFile
};

struct AssertionResult {
    std::string id;
    Kind kind = Kind::positive;
    Basis basis = Basis::required;
    std::string sentence;
    std::string next_step;
    Outcome outcome = Outcome::inconclusive;
    std::string reason;  // why it was not asked, where findings is empty
    std::vector<Finding> findings;
    std::int64_t duration_ms = 0;
};

// What was measured of each accelerator of each node that a check examined.
struct MeasureName {
    std::string name;  // "hbm_copy"
    std::string unit;  // "gb_per_s"

    bool operator==(const MeasureName&) const = default;
};

struct AcceleratorRow {
    std::string node;
    int index = 0;      // of the node's, as its driver counts them
    std::string uuid;   // "" where nothing names it
    std::string model;  // as its driver has it
    Outcome outcome = Outcome::inconclusive;
    std::string words = {};                         // why it is not passed
    bool simulated = false;                         // a processor computed in its place
    std::vector<std::vector<double>> samples = {};  // by measure of the table
};

struct AcceleratorTable {
    std::vector<MeasureName> measures;
    std::vector<AcceleratorRow> rows;
};

struct RequirementResult {
    std::string id;        // "secure_accelerator_access"
    std::string category;  // "security"
    std::string title;     // our words
    Level level = Level::must;
    std::string kar;                          // "KAR-0049" or ""
    Outcome outcome = Outcome::inconclusive;  // what counts: folded by the rules of the profile
    std::optional<Outcome> beyond_outcome;    // of the assertions beyond it, if there are any
    bool selected = true;
    bool counted = true;  // its level is in the profile's gate and it was selected
    std::string reason;   // "no check in this version", "not selected", …
    std::vector<AssertionResult> assertions;
    AcceleratorTable accelerators = {};  // empty where the check measures none
    std::string started_at;
    std::int64_t duration_ms = 0;          // the check itself
    std::int64_t cleanup_duration_ms = 0;  // reported apart
    std::vector<EvidenceFile> evidence;
};

struct Leftover {
    std::string kind;
    std::string name;
    std::string why;
};

// What the run met before its first create.
struct ClusterFacts {
    std::string context;
    std::string server;
    std::string version;  // gitVersion
    std::string platform;
    std::string cluster_uid;  // uid of namespace kube-system
    int nodes = 0;
    struct Pool {
        std::string accelerator;  // DeviceClass or resource name
        std::string vendor;
        std::string adapter;     // "" where no adapter matches
        std::string allocation;  // "dra" | "device_plugin"
        std::string driver;
        std::string driver_version;  // "" unknown
        std::string model;           // "" unknown
        std::vector<std::string> nodes;
        int devices = 0;
        bool examined = false;
        bool simulated = false;
    };
    std::vector<Pool> accelerators;
};

// What was installed in the cluster when the run looked at it, for inventory.json: as far as the
// run reads it for its own ends. Text is as the cluster has it; "" or empty where it does not say.
struct ClusterInventory {
    std::string taken_at;
    struct Taint {
        std::string key;
        std::string value;
        std::string effect;
    };
    struct Node {
        std::string name;
        bool ready = false;
        bool unschedulable = false;
        bool simulated = false;
        std::string architecture;
        std::string operating_system;  // "Debian GNU/Linux 12 (bookworm)"
        std::string kernel;
        std::string kubelet;
        std::string container_runtime;  // "containerd://2.1.4"
        std::vector<Taint> taints;
        std::map<std::string, int> extended;  // allocatable, by resource
    };
    struct Device {  // of DRA; what a device plugin hands out has no names
        std::string node;
        std::string pool;
        std::string name;
        std::string uuid;
        std::string pci_bus_id;
        std::string model;
        std::string driver_version;
    };
    struct Accelerator {
        std::string accelerator;  // as in ClusterFacts
        std::string vendor;
        std::string adapter;
        std::string allocation;
        std::string driver;
        std::string device_class;
        bool examined = false;
        bool simulated = false;
        std::map<std::string, int> devices_by_node;
        std::vector<Device> devices;
    };
    struct ApiGroup {
        std::string name;
        std::vector<std::string> versions;  // the server's order of preference
        bool stale = false;                 // its own server did not answer
    };
    std::vector<Node> nodes;
    std::vector<Accelerator> accelerators;
    std::string dra_version;  // of resource.k8s.io
    std::vector<std::string> device_classes;
    std::map<std::string, std::string> runtime_classes;  // handler by name
    std::vector<ApiGroup> api_groups;
};

// How --wait-settled went, before anything was created.
struct Settling {
    bool settled = false;
    std::int64_t limit_ms = 0;                  // how long it might have waited
    std::int64_t duration_ms = 0;               // how long it did
    int unsettled = 0;                          // what was not settled at the end
    std::vector<std::string> waiting_for = {};  // the first of it, in words

    // "node a-1 is not Ready (…); pool …; and 4 more"; "" if settled.
    std::string describe() const;
};

// An earlier run by its report, as much of it as --rerun-unsettled goes by.
struct EarlierRun {
    std::string run_id = {};
    std::string report_sha256 = {};  // of its report.json
    std::string profile_id = {};
    std::string profile_sha256 = {};
    std::string cluster_uid = {};
    std::vector<std::string> unsettled = {};  // selected there and inconclusive
    std::vector<std::string> failed = {};     // counted there and failed
};

struct Tally {
    int total = 0;
    int examined = 0;  // passed + failed
    int passed = 0;
    int failed = 0;
    int inconclusive = 0;
    int not_applicable = 0;
    int not_selected = 0;
};

struct RunResult {
    std::string run_id;
    std::string started_at;
    std::string finished_at;
    // Of each time the run was resumed after its process had ended.
    std::vector<std::string> resumed_at = {};
    std::int64_t duration_ms = 0;  // a resumed run's: of the checks kept and of the last process
    bool interrupted = false;
    bool simulated = false;  // any finding was
    bool redacted = false;   // what is written of it names nobody (reports/redaction.h)
    std::string tool_version;
    std::string tool_commit;
    std::vector<std::string> command;
    std::string profile_id;
    std::string profile_sha256;
    std::string profile_kubernetes;
    std::string profile_yaml;  // the profile as it was used, byte for byte
    bool strict = false;
    std::vector<Level> gate;
    std::vector<std::string> selected;  // patterns the user gave
    std::vector<std::string> skipped;
    std::optional<Settling> settling = {};    // nullopt: nothing was waited for
    std::optional<EarlierRun> rerun_of = {};  // what was unsettled there is asked anew
    std::string probe_image;
    std::string probe_image_digest;  // as the nodes reported it
    ClusterFacts cluster;
    ClusterInventory inventory;
    std::vector<RequirementResult> requirements;  // in the profile's order
    std::vector<Leftover> leftovers;              // what clean-up could not remove
    std::vector<std::string> warnings;
    int exit_code = 4;
};

// Whether the assertion folds into its requirement: a required one always, one beyond the
// requirement only in a strict profile.
bool folds(const RunResult& run, const AssertionResult& assertion);

// Whether the assertion decides the exit code: it folds, and its requirement counts.
bool counts(const RunResult& run, const RequirementResult& requirement,
            const AssertionResult& assertion);

// The outcome of the requirement, never better than an assertion that folds into it.
Outcome settled_outcome(const RunResult& run, const RequirementResult& requirement);

// Of the MUSTs of the profile.
Tally must_tally(const RunResult& run);

// Line 1 of every output, e.g. "SIMULATED: 1 of 8 MUSTs examined: 1 passed, 0 failed; 0
// inconclusive, 7 not selected".
std::string headline(const RunResult& run);

// The run as a whole: "passed" only if every MUST of the profile ran and passed on real components,
// "failed" if a MUST failed, whatever the profile's gate, or anything else that is counted; else
// "warned".
std::string_view in_toto_result(const RunResult& run);

// The first that holds of design section 3: 1 something counted failed, 4 something counted is
// inconclusive, the run was interrupted or the cluster did not settle, 0. (2, 3, 5 and 6 are
// decided before a run has a result.)
int exit_code_of(const RunResult& run);

}  // namespace assay
