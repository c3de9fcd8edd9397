// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "checks/robust_controller_questions.h"
#include "checks/robust_controller_rights.h"

// operator / robust_controller
//
//   Our words: an operator for AI workloads with definitions of its own can be installed and works:
//   its pods run, its webhook refuses what its schema cannot, and it makes what it is asked for,
//   keeps it so, and takes it away.
//
// Every operator that is installed and has data (adapters/operator) is examined, each by itself.
// First the webhook, asked without storing anything; then one object lives through what happens to
// objects: it is reconciled, loses a child, is scaled, is deleted. Last, where that is allowed, the
// controller is restarted and must reconcile another one.

namespace assay {
namespace {

constexpr Assertion valid_object_reconciles{
    .id = "valid_object_reconciles",
    .sentence = "a valid object comes to the state it asks for, with the children it must have",
    .next_step =
        "read the object's conditions and events in the evidence, then the controller's log: a "
        "controller that is ready and does nothing does not hold its lease, or lacks a right"};

constexpr Assertion deleted_child_comes_back{
    .id = "deleted_child_comes_back",
    .sentence = "a child that somebody deletes is made again",
    .next_step = "see in the controller's log whether it watches what it owns"};

constexpr Assertion scale_followed{
    .id = "scale_followed",
    .sentence = "when the object asks for more or less, its children follow",
    .next_step = "compare the object's generation with its observedGeneration"};

constexpr Assertion children_collected{
    .id = "children_collected",
    .sentence = "when the object is deleted nothing of what it owned is left",
    .next_step =
        "look at the ownerReferences of what is left, and whether kube-controller-manager's "
        "garbage collector runs"};

constexpr Assertion converges_after_restart{
    .id = "converges_after_restart",
    .sentence =
        "after the controller's pods were deleted it comes back and reconciles a new object",
    .next_step =
        "see what keeps the new pod from starting: its own webhook is asked about it where that "
        "selects all pods"};

constexpr auto table = assertions(
    {&definitions_established, &controller_pods_ready, &webhook_registered, &webhook_fails_closed,
     &valid_object_accepted, &invalid_object_denied_by_webhook, &valid_object_reconciles,
     &deleted_child_comes_back, &scale_followed, &children_collected, &converges_after_restart});

// A new leader waits until its predecessor's lease has run out, some 15 s by default.
constexpr std::chrono::seconds restart_time{90};

// The object with what is expected of it.
struct Reconciled {
    ObjectState object;
    std::vector<Expectation> expected;

    bool holds() const {
        return object.exists && std::ranges::all_of(expected, [&](const Expectation& one) {
                   return one.holds(object.tree);
               });
    }
    std::string describe() const {
        std::string words = object.describe();
        for (const Expectation& one : expected) {
            words +=
                fmt::format("; {}: {}", one.at, one.holds(object.tree) ? "as expected" : "not so");
        }
        return words;
    }
};

// What an object owns, of one kind.
struct Children {
    std::vector<ObjectState> items;
    std::string describe() const { return ObjectList{items}.describe(); }
};

bool is_owned_by(const ObjectState& one, const std::string& uid) {
    const kube::Json& owners = kube::array(one.tree, {"metadata", "ownerReferences"});
    return std::ranges::any_of(
        owners, [&](const kube::Json& owner) { return kube::text(owner, {"uid"}) == uid; });
}

Children owned(const ObjectList& list, const std::string& uid) {
    Children result;
    std::ranges::copy_if(list.items, std::back_inserter(result.items),
                         [&](const ObjectState& one) { return is_owned_by(one, uid); });
    return result;
}

// An object of an operator that was made, while it lives.
class Subject {
public:
    Subject(Scenario& s, const Operator& one, const Object& object)
        : s_(&s), operator_(&one), object_(object) {}

    // Waits until it is as expected; remembers which object it is.
    Observed<Reconciled> reconciled(std::chrono::seconds at_most = {}) {
        const auto as_expected = [&](const ObjectState& state) {
            return Reconciled{state, operator_->data.ready};
        };
        const Observed<ObjectState> seen = object_.when(
            [&](const ObjectState& state) { return as_expected(state).holds(); }, at_most);
        if (seen.value) {
            uid_ = seen.value->text("/metadata/uid");
        }
        return operator_->of(seen_as<Reconciled>(seen, as_expected));
    }

    Observed<Children> children(const std::function<bool(const Children&)>& is_so) const {
        const OperatorChildren& kind = operator_->data.children;
        return operator_->of(seen_as<Children>(
            s_->objects({.api_version = kind.api_version, .kind = kind.kind},
                        [&](const ObjectList& list) { return is_so(owned(list, uid_)); }),
            [&](const ObjectList& list) { return owned(list, uid_); }));
    }

    const Object& object() const { return object_; }

private:
    Scenario* s_;
    const Operator* operator_;
    Object object_;
    std::string uid_;
};

auto as_many(int count) {
    return satisfies<Children>(fmt::format("{} that it owns", count),
                               [count](const Children& seen) {
                                   return seen.items.size() == static_cast<std::size_t>(count);
                               });
}

auto as_expected(const OperatorData& data) {
    std::string words;
    for (const Expectation& one : data.ready) {
        words += (words.empty() ? "" : ", ") + one.describe();
    }
    return satisfies<Reconciled>(words, &Reconciled::holds);
}

template <class Matcher>
auto until(const Matcher& matcher) {
    return [matcher](const Children& seen) { return matcher.holds(seen); };
}

bool ask_reconciled(Scenario& s, const Operator& one, Subject& subject) {
    if (s.expect(valid_object_reconciles, subject.reconciled(), as_expected(one.data)) !=
        Outcome::passed) {
        return false;
    }
    const auto all = as_many(one.data.children.count);
    return s.expect(valid_object_reconciles, subject.children(until(all)), all) == Outcome::passed;
}

void ask_child_deleted(Scenario& s, const Operator& one, const Subject& subject) {
    const int count = one.data.children.count;
    if (!one.data.children.comes_back) {
        s.not_asked(deleted_child_comes_back,
                    one.component.name + ": its data does not say that its children come back");
        return;
    }
    const auto before = subject.children(until(as_many(count)));
    if (!before.value || before.value->items.empty()) {
        s.not_asked(deleted_child_comes_back, one.component.name + ": there was no child then");
        return;
    }
    const ObjectState victim = before.value->items.front();
    s.remove_child(subject.object(), one.data.children.api_version, one.data.children.kind, victim);
    const std::string uid = victim.text("/metadata/uid");
    const auto back = satisfies<Children>(
        fmt::format("{} that it owns, a new one in place of {}", count, victim.name()),
        [count, uid](const Children& seen) {
            return seen.items.size() == static_cast<std::size_t>(count) &&
                   std::ranges::none_of(seen.items, [&](const ObjectState& child) {
                       return child.text("/metadata/uid") == uid;
                   });
        });
    s.expect(deleted_child_comes_back, subject.children(until(back)), back);
}

void ask_scaled(Scenario& s, const Operator& one, const Subject& subject) {
    if (!one.data.scale) {
        s.not_asked(scale_followed, one.component.name + ": its data names no scale");
        return;
    }
    const OperatorScale& scale = *one.data.scale;
    const Observed<Answer> changed = one.of(s.change(subject.object(), scale.change));
    if (s.expect(scale_followed, changed,
                 satisfies<Answer>("the change is accepted", &Answer::accepted)) !=
        Outcome::passed) {
        return;
    }
    const auto count = static_cast<std::size_t>(scale.count.value_or(one.data.children.count));
    std::string words = fmt::format("{} that it owns", count);
    if (scale.child) {
        words += ", of each " + scale.child->describe();
    }
    const auto followed = satisfies<Children>(words, [count, scale](const Children& seen) {
        return seen.items.size() == count &&
               std::ranges::all_of(seen.items, [&](const ObjectState& child) {
                   return !scale.child || scale.child->holds(child.tree);
               });
    });
    s.expect(scale_followed, subject.children(until(followed)), followed);
}

void ask_collected(Scenario& s, const Subject& subject) {
    s.end(subject.object());
    const auto none =
        satisfies<Children>("none", [](const Children& seen) { return seen.items.empty(); });
    s.expect(children_collected, subject.children(until(none)), none);
}

// The pods of a controller, by their UIDs.
std::set<std::string> uids_of(const ObjectList& pods) {
    std::set<std::string> result;
    for (const ObjectState& one : pods.items) {
        result.insert(one.text("/metadata/uid"));
    }
    return result;
}

// Waits until the controller is ready with none of these pods.
Observed<ControllerState> restarted(Scenario& s, const Operator& one,
                                    const std::set<std::string>& before) {
    const ObjectQuery pods{.api_version = "v1",
                           .kind = "Pod",
                           .labels = one.controller.labels(),
                           .space = one.controller.space()};
    const auto none_of_them = [&](const ObjectList& list) {
        return std::ranges::none_of(uids_of(list),
                                    [&](const std::string& uid) { return before.contains(uid); });
    };
    s.objects(pods, none_of_them, restart_time);
    return one.of(seen_as<ControllerState>(
        s.objects(
            {.api_version = "apps/v1",
             .kind = "Deployment",
             .labels = one.data.controller,
             .space = ""},
            [](const ObjectList& list) { return controller_state(list).ready(); }, restart_time),
        controller_state));
}

void ask_restarted(Scenario& s, const Operator& one) {
    if (!s.allowed(Change::restart_controllers)) {
        s.not_allowed(converges_after_restart, Change::restart_controllers);
        return;
    }
    const auto pods = s.objects({.api_version = "v1",
                                 .kind = "Pod",
                                 .labels = one.controller.labels(),
                                 .space = one.controller.space()});
    if (!pods.value || pods.value->items.empty() || one.controller.labels().empty()) {
        s.not_asked(converges_after_restart, one.component.name + ": its pods are not known");
        return;
    }
    for (const ObjectState& pod : pods.value->items) {
        s.restart(pod);
    }
    if (s.expect(converges_after_restart, restarted(s, one, uids_of(*pods.value)),
                 satisfies<ControllerState>("every replica ready, and at least one",
                                            &ControllerState::ready)) != Outcome::passed) {
        return;
    }
    const Object object = s.make(one.data.object.named("again"));
    Subject subject(s, one, object);
    s.expect(converges_after_restart, subject.reconciled(restart_time), as_expected(one.data));
    s.end(object);
}

void ask_life(Scenario& s, const Operator& one) {
    std::vector<Object> beside;
    beside.reserve(one.data.beside.size());
    for (const ObjectManifest& manifest : one.data.beside) {
        beside.push_back(s.make(manifest));
    }
    Subject subject(s, one, s.make(one.data.object));
    if (ask_reconciled(s, one, subject)) {
        ask_child_deleted(s, one, subject);
        ask_scaled(s, one, subject);
    } else {
        for (const Assertion* each : {&deleted_child_comes_back, &scale_followed}) {
            s.not_asked(*each, one.component.name + ": its object was never reconciled");
        }
    }
    ask_collected(s, subject);
    ask_restarted(s, one);
    for (auto last = beside.rbegin(); last != beside.rend(); ++last) {
        s.end(*last);
    }
}

void examine(Scenario& s, Operator one, bool another_has_a_webhook) {
    if (ask_whether_it_is_there(s, one)) {
        ask_its_webhook(s, one, another_has_a_webhook);
        ask_life(s, one);
    }
}

std::vector<Operator> installed_operators(Scenario& s) {
    std::vector<Operator> result;
    for (const Component* component : s.components("operator")) {
        const auto data = operator_data(*component);
        if (!data) {
            s.give_up(data.error());
        }
        result.push_back({.component = *component, .data = *data});
    }
    return result;
}

void resilient_controllers(Scenario& s) {
    const std::vector<Operator> operators = installed_operators(s);
    const bool one_has_a_webhook = std::ranges::any_of(
        operators, [](const Operator& one) { return one.data.invalid.has_value(); });
    std::string why;
    for (const Operator& one : operators) {
        try {
            examine(s, one, one_has_a_webhook);
        } catch (const CheckEnded& ended) {  // of this operator: the next one is asked all the same
            why += (why.empty() ? "" : "; ") + one.component.name + ": " + ended.why;
        }
    }
    if (!why.empty()) {
        s.give_up(why);
    }
}

constexpr std::array made{
    PlannedObjects{.kind = "JobSet", .count = 2},
    PlannedObjects{.kind = "Job", .count = 2},
    PlannedObjects{.kind = "LeaderWorkerSet", .count = 2},
    PlannedObjects{.kind = "RayCluster", .count = 2},
    PlannedObjects{.kind = "TrainJob", .count = 2},
    PlannedObjects{.kind = "TrainingRuntime", .count = 1},
    PlannedObjects{.kind = "InferenceService", .count = 2},
    PlannedObjects{.kind = "LocalQueue", .count = 1},
    PlannedObjects{.kind = "ClusterQueue", .count = 1, .cluster_scoped = true},
    PlannedObjects{.kind = "ResourceFlavor", .count = 1, .cluster_scoped = true},
};

}  // namespace

constinit const Check robust_controller{
    .id = "robust_controller",
    .title = "An operator for AI workloads is installed and works reliably",
    .breaks =
        "Jobs and services of the operator's kinds are accepted although they can never run, stay "
        "half made after a failure, or leave pods and accelerators behind when they are deleted.",
    .assertions = table,
    .needs = {.component = "operator",
              .disturbs = Change::restart_controllers,
              .rights = robust_controller_rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{31},
             .clearing = std::chrono::seconds{6}},
    .timeout = std::chrono::minutes{10},
    .run = resilient_controllers,
};

}  // namespace assay
