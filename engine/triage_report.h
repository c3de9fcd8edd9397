// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What `assay triage` says of the nodes it looked at. Values; any thread. Text in it comes from the
// cluster and is not fit to print as it is.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace assay::triage {

// The links of the chain from a machine to an accelerator that a pod can have, in their order: what
// is broken first explains what comes after it.
enum class Link {
    node,          // the Node object
    heartbeat,     // the kubelet reports
    ready,         // and says that the node is Ready, without pressure
    cordon,        // the scheduler may use it
    taint,         // no taint that its pool has not
    label,         // the stack's DaemonSets select it
    pod,           // their pods are there and run
    registration,  // the kubelet, or the API server, has heard of the devices
    slices,        // all of them: the pool's newest generation is complete
    devices,       // healthy, as many as on its peers
    device_taint,  // and open to the scheduler
    preparation,   // pods are given what they were promised
    holder,        // no device is held for a pod that is gone
    companion,     // labeller and exporter run
    skew,          // its versions are those of its peers
};

std::string_view to_string(Link link);

struct Finding {
    Link link = Link::node;
    std::string cause;  // one sentence
    std::string next;   // a command to copy
};

// Who has devices of a node.
struct Holder {
    std::string who;   // "pod NAMESPACE/NAME"
    std::string what;  // "nvidia.com/gpu: 2", "gpu.nvidia.com gpu-0"

    friend auto operator<=>(const Holder&, const Holder&) = default;
};

struct NodeReport {
    std::string name;
    std::map<std::string, std::int64_t> accelerators;  // offered, by vendor's adapter or driver
    std::vector<Finding> findings;                     // the first one is the cause
    std::vector<Holder> holders;
    std::vector<std::string> warnings;  // the newest warning events about it, newest first
    std::map<std::string, std::string> versions;
};

// What could not be read, and what is not known for that.
struct Unseen {
    std::string what;  // "pods"
    std::string why;   // the server's words
    std::string then;  // "the stack's pods and who holds the devices are not seen"
    bool link = true;  // a link of the chain is not seen; false: words only are missing
};

struct Report {
    std::string scope;              // "pool a=b", "node x", "every node with a sign of …"
    std::vector<NodeReport> nodes;  // by name; those that have, or should have, accelerators
    std::size_t others = 0;         // nodes of the scope that neither have nor should have any
    std::vector<std::string> looked_for;  // where none has any
    std::vector<Unseen> unseen;
    std::string none;   // why there is nothing to look at; "" if there is
    int exit_code = 0;  // 0 nothing found; 1 something; 4 not all could be seen, or there is
                        // nothing to look at; 5 no node is in the scope

    std::size_t broken() const;
};

}  // namespace assay::triage
