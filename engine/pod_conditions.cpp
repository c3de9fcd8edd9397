// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/pod_conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace assay {

namespace {

using kube::Json;
using kube::Verdict;

// Reasons a container waits for that no time heals.
constexpr std::array<std::string_view, 7> hopeless{
    "ErrImageNeverPull",    "ImagePullBackOff",           "InvalidImageName", "ImageInspectError",
    "CreateContainerError", "CreateContainerConfigError", "RunContainerError"};

// Of a first pull that failed, what another try ten seconds later does not change: the registry has
// answered, or has no address. Containerd's and CRI-O's words.
constexpr std::array<std::string_view, 8> lasting_pull_failures{
    "not found", "manifest unknown",     "401 Unauthorized", "403 Forbidden",
    "denied",    "authorization failed", "no such host",     "no basic auth credentials"};

const Json& status_of(const Json& pod, const std::string& container) {
    static const Json none = Json::object();
    for (const char* list :
         {"initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"}) {
        for (const Json& status : kube::array(pod, {"status", list})) {
            if (kube::text(status, {"name"}) == container) {
                return status;
            }
        }
    }
    return none;
}

// That the node refuses another container tells nothing of this one, which may have got all that
// it asked for.
bool concerns(const PodWarning& warning, std::string_view container) {
    return warning.container.empty() || warning.container == container;
}

std::string last_of(const std::vector<PodWarning>& warnings, std::string_view container = {}) {
    std::string last;
    for (const PodWarning& warning : warnings) {
        if (concerns(warning, container)) {
            last = "; " + warning.words;
        }
    }
    return last;
}

std::string scheduling_words(const Json& pod) {
    const std::string words = refusal_of_scheduler(pod);
    return words.empty() ? "the scheduler has not placed it" : words;
}

// What holds for every wait on a pod that is there, or on a container of it.
std::optional<Verdict> pointless(const Json& pod, const std::vector<PodWarning>& warnings,
                                 std::string_view container = {}) {
    for (const PodWarning& warning : warnings) {
        if (concerns(warning, container) && is_refusal(warning.words)) {
            return Verdict::impossible(warning.words);
        }
    }
    if (kube::find(pod, {"metadata", "deletionTimestamp"}) != nullptr) {
        return Verdict::impossible("the pod is being deleted, and not by this run");
    }
    if (kube::text(pod, {"status", "phase"}) == "Failed" &&
        kube::array(pod, {"status", "containerStatuses"}).empty()) {
        return Verdict::impossible(fmt::format("{}: {}", kube::text(pod, {"status", "reason"}),
                                               kube::text(pod, {"status", "message"})));
    }
    return std::nullopt;
}

std::optional<Verdict> hopeless_container(const Json& status) {
    const std::string reason = kube::text(status, {"state", "waiting", "reason"});
    const std::string message = kube::text(status, {"state", "waiting", "message"});
    const bool lasting = reason == "ErrImagePull" &&
                         std::ranges::any_of(lasting_pull_failures, [&](std::string_view words) {
                             return message.find(words) != std::string::npos;
                         });
    if (!lasting && std::ranges::find(hopeless, reason) == hopeless.end()) {
        return std::nullopt;
    }
    return Verdict::impossible(fmt::format("{}: {}", reason, message));
}

// A reason that stands for progress is no obstacle.
std::string container_obstacle(const Json& pod) {
    for (const char* list :
         {"initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"}) {
        for (const Json& status : kube::array(pod, {"status", list})) {
            const std::string reason = kube::text(status, {"state", "waiting", "reason"});
            if (!reason.empty() && reason != "ContainerCreating" && reason != "PodInitializing") {
                return fmt::format("{}: {}", reason,
                                   kube::text(status, {"state", "waiting", "message"}));
            }
        }
    }
    return {};
}

// No container starts before the init containers have ended well.
std::optional<Verdict> hopeless_init_container(const Json& pod, const std::string& container) {
    for (const Json& status : kube::array(pod, {"status", "initContainerStatuses"})) {
        const std::string name = kube::text(status, {"name"});
        if (name == container) {
            return std::nullopt;
        }
        if (const auto verdict = hopeless_container(status)) {
            return Verdict::impossible(fmt::format("init container {}: {}", name, verdict->reason));
        }
        const Json* ended = kube::find(status, {"state", "terminated"});
        if (ended != nullptr && kube::integer(*ended, {"exitCode"}) != 0) {
            return Verdict::impossible(fmt::format("init container {} ended with exit code {} ({})",
                                                   name, kube::integer(*ended, {"exitCode"}),
                                                   kube::text(*ended, {"reason"})));
        }
    }
    return std::nullopt;
}

std::string waiting_words(const Json& pod, const Json& status, std::string_view container,
                          const std::vector<PodWarning>& warnings) {
    if (kube::text(pod, {"spec", "nodeName"}).empty()) {
        return scheduling_words(pod) + last_of(warnings);
    }
    const std::string reason = kube::text(status, {"state", "waiting", "reason"}, "running");
    return fmt::format("container is {} on node {}{}", reason,
                       kube::text(pod, {"spec", "nodeName"}), last_of(warnings, container));
}

}  // namespace

std::string refusal_of_scheduler(const Json& pod) {
    for (const Json& condition : kube::array(pod, {"status", "conditions"})) {
        if (kube::text(condition, {"type"}) == "PodScheduled" &&
            kube::text(condition, {"status"}) == "False") {
            return fmt::format("{}: {}", kube::text(condition, {"reason"}),
                               kube::text(condition, {"message"}));
        }
    }
    return {};
}

std::string preparation_failure(const std::vector<PodWarning>& warnings) {
    std::string last;
    for (const auto& [words, container] : warnings) {
        // Not the driver's: the node authorizer hears of a new pod a moment after its kubelet does,
        // which then may not read the claim and asks again after a minute.
        const bool never_asked = words.find("fetch ResourceClaim") != std::string::npos;
        if (words.starts_with("FailedPrepareDynamicResources") && !never_asked) {
            last = words;
        }
    }
    return last;
}

bool is_refusal(const std::string& words) {
    // containerd: no runtime for "x" is configured; CRI-O: failed to find runtime handler x; the
    // CDI library: unresolvable CDI devices x (a device of that name exists nowhere on the node).
    return words.find("no runtime for ") != std::string::npos ||
           words.find("failed to find runtime handler") != std::string::npos ||
           words.find("unresolvable CDI devices") != std::string::npos;
}

bool is_shortage(const std::string& words) {
    // ResourceQuota's and ServiceAccount's admission: what is used up, or not known at this moment.
    return words.find("exceeded quota") != std::string::npos ||
           words.find("status unknown for quota") != std::string::npos ||
           words.find("error looking up service account") != std::string::npos;
}

std::string obstacle(const Json& pod, const std::vector<PodWarning>& warnings) {
    if (std::string words = container_obstacle(pod); !words.empty()) {
        return words;
    }
    if (!warnings.empty()) {
        return warnings.back().words;
    }
    const bool loose = kube::text(pod, {"spec", "nodeName"}).empty();
    const bool judged = !kube::array(pod, {"status", "conditions"}).empty();
    return loose && judged ? scheduling_words(pod) : "";
}

PodCondition pod_is_bound() {
    return [](const Json* pod, const std::vector<PodWarning>& warnings) {
        if (pod == nullptr) {
            return Verdict::waiting("the pod is not in the watch yet");
        }
        if (!kube::text(*pod, {"spec", "nodeName"}).empty()) {
            return Verdict::met();
        }
        if (auto verdict = pointless(*pod, warnings)) {
            return *verdict;
        }
        return Verdict::waiting(scheduling_words(*pod));
    };
}

PodCondition container_is_running(std::string container) {
    return [container = std::move(container)](const Json* pod,
                                              const std::vector<PodWarning>& warnings) {
        if (pod == nullptr) {
            return Verdict::waiting("the pod is not in the watch yet");
        }
        const Json& status = status_of(*pod, container);
        if (kube::find(status, {"state", "running"}) != nullptr) {
            return Verdict::met();
        }
        if (const Json* ended = kube::find(status, {"state", "terminated"})) {
            return Verdict::impossible(fmt::format("container {} ended with exit code {} ({})",
                                                   container, kube::integer(*ended, {"exitCode"}),
                                                   kube::text(*ended, {"reason"})));
        }
        for (const auto& verdict :
             {hopeless_container(status), hopeless_init_container(*pod, container),
              pointless(*pod, warnings, container)}) {
            if (verdict) {
                return *verdict;
            }
        }
        return Verdict::waiting(waiting_words(*pod, status, container, warnings));
    };
}

PodCondition container_has_ended(std::string container) {
    return [container = std::move(container)](const Json* pod,
                                              const std::vector<PodWarning>& warnings) {
        if (pod == nullptr) {
            return Verdict::waiting("the pod is not in the watch yet");
        }
        const Json& status = status_of(*pod, container);
        if (kube::find(status, {"state", "terminated"}) != nullptr) {
            return Verdict::met();
        }
        for (const auto& verdict :
             {hopeless_container(status), hopeless_init_container(*pod, container),
              pointless(*pod, warnings, container)}) {
            if (verdict) {
                return *verdict;
            }
        }
        return Verdict::waiting(waiting_words(*pod, status, container, warnings));
    };
}

PodCondition pod_is_gone() {
    return [](const Json* pod, const std::vector<PodWarning>& warnings) {
        return pod == nullptr ? Verdict::met()
                              : Verdict::waiting("the pod is still there" + last_of(warnings));
    };
}

}  // namespace assay
