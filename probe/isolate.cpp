// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/isolate.h"

#include <set>

#include "probe/device_nodes.h"

namespace assay::probe {

namespace {

void try_node(const DeviceNode& node, const NeverOpen& never, const KernelCalls& kernel,
              Attempts& attempts) {
    Attempt attempt{
        .number = node.number.text(), .path = node.path, .by = "node", .error = "", .why = ""};
    if (const std::string_view reason = never.reason(node.number, node.path); !reason.empty()) {
        attempt.why = reason;
        attempts.skipped.push_back(std::move(attempt));
        return;
    }
    attempts.settle(std::move(attempt), kernel.open_device(node.path));
}

void try_named(const std::string& path, const NeverOpen& never, const KernelCalls& kernel,
               Attempts& attempts) {
    Attempt attempt{.number = "", .path = path, .by = "node", .error = "", .why = ""};
    struct stat found{};
    if (const int error = kernel.stat(path, found); error != 0) {
        attempts.settle(std::move(attempt), error);
    } else if (is_device_node(found)) {
        try_node({path, number_of(found)}, never, kernel, attempts);
    } else {
        attempt.why = "not a device node";
        attempts.skipped.push_back(std::move(attempt));
    }
}

}  // namespace

Attempts attempt_all(const Targets& targets, const NeverOpen& never, const KernelCalls& kernel) {
    Attempts attempts;
    const DeviceTree tree = find_device_nodes(targets.dev_root, kernel);
    std::set<std::string> seen;
    for (const DeviceNode& node : tree.nodes) {
        try_node(node, never, kernel, attempts);
        seen.insert(node.path);
    }
    for (const auto& [path, error] : tree.unseen) {
        // Whatever errno it was: what could not be listed may hold devices.
        attempts.unclear.push_back(
            {.number = "", .path = path, .by = "node", .error = errno_name(error), .why = ""});
    }
    for (const std::string& path : targets.nodes) {
        if (seen.insert(path).second) {
            try_named(path, never, kernel, attempts);
        }
    }
    guess(targets.numbers, targets.guess_in, never, kernel, attempts);
    return attempts;
}

}  // namespace assay::probe
