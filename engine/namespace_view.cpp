// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/namespace_view.h"

#include <fmt/format.h>

#include "engine/pod_conditions.h"

namespace assay {

namespace {

using kube::Json;

// "spec.initContainers{before}" -> "before"; the kubelet names so whom an event is about.
std::string container_of(const Json& event) {
    const std::string path = kube::text(event, {"involvedObject", "fieldPath"});
    const std::size_t open = path.find('{');
    return open == std::string::npos || !path.ends_with('}')
               ? ""
               : path.substr(open + 1, path.size() - open - 2);
}

bool has_ended(const Json& pod) {
    const std::string phase = kube::text(pod, {"status", "phase"});
    return phase == "Succeeded" || phase == "Failed";
}

// By the pod they are about, oldest first.
std::map<std::string, std::vector<PodWarning>> warnings_in(const kube::Snapshot& events) {
    std::map<std::string, std::multimap<std::string, PodWarning>> dated;
    for (const auto& [name, event] : events) {
        if (kube::text(event, {"type"}) == "Warning" &&
            kube::text(event, {"involvedObject", "kind"}) == "Pod") {
            dated[kube::text(event, {"involvedObject", "name"})].emplace(
                kube::text(event, {"metadata", "creationTimestamp"}),
                PodWarning{.words = fmt::format("{}: {}", kube::text(event, {"reason"}),
                                                kube::text(event, {"message"})),
                           .container = container_of(event)});
        }
    }
    std::map<std::string, std::vector<PodWarning>> result;
    for (const auto& [pod, entries] : dated) {
        for (const auto& [time, warning] : entries) {
            result[pod].push_back(warning);
        }
    }
    return result;
}

}  // namespace

NamespaceView::NamespaceView(const kube::Client& client, std::string namespace_name,
                             std::chrono::steady_clock::time_point deadline,
                             const std::optional<kube::Resource>& claims, Said said)
    : client_(&client),
      namespace_(std::move(namespace_name)),
      deadline_(deadline),
      said_(std::move(said)),
      claims_settled_(!claims) {
    pod_watch_ = std::jthread([this](const std::stop_token& stop) { watch_pods(stop); });
    event_watch_ = std::jthread([this](const std::stop_token& stop) { watch_events(stop); });
    if (claims) {
        claim_watch_ = std::jthread([this, resource = *claims](const std::stop_token& stop) {
            watch_claims(resource, stop);
        });
    }
}

NamespaceView::~NamespaceView() {
    pod_watch_.request_stop();
    event_watch_.request_stop();
    claim_watch_.request_stop();
}

void NamespaceView::fail(kube::Error error) {
    if (error.kind == kube::Error::Kind::cancelled) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    error_ = std::move(error);
    changed_.notify_all();
}

void NamespaceView::watch_pods(const std::stop_token& stop) {
    const auto publish = [this](const kube::Snapshot& pods) {
        const std::scoped_lock lock(mutex_);
        for (const auto& [name, pod] : pods_) {
            vanished_.insert(name);
        }
        pods_ = pods;
        for (const auto& [name, pod] : pods_) {
            vanished_.erase(name);
            note_binding(name, pod);
            note_claims(name, pod);
        }
        changed_.notify_all();
        return kube::Verdict::waiting("the view is kept until the check ends");
    };
    const auto ended =
        kube::wait_until(*client_, kube::pods, namespace_, {}, publish, {deadline_, stop});
    if (!ended) {
        fail(ended.error());
    }
}

void NamespaceView::watch_events(const std::stop_token& stop) {
    const auto publish = [this](const kube::Snapshot& events) {
        auto warnings = warnings_in(events);
        const std::scoped_lock lock(mutex_);
        warnings_ = std::move(warnings);
        changed_.notify_all();
        return kube::Verdict::waiting("the view is kept until the check ends");
    };
    // Events only explain; a cluster that does not show them is still watched by its pods.
    static_cast<void>(
        kube::wait_until(*client_, kube::events, namespace_, {}, publish, {deadline_, stop}));
}

void NamespaceView::watch_claims(const kube::Resource& resource, const std::stop_token& stop) {
    const auto publish = [this](const kube::Snapshot& claims) {
        const std::scoped_lock lock(mutex_);
        for (auto& [name, seen] : claims_) {
            seen.gone = !claims.contains(name);
        }
        for (const auto& [name, claim] : claims) {
            SeenClaim& seen = claims_[name];
            if (kube::find(claim, {"status", "allocation"}) != nullptr) {
                seen.allocated = claim;
            }
        }
        claims_settled_ = true;
        changed_.notify_all();
        return kube::Verdict::waiting("the view is kept until the check ends");
    };
    // Without it, what a pod was allocated that has ended may not be known: inconclusive.
    auto ended = kube::wait_until(*client_, resource, namespace_, {}, publish, {deadline_, stop});
    const std::scoped_lock lock(mutex_);
    claims_settled_ = true;
    if (!ended) {
        claims_error_ = std::move(ended.error());
    }
    changed_.notify_all();
}

// With mutex_ held.
void NamespaceView::note_binding(const std::string& name, const Json& pod) {
    const std::string node = kube::text(pod, {"spec", "nodeName"});
    if (!node.empty() && !bound_.contains(name)) {
        bound_[name] = {.pod = {}, .node = node, .bound_at = std::chrono::steady_clock::now()};
    }
}

// With mutex_ held.
void NamespaceView::note_claims(const std::string& name, const Json& pod) {
    if (has_ended(pod) && claims_of_.contains(name)) {
        return;
    }
    std::vector<std::string> claims;
    for (const Json& status : kube::array(pod, {"status", "resourceClaimStatuses"})) {
        // Without a name: none was needed.
        if (std::string claim = kube::text(status, {"resourceClaimName"}); !claim.empty()) {
            claims.push_back(std::move(claim));
        }
    }
    claims_of_[name] = std::move(claims);
}

kube::Result<void> NamespaceView::wait_for_all(const std::set<std::string>& pods,
                                               const std::function<bool(const SeenPods&)>& is_so,
                                               const kube::Limit& limit) {
    std::unique_lock lock(mutex_);
    const auto decided = [&] {
        SeenPods seen;
        for (const std::string& name : pods) {
            const auto bound = bound_.find(name);
            SeenPod& one = seen[name];
            one = bound == bound_.end() ? SeenPod{} : bound->second;
            const auto found = pods_.find(name);
            one.pod = found == pods_.end() ? std::nullopt : std::optional(found->second);
        }
        return is_so(seen) || error_.has_value();
    };
    const bool met = changed_.wait_until(lock, limit.stop, limit.deadline, decided);
    if (error_) {
        return std::unexpected(*error_);
    }
    if (met) {
        return {};
    }
    const bool cancelled = limit.stop.stop_requested();
    return std::unexpected(
        kube::Error{cancelled ? kube::Error::Kind::cancelled : kube::Error::Kind::timeout, 0, "",
                    cancelled ? "the run was interrupted" : "the time was up"});
}

void NamespaceView::await_claims(const kube::Limit& limit) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, limit.stop, limit.deadline, [this] { return claims_settled_; });
}

kube::Result<kube::Json> NamespaceView::allocated_claim(const std::string& name,
                                                        const kube::Limit& limit) {
    using Kind = kube::Error::Kind;
    std::unique_lock lock(mutex_);
    const auto shown = [&] {
        const auto found = claims_.find(name);
        return found != claims_.end() && (found->second.allocated || found->second.gone);
    };
    changed_.wait_until(lock, limit.stop, limit.deadline,
                        [&] { return shown() || claims_error_.has_value(); });
    if (shown()) {
        if (const auto& allocated = claims_.at(name).allocated) {
            return *allocated;
        }
        return std::unexpected(
            kube::Error{Kind::not_found, 0, "", "it went before the watch showed it allocated"});
    }
    if (claims_error_) {
        return std::unexpected(*claims_error_);
    }
    return std::unexpected(
        kube::Error{Kind::timeout, 0, "", "the watch of claims has not shown how it ended"});
}

std::optional<kube::Json> NamespaceView::pod(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const auto found = pods_.find(name);
    return found == pods_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> NamespaceView::claims_of(const std::string& pod) const {
    const std::scoped_lock lock(mutex_);
    const auto found = claims_of_.find(pod);
    return found == claims_of_.end() ? std::vector<std::string>{} : found->second;
}

// With mutex_ held: the observer may not come back into this view.
void NamespaceView::say_obstacle(const std::string& pod, const std::optional<Json>& object,
                                 std::string& last) const {
    if (!said_ || !object) {
        return;
    }
    const auto warnings = warnings_.find(pod);
    const std::string words = obstacle(
        *object, warnings == warnings_.end() ? std::vector<PodWarning>{} : warnings->second);
    if (!words.empty() && words != last) {
        said_(pod, words);
        last = words;
    }
}

kube::Result<PodWait> NamespaceView::wait_for(const std::string& pod, const PodCondition& condition,
                                              const kube::Limit& limit) {
    std::unique_lock lock(mutex_);
    PodWait result;
    std::string said;  // the obstacle last told of
    const auto decided = [&] {
        const auto found = pods_.find(pod);
        const Json* object = found == pods_.end() ? nullptr : &found->second;
        result.verdict = condition(object, warnings_[pod]);
        result.pod = object == nullptr ? std::nullopt : std::optional(*object);
        if (result.verdict.progress == kube::Progress::waiting && vanished_.contains(pod)) {
            result.verdict = kube::Verdict::impossible(
                fmt::format("pod {} is gone, and this run did not delete it", pod));
        }
        if (result.verdict.progress != kube::Progress::met) {
            say_obstacle(pod, result.pod, said);
        }
        return error_.has_value() || result.verdict.progress != kube::Progress::waiting;
    };
    changed_.wait_until(lock, limit.stop, limit.deadline, decided);
    if (result.verdict.progress != kube::Progress::waiting) {
        return result;
    }
    if (error_) {
        return std::unexpected(*error_);
    }
    if (limit.stop.stop_requested()) {
        return std::unexpected(
            kube::Error{kube::Error::Kind::cancelled, 0, "", "the run was interrupted"});
    }
    return std::unexpected(kube::Error{kube::Error::Kind::timeout, 0, "", result.verdict.reason});
}

}  // namespace assay
