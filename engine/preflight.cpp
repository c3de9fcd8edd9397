// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/preflight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "engine/check.h"
#include "kube/discovery.h"

namespace assay {

namespace {

using kube::Json;

constexpr std::size_t lanes = 8;  // reviews asked at a time

const kube::Resource reviews{"authorization.k8s.io", "v1", "selfsubjectaccessreviews",
                             "SelfSubjectAccessReview", false};

Json review_of(const Right& right, const std::string& space) {
    const std::size_t slash = std::min(right.resource.find('/'), right.resource.size());
    Json asked{{"verb", right.verb},
               {"group", right.group},
               {"resource", right.resource.substr(0, slash)}};
    if (slash < right.resource.size()) {
        asked["subresource"] = right.resource.substr(slash + 1);
    }
    if (right.reach == Reach::namespaced && !space.empty()) {
        asked["namespace"] = space;
    }
    if (!right.name.empty()) {
        asked["name"] = right.name;
    } else if (right.resource == "namespaces" && right.reach == Reach::namespaced) {
        asked["name"] = space;  // a namespace is an object of itself
    }
    return {{"spec", {{"resourceAttributes", std::move(asked)}}}};
}

struct Answer {
    std::optional<kube::Error> error;
    bool allowed = false;
    std::string reason;
};

Answer ask(const kube::Client& client, const Right& right, const std::string& space,
           const kube::Limit& limit) {
    const auto review = client.create(reviews, "", review_of(right, space), limit);
    if (!review) {
        return {.error = review.error(), .allowed = false, .reason = {}};
    }
    std::string reason = kube::text(*review, {"status", "reason"});
    if (reason.empty()) {
        reason = kube::text(*review, {"status", "evaluationError"});
    }
    return {.error = std::nullopt,
            .allowed = kube::boolean(*review, {"status", "allowed"}),
            .reason = std::move(reason)};
}

std::vector<Answer> ask_all(const kube::Client& client, const std::vector<const Right*>& rights,
                            const std::string& space, const kube::Limit& limit) {
    std::vector<Answer> answers(rights.size());
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> asking;
    for (std::size_t lane = 0; lane < std::min(lanes, rights.size()); ++lane) {
        asking.emplace_back([&] {
            for (std::size_t i = next++; i < rights.size(); i = next++) {
                answers[i] = ask(client, *rights[i], space, limit);
            }
        });
    }
    asking.clear();
    return answers;
}

bool in_table(std::span<const Right> table, const Right* right) {
    return std::ranges::any_of(table, [&](const Right& one) { return same(one, *right); });
}

}  // namespace

kube::Result<std::vector<Denied>> denied_rights(const kube::Client& client,
                                                const std::vector<const Right*>& rights,
                                                const std::string& space,
                                                const kube::Limit& limit) {
    const auto discovery = kube::Discovery::of(client, limit);
    if (!discovery) {
        return std::unexpected(discovery.error());
    }
    const auto served = [&](const Right* right) {
        return right->group.empty() ||
               std::ranges::any_of(discovery->groups(), [&](const kube::ApiGroup& group) {
                   return group.name == right->group;
               });
    };
    std::vector<const Right*> asked;
    std::ranges::copy_if(rights, std::back_inserter(asked), served);
    std::vector<Answer> answers = ask_all(client, asked, space, limit);
    std::vector<Denied> denied;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (answers[i].error) {
            return std::unexpected(*answers[i].error);
        }
        if (!answers[i].allowed) {
            denied.push_back({asked[i], std::move(answers[i].reason)});
        }
    }
    return denied;
}

Preflight preflight_of(std::vector<Denied> denied, const std::vector<const Check*>& checks,
                       const std::string& space) {
    Preflight result{.denied = std::move(denied), .can_read = true, .unaskable = {}};
    for (const Denied& one : result.denied) {
        if (in_table(reading_rights(), one.right)) {
            result.can_read = false;
        }
    }
    for (const Check* check : checks) {
        const std::vector<const Right*> needed = rights_of(*check, !space.empty());
        std::vector<std::string> missing;
        for (const Denied& one : result.denied) {
            const bool needs = std::ranges::any_of(
                needed, [&](const Right* right) { return same(*right, *one.right); });
            if (needs && one.right->without.empty()) {
                missing.push_back(cannot(*one.right, space));
            }
        }
        if (!missing.empty()) {
            result.unaskable[std::string(check->id)] =
                fmt::format("right missing: {}", fmt::join(missing, "; "));
        }
    }
    return result;
}

std::vector<std::string> sentences(const Preflight& preflight, const std::string& space) {
    std::vector<std::string> lines;
    for (const Denied& one : preflight.denied) {
        std::string line = cannot(*one.right, space);
        if (!one.reason.empty()) {
            line += fmt::format(" ({})", one.reason);
        }
        if (!one.right->without.empty()) {
            line += fmt::format("; the run goes on: {}", one.right->without);
        }
        lines.push_back(std::move(line));
    }
    if (!lines.empty()) {
        lines.emplace_back("'assay rbac' prints the role that a run needs");
    }
    return lines;
}

}  // namespace assay
