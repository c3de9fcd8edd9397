// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What checks/robust_controller.cpp asks of one operator: its assertions, and the questions before
// anything of its is made. Thread contract: the check's thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/assertion.h"
#include "engine/operator_adapter.h"
#include "engine/scenario.h"

namespace assay {

inline constexpr Assertion definitions_established{
    .id = "definitions_established",
    .sentence = "the API server has established the operator's definitions",
    .next_step =
        "kubectl describe crd NAME: a definition is not established where its names collide with "
        "another's or its schema is refused"};

inline constexpr Assertion controller_pods_ready{
    .id = "controller_pods_ready",
    .sentence = "every replica of the operator's controller is ready, and there is at least one",
    .next_step = "read the events and the log of the controller's pods"};

inline constexpr Assertion webhook_registered{
    .id = "webhook_registered",
    .sentence = "a validating webhook of the operator is asked about its objects",
    .next_step =
        "see whether the operator was installed with its webhooks on, and whether something "
        "deleted its ValidatingWebhookConfiguration"};

inline constexpr Assertion webhook_fails_closed{
    .id = "webhook_fails_closed",
    .basis = Basis::beyond,
    .sentence = "objects are refused while the operator's webhook cannot be reached",
    .next_step = "set failurePolicy: Fail on the webhooks named"};

// Not inline, unlike the others: under the sanitizers the address of what is inline is no constant.
constexpr Assertion valid_object_accepted{
    .id = "valid_object_accepted",
    .kind = Kind::control,
    .sentence = "a valid object passes the operator's webhook, asked without storing it",
    .next_step =
        "read the refusal: a certificate that is not trusted means a stale caBundle, no endpoints "
        "a Service that selects no ready pod"};

inline constexpr Assertion invalid_object_denied_by_webhook{
    .id = "invalid_object_denied_by_webhook",
    .kind = Kind::negative,
    .control = &valid_object_accepted,
    .sentence =
        "the same object with one thing that only the operator can know to be wrong is denied by "
        "the operator's webhook, in its words",
    .next_step =
        "see failurePolicy, rules and selectors of the operator's ValidatingWebhookConfiguration, "
        "and the endpoints of its Service; a refusal by the definition's schema is no webhook's"};

// The Deployment of a controller, as it was seen.
struct ControllerState {
    std::vector<ObjectState> deployments;  // that carry its labels; none: it runs elsewhere

    bool ready() const;  // every replica of each, and at least one
    std::string describe() const;
    std::string space() const;   // the namespace of the first one
    std::string labels() const;  // of its pods, as a selector
};

// The validating webhooks that are asked about an operator's definitions.
struct Webhooks {
    std::map<std::string, std::string> policies;  // failurePolicy by name
    bool fail_closed() const;
    std::string describe() const;
};

// One operator while it is examined.
struct Operator {
    const Component& component;
    OperatorData data;
    ControllerState controller = {};

    // The same with a target that names the operator.
    template <class T>
    Observed<T> of(Observed<T> observed) const {
        observed.provenance.target = component.name + ": " + observed.provenance.target;
        return observed;
    }
};

// What was seen, as something of it; what it rests on stays.
template <class To, class From, class Read>
Observed<To> seen_as(const Observed<From>& from, Read read) {
    Observed<To> result{.value = To{}, .provenance = from.provenance, .testimony = from.testimony};
    if (from.value) {
        result.value = read(*from.value);
    } else {
        result.value = std::unexpected(from.value.error());
    }
    return result;
}

ControllerState controller_state(const ObjectList& list);

// True if its definitions are established and its controller is ready; without these nothing else
// can be asked.
bool ask_whether_it_is_there(Scenario& s, Operator& one);
// Of one without a webhook the questions do not apply where another operator here has one, and have
// no answer where none has.
void ask_its_webhook(Scenario& s, const Operator& one, bool another_has_one);

}  // namespace assay
