// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// All that a running check may touch: its fixture, pods in a namespace of its own, what the probes
// in them report, and the ledger. Nothing here can change what the run did not create. Thread
// contract: one check's thread; every blocking call ends at the check's deadline or when the run is
// stopped.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/adapter.h"
#include "engine/bindings.h"
#include "engine/change.h"
#include "engine/claim.h"
#include "engine/component.h"
#include "engine/devices.h"
#include "engine/fixture.h"
#include "engine/inventory.h"
#include "engine/ledger.h"
#include "engine/matchers.h"
#include "engine/object.h"
#include "engine/observed.h"
#include "engine/pod_metrics.h"
#include "engine/pool_run.h"
#include "engine/probe_document.h"
#include "engine/profile.h"
#include "engine/slices.h"
#include "engine/traffic.h"

namespace assay {

class ScenarioState;
struct Placement;

// What one container's probe said.
class Report {
public:
    Report(std::expected<ProbeDocument, NoAnswer> document, Provenance provenance,
           std::shared_ptr<const Testimony> testimony, const ScenarioState* state);

    // Accelerators it opened by a device node that was there for it.
    Observed<Devices> reachable() const;
    // Accelerators it opened by a node it made itself from a guessed number. A refused mknod is no
    // answer: closed by policy.
    Observed<Devices> guessed() const;
    // Any device node of the vendor that it opened, control nodes too.
    Observed<Devices> vendor_nodes() const;
    // Accelerators the container was shown: by the adapter's variables where the driver names its
    // devices so, else reachable(). closed if neither is known for this driver.
    Observed<Devices> seen() const;
    // What the probe was called to do: a document is there.
    Observed<std::string> verb() const;
    // What the probe's client counted in that phase of its plan.
    Observed<TrafficPhase> phase(std::string_view name) const;
    // What it keeps busy with; no answer from one that was not told to.
    Observed<ProbeLoad> load() const;
    // Of an accelerator's memory: what it left there, what it found of a mark, what came of a
    // handle. No answer from a probe that was not told to.
    Observed<SharedMemory> shared_memory() const;
    Observed<SearchedMemory> searched_memory() const;
    Observed<OpenedHandle> opened_handle() const;
    // What the all-reduce came to that it was a rank of.
    Observed<AllReduced> all_reduced() const;
    const Provenance& provenance() const { return provenance_; }

private:
    using Counts = std::function<bool(const Opened&)>;
    Observed<Devices> opened(const Counts& counts) const;
    template <class T>
    Observed<T> told(std::optional<T> ProbeDocument::* member, std::string_view of) const;

    std::expected<ProbeDocument, NoAnswer> document_;
    Provenance provenance_;
    std::shared_ptr<const Testimony> testimony_;
    const ScenarioState* state_;
};

// A handle of a pod this check started; cheap to copy.
class Pod {
public:
    Pod(std::string name, PodManifest manifest, ScenarioState* state)
        : name_(std::move(name)), manifest_(std::move(manifest)), state_(state) {}

    // Waits for the container's document. Never throws for a pod that cannot run: the report then
    // has no answer and says why.
    Report report(std::string_view container) const;
    // What the resource framework says it gave the pod.
    Allocation allocated() const;
    const std::string& name() const { return name_; }
    const PodManifest& manifest() const { return manifest_; }
    // What the scheduler says: waits until the pod is bound or refused in its words.
    Observed<Scheduling> scheduling() const;
    // Waits until the scheduler has placed the pod, by when its claim is allocated; running is not
    // asked.
    Observed<Started> placed() const;
    // Waits until the container runs. That the scheduler never placed the pod or the driver did not
    // prepare its claim is a value; anything else that keeps it from running is no answer.
    Observed<Started> started(std::string_view container) const;
    // The health of its devices as the pod's status has it now: "Healthy", "Unknown", …; the first
    // that is not Healthy; "" if the status has none.
    Observed<std::string> device_health() const;
    // Its claim: its own of a template, the one it shares, or that of an extended resource.
    Claim claim() const;

private:
    Observed<Scheduling> scheduling_until_bound() const;

    std::string name_;
    PodManifest manifest_;
    ScenarioState* state_;
};

// Thrown by require() to end a check; caught by the runner.
struct CheckEnded {
    std::string why;
};

class Scenario {
public:
    explicit Scenario(ScenarioState& state) : state_(&state) {}

    PodManifest pod(std::string_view name) const;  // of the check's fixture
    Pod start(const PodManifest& manifest);
    // One that no device can be allocated to, so that it counts for none.
    Pod start_for_none(const PodManifest& manifest);
    // By another way of allocation: every accelerator that it offers on the node the manifest is
    // placed on. Nothing is started where that would take more than half of what it offers in all.
    std::optional<Pod> start_all_of(const AcceleratorKind& other, std::string_view node,
                                    const PodManifest& manifest);
    // Puts an ephemeral container of the pod's manifest into the running pod, as `kubectl debug`
    // does. Never throws for one that is refused: its report says so.
    void attach(const Pod& pod, std::string_view container);
    // Deletes the pod, or all of them at once, and waits until the API server has it no more.
    void end(const Pod& pod);
    void end(const std::vector<Pod>& pods);
    // Waits until it is so, at most that long (0: the profile's observe_s); the value is what the
    // scheduler had done with the pods by then.
    Observed<Bindings> bindings(const std::vector<Pod>& pods,
                                const std::function<bool(const Bindings&)>& is_so,
                                std::chrono::seconds at_most = {}) const;
    // What nobody else holds just now.
    Observed<FreeAccelerators> free_accelerators() const;
    // Other kinds of the same vendor on the node: a device plugin beside a DRA driver, say.
    std::vector<const AcceleratorKind*> other_ways(std::string_view node) const;
    // True where a device plugin allocates: each container that asks takes a device of its own.
    bool by_plugin() const;

    ClaimManifest claim(std::string_view name) const;  // of the check's fixture
    Claim make(const ClaimManifest& manifest);         // ends the check if it cannot be made
    // Asks for a claim and tells the answer; accepted, it is made.
    Observed<Answer> try_to_make(const ClaimManifest& manifest);
    // The same, and nothing is stored (dryRun).
    Observed<Answer> would_make(const ClaimManifest& manifest);

    ObjectManifest object(std::string_view kind, std::string_view name) const;  // of the fixture
    Object make(const ObjectManifest& manifest);  // ends the check if it cannot be made
    // Asks for an object and tells the answer; accepted, it is made.
    Observed<Answer> try_to_make(const ObjectManifest& manifest);
    Object made(const ObjectManifest& manifest, const Answer& accepted);  // its handle
    // The same, and nothing is stored (dryRun).
    Observed<Answer> would_make(const ObjectManifest& manifest);
    // Changes an object that this check made: an RFC 7396 merge patch, of a subresource ("scale")
    // if one is named.
    Observed<Answer> change(const Object& object, const kube::Json& merge,
                            std::string_view subresource = {});
    // Deletes the object and waits until the API server has it no more.
    void end(const Object& object);
    // Deletes an object that a controller made of one of this check's, as it was seen: by its UID.
    // One that the object does not own is nobody's to delete, and ends the check.
    void remove_child(const Object& owner, std::string_view api_version, std::string_view kind,
                      const ObjectState& child);
    // Deletes a pod of somebody's controller, as it was seen; only where the change is allowed.
    void restart(const ObjectState& pod);
    // Looks at objects of whomever, and waits until it is so, at most that long (0: the profile's
    // observe_s); the value is then what the server showed last. No wait without a condition.
    Observed<ObjectList> objects(const ObjectQuery& query,
                                 const std::function<bool(const ObjectList&)>& is_so = nullptr,
                                 std::chrono::seconds at_most = {}) const;
    // Sent once; what listens there answers, whatever its status. That the API server could not
    // reach it is no answer.
    Observed<Reply> ask(const Endpoint& endpoint, const Asked& asked) const;
    // Asks again until it is so, at most that long; the value is then the last answer. For what
    // tells nobody of a change, so that it cannot be watched.
    Observed<Reply> ask_until(const Endpoint& endpoint, const Asked& asked,
                              const std::function<bool(const Reply&)>& is_so,
                              std::chrono::seconds at_most) const;
    // Asks the custom metrics API of the pods of the check's namespace again until it is so, at
    // most that long; the value is then its last answer. That it has no such metric is one.
    Observed<PodMetrics> pod_metrics(const std::string& metric,
                                     const std::function<bool(const PodMetrics&)>& is_so,
                                     std::chrono::seconds at_most) const;
    // What --metric names; ours without it.
    std::string metric_name(std::string_view ours) const;
    // A handle of a pod that a controller made of one of this check's objects, as it was seen.
    Pod pod_of(const ObjectManifest& maker, const ObjectState& seen) const;
    std::chrono::seconds observes_for() const;  // the profile's observe_s
    // The name that an object of the fixture has in the cluster.
    std::string object_name(std::string_view name) const;
    const std::string& run_id() const;
    const std::string& namespace_name() const;
    // Installed components of the role, in the order of their data.
    std::vector<const Component*> components(std::string_view role) const;
    bool serves(std::string_view api_version, std::string_view kind) const;
    const kube::ApiGroup* api_group(std::string_view name) const;  // nullptr: not served
    // "PodGroup.scheduling.k8s.io" in the version that the server prefers; nullopt if none.
    std::optional<kube::Resource> served(std::string_view kind_and_group) const;
    // "not installed: …", with what was looked for.
    std::string none_installed(std::string_view role) const;
    // The kind examined; one without a name where the cluster has none.
    const AcceleratorKind& examined() const;
    // That of --scale-resource, "" if none.
    const std::string& scale_resource() const;
    bool allowed(Change change) const;
    // It would have needed --allow.
    void not_allowed(const Assertion& assertion, Change change);

    // The served version of resource.k8s.io, "" if none.
    Observed<std::string> dra_version() const;
    // What the driver of the kind examined publishes: waits until its pools are complete.
    Observed<Slices> slices() const;

    const std::vector<std::string>& runtime_classes() const;
    // The vendor's adapter, nullptr for an unknown vendor.
    const Adapter* adapter() const;
    // The extended resource that the kind's DeviceClass answers for, "" if it names none.
    const std::string& extended_resource() const;
    // Whether it is known by what a container sees a device of this driver.
    bool devices_are_shown() const;
    bool in_given_namespace() const;  // that of --namespace, which somebody else made
    bool intrusive() const;           // false under --no-intrusive
    bool has_image(std::string_view variant) const;
    // Accelerators of the kind examined that the node publishes, free or not.
    int accelerators_on(std::string_view node) const;
    // The same of every node.
    std::map<std::string, int> accelerators_by_node() const;
    // What the driver publishes of an accelerator with that uuid; nullptr if nothing.
    const PublishedDevice* published(std::string_view uuid) const;
    // Whether the lab's label is on the node, or the kind examined is a simulated one.
    bool is_simulated(const std::string& node) const;

    // One pod of the manifest on each of these nodes, made side by side, each asking for the
    // accelerators of its share; told of each as it ends. They hold at most half of all of
    // the shares at a time, unless more is allowed, and at most what the budget allows.
    void examine(const PodManifest& manifest, const std::vector<NodeShare>& shares,
                 const ToldOfNode& told);
    // Said at once, and not overwritten by what is said later.
    void notice(const std::string& words) const;
    // Of the table that the report has of this check.
    AcceleratorTable& table() const;
    // The profile's floors of this model.
    std::vector<const Floor*> floors_of(std::string_view model) const;

    template <class T, class Matcher>
    Outcome expect(const Assertion& assertion, const Observed<T>& observed,
                   const Matcher& matcher) {
        return record(assertion, judge(observed, matcher));
    }

    // As expect, and ends the check unless it passed.
    template <class T, class Matcher>
    void require(const Assertion& assertion, const Observed<T>& observed, const Matcher& matcher) {
        if (expect(assertion, observed, matcher) != Outcome::passed) {
            throw CheckEnded{std::string(assertion.id) + " did not hold"};
        }
    }

    // The assertion's static need cannot be met by this cluster's shape.
    void not_applicable(const Assertion& assertion, std::string why);
    // It should have been asked and was not.
    void not_asked(const Assertion& assertion, std::string why);
    // Nothing can be observed here: ends the check.
    [[noreturn]] void give_up(std::string why) { throw CheckEnded{std::move(why)}; }

private:
    template <class T, class Matcher>
    static Judgement judge(const Observed<T>& observed, const Matcher& matcher) {
        Judgement judgement{.held = false,
                            .expected = matcher.expected(),
                            .actual = {},
                            .provenance = observed.provenance,
                            .testimony = observed.testimony};
        if (!observed.value) {
            judgement.held = std::unexpected(observed.value.error());
            return judgement;
        }
        judgement.actual = matcher.actual(*observed.value);
        judgement.held = matcher.holds(*observed.value);
        if constexpr (requires { matcher.cannot_tell(*observed.value); }) {
            if (auto why = matcher.cannot_tell(*observed.value)) {
                judgement.held = std::unexpected(NoAnswer{.closed = false, .reason = *why});
            }
        }
        return judgement;
    }
    Outcome record(const Assertion& assertion, const Judgement& judgement);
    Pod start_placed(const PodManifest& manifest, const Placement& placement);
    Pod create_pod(const PodManifest& manifest, kube::Json tree);
    void remove(const Pod& pod);
    void await_gone(const Pod& pod);

    ScenarioState* state_;
};

}  // namespace assay
