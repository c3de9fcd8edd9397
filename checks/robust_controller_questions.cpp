// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/robust_controller_questions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace assay {

namespace {

using kube::Json;

bool established(const ObjectList& list) {
    return list.items.size() == 1 && list.items.front().condition("Established").status == "True";
}

std::int64_t replicas_of(const ObjectState& deployment) {
    return deployment.number("/spec/replicas");
}

bool all_ready(const ObjectState& one) {
    return replicas_of(one) > 0 && one.number("/status/readyReplicas") >= replicas_of(one) &&
           one.number("/status/observedGeneration") >= one.number("/metadata/generation");
}

// Whether one of the webhook's rules is about one of these definitions ("jobsets.jobset.x-k8s.io").
bool is_about(const Json& webhook, const std::vector<std::string>& definitions) {
    return std::ranges::any_of(definitions, [&](const std::string& definition) {
        const std::string plural = definition.substr(0, definition.find('.'));
        const std::string group = definition.substr(plural.size() + 1);
        const auto names = [](const Json& list, const std::string& name) {
            return std::ranges::any_of(list,
                                       [&](const Json& one) { return one == name || one == "*"; });
        };
        return std::ranges::any_of(kube::array(webhook, {"rules"}), [&](const Json& rule) {
            return names(kube::array(rule, {"apiGroups"}), group) &&
                   names(kube::array(rule, {"resources"}), plural);
        });
    });
}

// In the controller's own namespace, or by an address outside of the cluster; anybody's where it is
// not known where the controller runs.
bool is_the_operators(const Json& webhook, const std::string& space) {
    const std::string service = kube::text(webhook, {"clientConfig", "service", "namespace"});
    return space.empty() || service.empty() || service == space;
}

Observed<Webhooks> webhooks_of(Scenario& s, const Operator& one) {
    const auto list = s.objects({.api_version = "admissionregistration.k8s.io/v1",
                                 .kind = "ValidatingWebhookConfiguration"});
    return one.of(seen_as<Webhooks>(list, [&](const ObjectList& all) {
        Webhooks found;
        for (const ObjectState& configuration : all.items) {
            for (const Json& webhook : kube::array(configuration.tree, {"webhooks"})) {
                if (is_about(webhook, one.data.definitions) &&
                    is_the_operators(webhook, one.controller.space())) {
                    found.policies[kube::text(webhook, {"name"})] =
                        kube::text(webhook, {"failurePolicy"});
                }
            }
        }
        return found;
    }));
}

std::string denial_by(const std::string& webhook) {
    return fmt::format("admission webhook \"{}\" denied the request", webhook);
}

// A webhook that denies answers with a status of its own choice, and one that cannot be called is
// the API server's own failure: both are what became of the object, and no lost answer.
Observed<Answer> by_admission(Observed<Answer> observed) {
    if (observed.value || observed.value.error().closed) {
        return observed;
    }
    const std::string& words = observed.value.error().reason;
    if (words.find("admission webhook \"") != std::string::npos ||
        words.find("failed calling webhook \"") != std::string::npos) {
        observed.value = Answer{.accepted = false, .words = words, .object = {}};
    }
    return observed;
}

auto is_denied_by(const Webhooks& webhooks) {
    const auto by_one_of_them = [webhooks](const Answer& answer) {
        return !answer.accepted && std::ranges::any_of(webhooks.policies, [&](const auto& one) {
            return answer.words.find(denial_by(one.first)) != std::string::npos;
        });
    };
    const auto by_another = [by_one_of_them](const Answer& answer) -> std::optional<std::string> {
        const bool denied = answer.words.find("\" denied the request") != std::string::npos;
        return denied && !by_one_of_them(answer)
                   ? std::optional<std::string>("somebody else's admission refused it first")
                   : std::nullopt;
    };
    return satisfies<Answer>("denied in the words of " + webhooks.describe(), by_one_of_them,
                             by_another);
}

void ask_definitions(Scenario& s, const Operator& one) {
    for (const std::string& definition : one.data.definitions) {
        s.expect(definitions_established,
                 one.of(s.objects({.api_version = "apiextensions.k8s.io/v1",
                                   .kind = "CustomResourceDefinition",
                                   .name = definition},
                                  established)),
                 satisfies<ObjectList>("established", established));
    }
}

}  // namespace

bool ControllerState::ready() const {
    return !deployments.empty() && std::ranges::all_of(deployments, all_ready);
}

std::string ControllerState::describe() const {
    std::vector<std::string> words;
    words.reserve(deployments.size());
    for (const ObjectState& one : deployments) {
        words.push_back(fmt::format("{} of {} replicas ready, {}",
                                    one.number("/status/readyReplicas"), replicas_of(one),
                                    one.describe()));
    }
    return words.empty() ? "none" : fmt::format("{}", fmt::join(words, "; "));
}

std::string ControllerState::space() const {
    return deployments.empty() ? std::string() : deployments.front().text("/metadata/namespace");
}

std::string ControllerState::labels() const {
    std::vector<std::string> pairs;
    if (!deployments.empty()) {
        const Json& labels =
            kube::object(deployments.front().tree, {"spec", "selector", "matchLabels"});
        for (const auto& [key, value] : labels.items()) {
            pairs.push_back(fmt::format("{}={}", key, value.get<std::string>()));
        }
    }
    return fmt::format("{}", fmt::join(pairs, ","));
}

bool Webhooks::fail_closed() const {
    return std::ranges::all_of(policies, [](const auto& one) { return one.second == "Fail"; });
}

std::string Webhooks::describe() const {
    std::vector<std::string> words;
    words.reserve(policies.size());
    for (const auto& [name, policy] : policies) {
        words.push_back(fmt::format("{} (failurePolicy {})", name, policy));
    }
    return words.empty() ? "no webhook" : fmt::format("{}", fmt::join(words, ", "));
}

ControllerState controller_state(const ObjectList& list) {
    return {.deployments = list.items};
}

bool ask_whether_it_is_there(Scenario& s, Operator& one) {
    ask_definitions(s, one);
    const auto controller = one.of(seen_as<ControllerState>(
        s.objects({.api_version = "apps/v1",
                   .kind = "Deployment",
                   .labels = one.data.controller,
                   .space = ""},
                  [](const ObjectList& list) { return controller_state(list).ready(); }),
        controller_state));
    if (controller.value && controller.value->deployments.empty()) {
        s.not_asked(controller_pods_ready,
                    fmt::format("{}: no Deployment in any namespace is labelled {}",
                                one.component.name, one.data.controller));
        return true;
    }
    if (controller.value) {
        one.controller = *controller.value;
    }
    return s.expect(controller_pods_ready, controller,
                    satisfies<ControllerState>("every replica ready, and at least one",
                                               &ControllerState::ready)) == Outcome::passed;
}

void ask_its_webhook(Scenario& s, const Operator& one, bool another_has_one) {
    const auto why_not = [&](const std::string& why) {
        return fmt::format("{}: {}", one.component.name, why);
    };
    if (!one.data.invalid) {
        for (const Assertion* each :
             {&webhook_registered, &webhook_fails_closed, &invalid_object_denied_by_webhook}) {
            // What the requirement asks of an operator's webhook is then asked of the other's.
            const std::string why = why_not("as it is installed by default it has no webhook");
            another_has_one ? s.not_applicable(*each, why) : s.not_asked(*each, why);
        }
        s.expect(valid_object_accepted, one.of(by_admission(s.would_make(one.data.object))),
                 satisfies<Answer>("accepted", &Answer::accepted));
        return;
    }
    const auto webhooks = webhooks_of(s, one);
    const bool registered = s.expect(webhook_registered, webhooks,
                                     satisfies<Webhooks>("at least one", [](const Webhooks& all) {
                                         return !all.policies.empty();
                                     })) == Outcome::passed;
    if (registered) {
        s.expect(webhook_fails_closed, webhooks,
                 satisfies<Webhooks>("failurePolicy Fail", &Webhooks::fail_closed));
    } else {
        s.not_asked(webhook_fails_closed, why_not("there is no webhook to look at"));
    }
    const auto valid = one.of(by_admission(s.would_make(one.data.accepted())));
    const auto invalid = one.of(by_admission(s.would_make(one.data.refused())));
    if (s.expect(valid_object_accepted, valid, satisfies<Answer>("accepted", &Answer::accepted)) !=
        Outcome::passed) {
        s.not_asked(invalid_object_denied_by_webhook,
                    why_not("its control valid_object_accepted did not hold"));
        return;
    }
    s.expect(invalid_object_denied_by_webhook, invalid,
             is_denied_by(webhooks.value.value_or(Webhooks{})));
}

}  // namespace assay
