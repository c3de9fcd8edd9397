// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Reads from a pod's status why it does not do its work.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/run_id.h"
#include "engine/triage_facts.h"

namespace assay::triage {

namespace {

using kube::Json;
using Kind = Trouble::Kind;

constexpr std::int64_t settling_s = 60;   // that a start may take before it is worth a word
constexpr std::int64_t recently_s = 600;  // a crash that is longer ago has been got over
constexpr std::int64_t often = 2;         // restarts; one is forgiven a container that is ready

constexpr std::array pull_reasons{
    "ErrImagePull",      "ImagePullBackOff",    "ErrImageNeverPull",        "InvalidImageName",
    "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"};
constexpr std::array starting_reasons{"PodInitializing", "ContainerCreating", ""};

bool among(const auto& list, const std::string& word) {
    return std::ranges::find(list, word) != list.end();
}

bool is_old(const std::string& since, std::int64_t now, std::int64_t seconds) {
    const std::int64_t then = seconds_of(since);
    return then >= 0 && now >= 0 && now - then > seconds;
}

// "exit code 1 (Error): message"
std::string ending(const Json& terminated) {
    std::string words = fmt::format("exit code {}", kube::integer(terminated, {"exitCode"}));
    if (const std::string reason = kube::text(terminated, {"reason"}); !reason.empty()) {
        words += fmt::format(" ({})", reason);
    }
    if (const std::string message = kube::text(terminated, {"message"}); !message.empty()) {
        words += ": " + message;
    }
    return words;
}

std::string crash_words(const Json& status, const std::string& state, const Json& terminated) {
    return fmt::format("{} after {} restart(s), {}", state, kube::integer(status, {"restartCount"}),
                       ending(terminated));
}

std::optional<Trouble> waiting_trouble(const Json& status, const Json& waiting, bool old) {
    const std::string container = kube::text(status, {"name"});
    const std::string reason = kube::text(waiting, {"reason"});
    const std::string message = kube::text(waiting, {"message"});
    const std::string words = message.empty() ? reason : fmt::format("{}: {}", reason, message);
    if (among(pull_reasons, reason)) {
        return Trouble{Kind::pull, container, words, {}};
    }
    if (reason == "CrashLoopBackOff") {
        const Json& last = kube::object(status, {"lastState", "terminated"});
        return Trouble{Kind::crash, container, crash_words(status, reason, last), {}};
    }
    if (!among(starting_reasons, reason)) {
        return Trouble{Kind::config, container, words, {}};
    }
    return old ? std::optional(Trouble{
                     Kind::waiting, container, words.empty() ? "has not started" : words, {}})
               : std::nullopt;
}

std::optional<Trouble> running_trouble(const Json& status, const Json& running, std::int64_t now,
                                       bool init) {
    const std::string container = kube::text(status, {"name"});
    const bool ready = kube::boolean(status, {"ready"});
    const Json* last = kube::find(status, {"lastState", "terminated"});
    const bool crashed = last != nullptr && kube::integer(*last, {"exitCode"}) != 0 &&
                         !is_old(kube::text(*last, {"finishedAt"}), now, recently_s);
    if (crashed && (!ready || kube::integer(status, {"restartCount"}) >= often)) {
        return Trouble{Kind::crash, container, crash_words(status, "running again", *last), {}};
    }
    const bool old = is_old(kube::text(running, {"startedAt"}), now, settling_s);
    // A sidecar is an init container that goes on, and says so.
    if (init && old && !kube::boolean(status, {"started"})) {
        return Trouble{Kind::waiting, container, "init container still runs", {}};
    }
    if (!init && old && !ready) {
        return Trouble{Kind::unready, container, "runs and is not ready", {}};
    }
    return std::nullopt;
}

std::optional<Trouble> container_trouble(const Json& status, std::int64_t now, bool init,
                                         bool old) {
    const std::string container = kube::text(status, {"name"});
    if (const Json* waiting = kube::find(status, {"state", "waiting"})) {
        return waiting_trouble(status, *waiting, old);
    }
    if (const Json* terminated = kube::find(status, {"state", "terminated"})) {
        const bool done = init && kube::integer(*terminated, {"exitCode"}) == 0;
        return done ? std::nullopt
                    : std::optional(Trouble{
                          Kind::crash, container, crash_words(status, "ended", *terminated), {}});
    }
    if (const Json* running = kube::find(status, {"state", "running"})) {
        return running_trouble(status, *running, now, init);
    }
    return std::nullopt;
}

std::optional<Trouble> trouble_of_containers(const Json& pod, std::int64_t now, bool old) {
    for (const bool init : {true, false}) {
        const char* list = init ? "initContainerStatuses" : "containerStatuses";
        for (const Json& status : kube::array(pod, {"status", list})) {
            auto trouble = container_trouble(status, now, init, old);
            // Behind an init container the others wait; they are not what is wrong.
            if (trouble &&
                (init || trouble->kind != Kind::waiting ||
                 kube::text(status, {"state", "waiting", "reason"}) != "PodInitializing")) {
                return trouble;
            }
        }
    }
    return std::nullopt;
}

}  // namespace

std::string last_line_of(const std::string& log) {
    constexpr const char* blanks = " \t\r\n";
    const std::size_t end = log.find_last_not_of(blanks);
    if (end == std::string::npos) {
        return {};
    }
    const std::size_t before = log.find_last_of('\n', end);
    return log.substr(before == std::string::npos ? 0 : before + 1,
                      end - (before == std::string::npos ? 0 : before + 1) + 1);
}

std::optional<Trouble> trouble_of(const Json& pod, std::int64_t now) {
    const std::string phase = kube::text(pod, {"status", "phase"});
    const std::string going = kube::text(pod, {"metadata", "deletionTimestamp"});
    if (!going.empty()) {
        return is_old(going, now, settling_s)
                   ? std::optional(Trouble{Kind::waiting, {}, "does not finish terminating", {}})
                   : std::nullopt;
    }
    if (phase == "Failed") {
        return Trouble{Kind::crash,
                       {},
                       fmt::format("Failed, {}: {}", kube::text(pod, {"status", "reason"}),
                                   kube::text(pod, {"status", "message"})),
                       {}};
    }
    const bool old = is_old(kube::text(pod, {"metadata", "creationTimestamp"}), now, settling_s);
    for (const Json& condition : kube::array(pod, {"status", "conditions"})) {
        if (kube::text(condition, {"type"}) == "PodScheduled" &&
            kube::text(condition, {"status"}) == "False") {
            return Trouble{Kind::unscheduled,
                           {},
                           fmt::format("not scheduled, {}: {}", kube::text(condition, {"reason"}),
                                       kube::text(condition, {"message"})),
                           {}};
        }
    }
    if (auto trouble = trouble_of_containers(pod, now, old)) {
        return trouble;
    }
    const bool silent = kube::array(pod, {"status", "containerStatuses"}).empty();
    return phase == "Pending" && silent && old
               ? std::optional(Trouble{Kind::waiting, {}, "the kubelet has not begun it", {}})
               : std::nullopt;
}

}  // namespace assay::triage
