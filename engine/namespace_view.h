// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The pods of one namespace and the warnings about them, kept up to date by two watches. A waiting
// check is woken by what the cluster says, in its own words. Thread contract: all members from any
// thread; the destructor ends both watches.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "kube/watch.h"

namespace assay {

// What an event warns of.
struct PodWarning {
    std::string words;      // "FailedScheduling: 0/2 nodes are available: …"
    std::string container;  // that it is about; "" for the pod as a whole
};

// Pure: the pod as last seen (nullptr: not there) and the warnings about it, oldest first.
using PodCondition =
    std::function<kube::Verdict(const kube::Json* pod, const std::vector<PodWarning>& warnings)>;

struct PodWait {
    kube::Verdict verdict;          // met or impossible
    std::optional<kube::Json> pod;  // as it was decided on
};

// A pod as the watch has shown it.
struct SeenPod {
    std::optional<kube::Json> pod;  // nullopt: gone, or not there yet
    std::string node;               // that it was first seen bound to
    std::optional<std::chrono::steady_clock::time_point> bound_at = {};  // when that was seen
};

using SeenPods = std::map<std::string, SeenPod>;

// A ResourceClaim as the watch has shown it.
struct SeenClaim {
    std::optional<kube::Json> allocated;  // as it last was while something was allocated to it
    bool gone = false;
};

class NamespaceView {
public:
    // Told once of each obstacle that a wait meets, by the waiting thread.
    using Said = std::function<void(const std::string& pod, const std::string& words)>;

    // claims: ResourceClaims in the version served; nullopt: they are not watched.
    NamespaceView(const kube::Client& client, std::string namespace_name,
                  std::chrono::steady_clock::time_point deadline,
                  const std::optional<kube::Resource>& claims = {}, Said said = {});
    ~NamespaceView();
    NamespaceView(const NamespaceView&) = delete;
    NamespaceView& operator=(const NamespaceView&) = delete;

    // Error::Kind::timeout carries the condition's last reason. A pod that was seen and is gone
    // meets no condition any more: impossible, unless the condition is met by its absence.
    kube::Result<PodWait> wait_for(const std::string& pod, const PodCondition& condition,
                                   const kube::Limit& limit);
    // The same for several pods, by what was seen of them from the beginning.
    kube::Result<void> wait_for_all(const std::set<std::string>& pods,
                                    const std::function<bool(const SeenPods&)>& is_so,
                                    const kube::Limit& limit);
    std::optional<kube::Json> pod(const std::string& name) const;
    // The ResourceClaims made for the pod, as its status named them before it ended: of an ended
    // pod whose claim was removed, Kubernetes 1.37 makes another, and names that one there
    // (pkg/controller/resourceclaim, podNeedsWork).
    std::vector<std::string> claims_of(const std::string& pod) const;
    // Returns when the claims are in view, or cannot be: of one that comes and goes before that,
    // nothing is known afterwards. Nor is it if the limit is reached.
    void await_claims(const kube::Limit& limit);
    // The claim as it last was while something was allocated to it: the cluster removes a pod's
    // claims when its containers have ended. A watch may be behind what was just read, so this
    // waits until it shows the claim so, or shows that it is gone; the error says why it is not
    // known how it was.
    kube::Result<kube::Json> allocated_claim(const std::string& name, const kube::Limit& limit);

private:
    void watch_pods(const std::stop_token& stop);
    void watch_events(const std::stop_token& stop);
    void watch_claims(const kube::Resource& resource, const std::stop_token& stop);
    void fail(kube::Error error);
    void note_binding(const std::string& name, const kube::Json& pod);
    void note_claims(const std::string& name, const kube::Json& pod);
    void say_obstacle(const std::string& pod, const std::optional<kube::Json>& object,
                      std::string& last) const;

    const kube::Client* client_;
    std::string namespace_;
    std::chrono::steady_clock::time_point deadline_;
    Said said_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    kube::Snapshot pods_;
    std::set<std::string> vanished_;  // pods that were seen and are gone
    SeenPods bound_;                  // pods that were seen bound, without the pods
    std::map<std::string, std::vector<std::string>> claims_of_;  // by pod
    std::map<std::string, SeenClaim> claims_;
    bool claims_settled_;                      // listed, or not to be had
    std::optional<kube::Error> claims_error_;  // that ended their watch
    std::map<std::string, std::vector<PodWarning>> warnings_;
    std::optional<kube::Error> error_;
    std::jthread pod_watch_;
    std::jthread event_watch_;
    std::jthread claim_watch_;
};

}  // namespace assay
