// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What triage keeps of the objects it lists: small values, so that a thousand nodes and their pods
// fit in a few megabytes, and the functions that read them from an object as the server sent it.
// Missing members read as empty. Pure, any thread; times in seconds since 1970, -1 for unknown.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/adapter.h"
#include "kube/json.h"

namespace assay::triage {

struct Taint {
    std::string key;
    std::string value;
    std::string effect;

    friend auto operator<=>(const Taint&, const Taint&) = default;
};

struct Tolerated {
    std::string key;
    std::string op;  // "Equal", "Exists"
    std::string value;
    std::string effect;
};

// One requirement of a node selector term.
struct Expression {
    std::string key;
    std::string op;  // "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"
    std::vector<std::string> values;
};

// All of its expressions must hold; of several terms one must.
struct Term {
    std::vector<Expression> labels;
    std::vector<Expression> fields;
};

struct NodeFacts {
    std::string name;
    std::map<std::string, std::string> labels;
    std::vector<Taint> taints;
    bool unschedulable = false;
    std::string ready;                   // "True", "False", "Unknown"; "" if the kubelet never said
    std::string ready_message;           // "reason: message"
    std::vector<std::string> pressures;  // conditions that are True and should not be
    std::map<std::string, std::int64_t> capacity;     // extended resources
    std::map<std::string, std::int64_t> allocatable;  // likewise
    std::map<std::string, std::string> versions;      // "kubelet", "kernel", "OS image", "runtime"
};

struct DaemonSet {
    std::string space;
    std::string name;
    std::string part;    // as StackPart
    std::string family;  // name of the adapter whose part it is, "" if not known
    std::map<std::string, std::string> node_selector;
    std::vector<Term> affinity;  // required; empty: none
    std::vector<Tolerated> tolerations;
};

// Why a pod does not do its work.
struct Trouble {
    enum class Kind { unscheduled, pull, config, crash, waiting, unready };
    Kind kind = Kind::unready;
    std::string container;
    std::string words;      // "CrashLoopBackOff after 5 restarts, exit code 1"
    std::string last_line;  // of the container's log, where it was read
};

struct PodFacts {
    std::string space;
    std::string name;
    std::string uid;
    std::string node;
    std::string daemon_set;  // that owns it, "" if none does
    std::string phase;
    bool over = false;                             // it has ended, or is being deleted
    bool claims = false;                           // it asks for devices by claims
    std::map<std::string, std::int64_t> requests;  // extended resources
    std::optional<Trouble> trouble;
};

struct SliceDevice {
    std::string name;
    std::string driver_version;
    std::vector<Taint> taints;
};

struct SliceFacts {
    std::string name;
    std::string driver;
    std::string pool;
    std::string node;
    std::int64_t generation = 0;
    std::int64_t count = 0;  // resourceSliceCount
    std::vector<SliceDevice> devices;
};

struct ClaimFacts {
    struct Device {
        std::string driver;
        std::string pool;
        std::string name;
    };
    std::string space;
    std::string name;
    std::int64_t created = -1;
    std::vector<Device> devices;                      // allocated
    std::map<std::string, std::string> reserved_for;  // pods: uid -> name
};

struct EventFacts {
    std::string kind;  // of the object it is about
    std::string space;
    std::string object;
    std::string reason;
    std::string message;
    std::string node;  // who says so, or what it is about
    std::int64_t last = -1;
};

struct LeaseFacts {
    std::string node;
    std::int64_t renewed = -1;
    std::int64_t lasts = 0;
};

NodeFacts node_facts(const kube::Json& object);
// Nothing if it is no part of an accelerator's stack: neither an adapter names it, nor does it
// mount what device plugins and DRA drivers must mount.
std::optional<DaemonSet> daemon_set_facts(const kube::Json& object,
                                          const std::vector<Adapter>& adapters);
// now: of the cluster's own clock.
PodFacts pod_facts(const kube::Json& object, std::int64_t now);
std::optional<Trouble> trouble_of(const kube::Json& pod, std::int64_t now);
// The last line that says something.
std::string last_line_of(const std::string& log);
SliceFacts slice_facts(const kube::Json& object);
ClaimFacts claim_facts(const kube::Json& object);
EventFacts event_facts(const kube::Json& object);
LeaseFacts lease_facts(const kube::Json& object);

}  // namespace assay::triage
