// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/preflight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
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

struct Permission {
    bool allowed = false;
    std::string reason;
};

kube::Result<Permission> ask(const kube::Client& client, const Right& right,
                             const std::string& space, const kube::Limit& limit) {
    const auto review = client.create(reviews, "", review_of(right, space), limit);
    if (!review) {
        return std::unexpected(review.error());
    }
    std::string reason = kube::text(*review, {"status", "reason"});
    if (reason.empty()) {
        reason = kube::text(*review, {"status", "evaluationError"});
    }
    return Permission{.allowed = kube::boolean(*review, {"status", "allowed"}),
                      .reason = std::move(reason)};
}

std::vector<kube::Result<Permission>> ask_all(const kube::Client& client,
                                              const std::vector<const Right*>& rights,
                                              const std::string& space, const kube::Limit& limit) {
    std::vector<kube::Result<Permission>> answers(rights.size());
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

bool is_among(const std::vector<const Right*>& rights, const Right& right) {
    return std::ranges::any_of(rights, [&](const Right* one) { return same(*one, right); });
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
    const auto answers = ask_all(client, asked, space, limit);
    std::vector<Denied> denied;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (!answers[i]) {
            return std::unexpected(answers[i].error());
        }
        if (!answers[i]->allowed) {
            denied.push_back({asked[i], answers[i]->reason});
        }
    }
    return denied;
}

bool can_read(const std::vector<Denied>& denied) {
    return std::ranges::none_of(
        denied, [](const Denied& one) { return in_table(reading_rights(), one.right); });
}

bool can_wait(const std::vector<Denied>& denied) {
    return std::ranges::none_of(
        denied, [](const Denied& one) { return in_table(waiting_rights(), one.right); });
}

Preflight preflight_of(const std::vector<Denied>& denied, const std::vector<const Check*>& checks,
                       const std::string& space, Manner manner) {
    manner.given = !space.empty();
    const std::vector<const Right*> used = rights_for(checks, manner);
    Preflight result;
    std::ranges::copy_if(denied, std::back_inserter(result.denied),
                         [&](const Denied& one) { return is_among(used, *one.right); });
    for (const Check* check : checks) {
        const std::vector<const Right*> needed = rights_of(*check, manner);
        std::vector<std::string> missing;
        for (const Denied& one : result.denied) {
            if (is_among(needed, *one.right) && one.right->without.empty()) {
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

std::vector<std::string> sentences(const std::vector<Denied>& denied, const std::string& space) {
    std::vector<std::string> lines;
    for (const Denied& one : denied) {
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
