// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Data about one vendor's or project's part: how its devices look and what a tenant may try to get
// at them. Immutable once loaded; any thread.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay {

struct DeviceNode {
    std::string path;    // ECMAScript regular expression over the whole path
    std::string number;  // likewise over the device number ("c:195:0"); "" where it is not fixed
    bool accelerator = true;  // false: a control node, which gives no device by itself
};

// One way a tenant asks the container runtime for a device it was not allocated.
struct Forge {
    std::string id;  // of the assertion it serves, without its suffix: "env_all"
    std::vector<std::pair<std::string, std::string>> env;
    std::vector<std::pair<std::string, std::string>> annotations;  // of the pod
    std::vector<std::pair<std::string, std::string>> host_paths;   // path on the node -> mountPath
    std::string uuid_in;  // this variable gets the uuid of a device that somebody else holds
    std::string image;  // variant of the probe image that carries the variable: "visible", "legacy"
};

// A DaemonSet of a vendor's stack, by what it does on a node.
struct StackPart {
    std::string part;  // "driver", "toolkit", "device-plugin", "dra-driver", "labeller", "exporter"
    std::string daemon_set;  // ECMAScript regular expression over its whole name
};

// How the vendor's part shows on a node and among the workloads, for `assay triage`.
struct Stack {
    std::vector<std::string> node_labels;  // "KEY" or "KEY=VALUE": the node has such hardware
    std::vector<std::string> driver_version_labels;  // the first one there tells the version
    std::vector<std::string> partition_resources;    // regular expressions: parts of a device
    std::vector<StackPart> parts;
};

struct Adapter {
    std::string role;  // "accelerator", "network", "fabric"
    std::string name;
    std::string vendor;
    std::vector<std::string> driver_names;    // of DRA drivers
    std::vector<std::string> resource_names;  // of device plugins
    std::vector<std::string> device_classes;  // preferred first
    std::vector<DeviceNode> device_nodes;     // empty: unknown, what an owner opens is compared
    bool hands_no_device_nodes = false;       // isolation cannot be observed with it
    // Prefix of the variables by which the driver shows a container its devices ("" if it has
    // none): such a variable's value is a device's name.
    std::string device_variables = {};
    std::vector<Forge> forge;
    std::vector<std::string> lacks;  // ids of ways of asking that this vendor's runtime has not
    Stack stack;
    // What the probe computes with on its devices: "cuda", "cpu" in their place; "" where this
    // version has nothing.
    std::string compute = {};
    bool simulated = false;
    std::string tried;  // "real", "stand-in" or "no"
};

// "real", "stand-in" or "no".
bool is_tried(std::string_view word);

// A file of adapters/, of whatever role.
struct AdapterFile {
    std::string name;
    std::string content;
};

// The embedded ones and then those of folder (every *.yaml below it), if one is given. Throws
// DataError where the folder cannot be read.
std::vector<AdapterFile> adapter_files(const std::string& folder);

std::expected<Adapter, std::string> parse_adapter(std::string_view yaml, const std::string& name);

// Those of accelerators, networks and fabrics; components have a reader of their own.
std::expected<std::vector<Adapter>, std::string> load_adapters(const std::string& folder = {});

// Whether an adapter's expression is given and matches the whole text. What a cluster says may be
// of any length, and libstdc++ matches at a depth of it: a text longer than any path is no match.
bool matches(const std::string& text, const std::string& expression);

const Adapter* adapter_of_driver(const std::vector<Adapter>& adapters, std::string_view driver);
const Adapter* adapter_of_resource(const std::vector<Adapter>& adapters, std::string_view resource);

}  // namespace assay
