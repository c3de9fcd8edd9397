// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Every request of a run is in the table of rights, every right in the table is used, and no more
// is created than was planned.

#include "engine/rights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "engine/planner.h"
#include "kube/request_facts.h"
#include "tests/unit/checks/played_autoscaler.h"
#include "tests/unit/checks/played_autoscaling.h"
#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_dra.h"
#include "tests/unit/checks/played_gangs.h"
#include "tests/unit/checks/played_gateway.h"
#include "tests/unit/checks/played_objects.h"
#include "tests/unit/checks/played_pool.h"

namespace assay {
namespace {

using kube::RequestFacts;

using Checks = std::vector<const Check*>;

const Checks checked{&accelerator_compute,
                     &accelerator_metrics,
                     &ai_inference,
                     &ai_service_metrics,
                     &all_reduce,
                     &cluster_autoscaling,
                     &dra_support,
                     &gang_scheduling,
                     &pod_autoscaling,
                     &robust_controller,
                     &secure_accelerator_access};
const Checks access{&secure_accelerator_access};
const Checks claims{&dra_support};
const Checks inference{&ai_inference};
const char* const given = "tenant";

// Every account may, by default.
bool is_everybodys(const RequestFacts& facts) {
    return facts.verb == "get" && (facts.path == "/version" || facts.path == "/apis");
}

bool grants(const Right& right, const RequestFacts& facts, const std::string& space) {
    const bool same_object = right.name.empty() || right.name == facts.name;
    const bool in_reach =
        space.empty() || right.reach == Reach::cluster ? true : facts.namespace_name == space;
    return right.verb == facts.verb && right.group == facts.group &&
           right.resource == facts.resource && same_object && in_reach;
}

struct Held {
    std::vector<std::string> unplanned;  // requests that no right grants
    std::vector<std::string> unused;     // rights that no request used, and must have been
};

Held held_to_rights(const Checks& checks, const std::vector<kube::Request>& requests,
                    const std::string& space) {
    const std::vector<const Right*> rights = rights_for(checks, {.given = !space.empty()});
    std::set<const Right*> used;
    Held held;
    for (const kube::Request& request : requests) {
        const RequestFacts facts = facts_of(request);
        bool granted = is_everybodys(facts);
        for (const Right* right : rights) {
            if (grants(*right, facts, space)) {
                used.insert(right);
                granted = true;
            }
        }
        if (!granted) {
            held.unplanned.push_back(facts.verb + " " + facts.path);
        }
    }
    for (const Right* right : rights) {
        if (!used.contains(right) && right->unused_when.empty()) {
            held.unused.push_back(std::string(right->verb) + " " + kubectl_name(*right));
        }
    }
    return held;
}

// In a cluster that answers at once a run can be over before it has come to watch anything: no pod
// is made before both watches are there.
class Unhurried {
public:
    explicit Unhurried(kube::FakeApiServer& server) {
        server.on_request([this](const kube::Request& request) {
            take(facts_of(request));
            return std::nullopt;
        });
    }
    explicit Unhurried(PlayedDra& cluster) {
        cluster.overhears = [this](const kube::Request& request) { take(facts_of(request)); };
    }

private:
    void take(const RequestFacts& facts) {
        std::unique_lock lock(mutex_);
        if (facts.verb == "watch") {
            watched_.insert(facts.resource);
            changed_.notify_all();
        } else if (facts.verb == "create" && facts.resource == "pods") {
            changed_.wait_for(lock, std::chrono::seconds(10), [&] {
                return watched_.contains("pods") && watched_.contains("events");
            });
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string> watched_;
};

TEST(Rights, AreThoseThatARunInNamespacesOfItsOwnUses) {
    PlayedCluster cluster;
    const Unhurried unhurried(cluster.server());
    ASSERT_EQ(cluster.run().exit_code, 0);
    const Held held = held_to_rights(access, cluster.server().requests(), "");
    EXPECT_EQ(held.unplanned, std::vector<std::string>{});
    EXPECT_EQ(held.unused, std::vector<std::string>{});
}

void make_given_namespace(PlayedCluster& cluster) {
    const kube::Resource accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};
    cluster.namespace_name = given;
    cluster.server().update(kube::namespaces, {{"metadata", {{"name", given}}}});
    cluster.server().update(accounts, {{"metadata", {{"name", "default"}, {"namespace", given}}}});
}

TEST(Rights, AreThoseThatARunInAGivenNamespaceUses) {
    PlayedCluster cluster;
    const Unhurried unhurried(cluster.server());
    make_given_namespace(cluster);
    ASSERT_EQ(cluster.run().exit_code, 0);
    const Held held = held_to_rights(access, cluster.server().requests(), given);
    EXPECT_EQ(held.unplanned, std::vector<std::string>{});
    EXPECT_EQ(held.unused, std::vector<std::string>{});
}

TEST(Rights, OfDraSupportAreThoseThatARunUses) {
    for (const char* space : {"", given}) {
        PlayedDra cluster(PlayedDra::Wrong{});
        const Unhurried unhurried(cluster);
        cluster.namespace_name = space;
        if (!cluster.namespace_name.empty()) {
            cluster.make_given_namespace();
        }
        ASSERT_EQ(cluster.run().exit_code, 0);
        const Held held = held_to_rights(claims, cluster.server().requests(), space);
        EXPECT_EQ(held.unplanned, std::vector<std::string>{}) << space;
        EXPECT_EQ(held.unused, std::vector<std::string>{}) << space;
    }
}

TEST(Rights, OfGangSchedulingCoverWhatARunAsks) {
    for (const char* space : {"", given}) {
        PlayedGangs cluster({});
        cluster.namespace_name = space;
        ASSERT_EQ(cluster.run().exit_code, 0);
        EXPECT_EQ(held_to_rights({&gang_scheduling}, cluster.server().requests(), space).unplanned,
                  std::vector<std::string>{});
    }
}

TEST(Rights, OfPodAutoscalingCoverWhatARunAsks) {
    for (const char* space : {"", given}) {
        PlayedAutoscaling cluster({});
        cluster.namespace_name = space;
        ASSERT_EQ(cluster.run().exit_code, 0);
        const Held held = held_to_rights({&pod_autoscaling}, cluster.server().requests(), space);
        EXPECT_EQ(held.unplanned, std::vector<std::string>{});
        // A device plugin hands out what it scales, and the pods go with their namespace.
        const auto may_be_unused = [](const std::string& one) {
            return one.find("resourceclaim") != std::string::npos || one == "delete pods";
        };
        EXPECT_TRUE(std::ranges::all_of(held.unused, may_be_unused))
            << testing::PrintToString(held.unused);
    }
}

TEST(Rights, OfTheChecksOfANodePoolCoverWhatARunAsks) {
    for (const bool by_claims : {false, true}) {
        for (const Check* check : {&accelerator_compute, &all_reduce}) {
            PlayedPool cluster;
            cluster.by_claims = by_claims;
            cluster.simulated = true;
            ASSERT_EQ(cluster.run(std::string(check->id)).exit_code, 0);
            EXPECT_EQ(held_to_rights({check}, cluster.server().requests(), "").unplanned,
                      std::vector<std::string>{})
                << check->id;
        }
    }
}

TEST(Rights, OfDraSupportCoverWhatIsAskedWhereAClaimGetsNoDevice) {
    PlayedDra cluster({.others_hold_all = true});
    cluster.run();
    EXPECT_EQ(held_to_rights(claims, cluster.server().requests(), "").unplanned,
              std::vector<std::string>{});
}

TEST(Rights, OfAiInferenceAreThoseThatARunUses) {
    for (const char* space : {"", given}) {
        PlayedGateway cluster(PlayedGateway::Wrong{.no_address = true});
        const Unhurried unhurried(cluster.server());
        cluster.namespace_name = space;
        if (!cluster.namespace_name.empty()) {
            cluster.make_given_namespace();
        }
        cluster.run();
        const Held held = held_to_rights(inference, cluster.server().requests(), space);
        EXPECT_EQ(held.unplanned, std::vector<std::string>{}) << space;
        EXPECT_EQ(held.unused, std::vector<std::string>{}) << space;
    }
}

TEST(Rights, OfClusterAutoscalingAreThoseThatARunUses) {
    for (const char* space : {"", given}) {
        PlayedAutoscaler cluster({});
        const Unhurried unhurried(cluster.server());
        cluster.namespace_name = space;
        cluster.by_claims = true;
        ASSERT_EQ(cluster.run().exit_code, 0);
        const Held held =
            held_to_rights({&cluster_autoscaling}, cluster.server().requests(), space);
        EXPECT_EQ(held.unplanned, std::vector<std::string>{}) << space;
        // No probe is heard: that its pod runs is all that is asked.
        EXPECT_EQ(held.unused, std::vector<std::string>{"get pods/log"}) << space;
    }
}

TEST(Rights, TheTestSeesARequestThatNoRightGrantsAndARightThatNoRequestUses) {
    kube::Request secrets;
    secrets.path = "/api/v1/namespaces/tenant/secrets";
    const Held held = held_to_rights(access, {secrets}, "");
    EXPECT_EQ(held.unplanned, std::vector<std::string>{"list /api/v1/namespaces/tenant/secrets"});
    EXPECT_TRUE(std::ranges::find(held.unused, "get pods/log") != held.unused.end());
    kube::Request elsewhere;
    elsewhere.path = "/api/v1/namespaces/other/pods";
    EXPECT_EQ(held_to_rights(access, {elsewhere}, given).unplanned.size(), 1U);
}

TEST(Rights, OfEveryCheckNameVerbsAndObjectsAndGiveReasons) {
    const std::set<std::string_view> verbs{"get",    "list",  "watch", "create",
                                           "delete", "patch", "update"};
    for (const bool in_given : {false, true}) {
        for (const Right* right : rights_for(checked, {.given = in_given})) {
            EXPECT_TRUE(verbs.contains(right->verb)) << right->verb;
            EXPECT_FALSE(right->resource.empty());
            EXPECT_EQ(right->resource.find('*'), std::string_view::npos);
            EXPECT_FALSE(right->why.empty()) << right->resource;
        }
    }
}

}  // namespace
}  // namespace assay
