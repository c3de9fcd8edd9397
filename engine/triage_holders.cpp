// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/triage_chain.h"

namespace assay::triage {

namespace {

constexpr std::int64_t shown_s = 3600;  // as long as the API server keeps events by default
constexpr std::size_t shown = 3;

}  // namespace

std::vector<Holder> holders_on(const NodeFacts& node, const Index& index) {
    std::vector<Holder> result;
    for (const auto& [claim, device] : index.claimed(node.name)) {
        std::vector<std::string> pods;
        pods.reserve(claim->reserved_for.size());
        for (const auto& [uid, pod] : claim->reserved_for) {
            pods.push_back(fmt::format("pod {}/{}", claim->space, pod));
        }
        result.push_back({pods.empty() ? fmt::format("claim {}/{}", claim->space, claim->name)
                                       : fmt::format("{}", fmt::join(pods, ", ")),
                          fmt::format("{} {}", device->driver, device->name)});
    }
    for (const PodFacts* pod : index.pods(node.name)) {
        for (const auto& [resource, count] : pod->requests) {
            if (!pod->over && !index.offers().family_of_resource(resource).empty()) {
                result.push_back({fmt::format("pod {}/{}", pod->space, pod->name),
                                  fmt::format("{}: {}", resource, count)});
            }
        }
    }
    std::ranges::sort(result);
    return result;
}

std::vector<std::string> warnings_of(const NodeFacts& node, const Index& index) {
    std::vector<std::string> result;
    for (const EventFacts* event : index.events(node.name)) {
        const bool recent = index.snapshot().now - event->last <= shown_s;
        const bool ours =
            event->kind == "Node" || index.pod(event->space, event->object) != nullptr;
        std::string words = fmt::format("{} {}{}: {}: {}", event->kind,
                                        event->space.empty() ? "" : event->space + "/",
                                        event->object, event->reason, event->message);
        const bool fresh = std::ranges::find(result, words) == result.end();
        if (recent && ours && fresh && result.size() < shown) {
            result.push_back(std::move(words));
        }
    }
    return result;
}

}  // namespace assay::triage
