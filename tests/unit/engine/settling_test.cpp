// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/settling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "engine/rights.h"
#include "tests/api/fake_api_server.h"

namespace assay {
namespace {

using kube::Json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const kube::Resource daemon_sets{"apps", "v1", "daemonsets", "DaemonSet", true};
const kube::Resource slices{"resource.k8s.io", "v1", "resourceslices", "ResourceSlice", false};

Json node(const std::string& name, bool ready) {
    Json condition{{"type", "Ready"}, {"status", ready ? "True" : "Unknown"}};
    condition["reason"] = ready ? "KubeletReady" : "NodeStatusUnknown";
    return {{"metadata", {{"name", name}}},
            {"status", {{"conditions", Json::array({std::move(condition)})}}}};
}

Json slice(const std::string& name, int generation, int count) {
    return {
        {"metadata", {{"name", name}}},
        {"spec",
         {{"driver", "gpu.example.com"},
          {"pool", {{"name", "a"}, {"generation", generation}, {"resourceSliceCount", count}}}}}};
}

// Wanted on two nodes.
Json daemon_set(int updated, int available, const std::string& strategy = "RollingUpdate") {
    return {{"metadata", {{"name", "driver"}, {"namespace", "gpu"}, {"generation", 3}}},
            {"spec", {{"updateStrategy", {{"type", strategy}}}}},
            {"status",
             {{"observedGeneration", 3},
              {"desiredNumberScheduled", 2},
              {"updatedNumberScheduled", updated},
              {"numberAvailable", available}}}};
}

TEST(Unsettled, IsADaemonSetThatKubectlWouldWaitFor) {
    EXPECT_THAT(unsettled_daemon_sets({{"gpu/driver", daemon_set(2, 2)}}), IsEmpty());
    EXPECT_THAT(unsettled_daemon_sets({{"gpu/driver", daemon_set(1, 2)}}),
                ElementsAre("DaemonSet gpu/driver: 1 of 2 pods are of its latest version"));
    EXPECT_THAT(unsettled_daemon_sets({{"gpu/driver", daemon_set(2, 1)}}),
                ElementsAre("DaemonSet gpu/driver: 1 of 2 pods are available"));
    Json changed = daemon_set(2, 2);
    changed["metadata"]["generation"] = 4;
    EXPECT_THAT(unsettled_daemon_sets({{"gpu/driver", changed}}),
                ElementsAre("DaemonSet gpu/driver: its latest change has not been taken up"));
}

TEST(Unsettled, IsNoDaemonSetWhosePodsKeepTheirVersionUntilSomebodyDeletesThem) {
    EXPECT_THAT(unsettled_daemon_sets({{"gpu/driver", daemon_set(1, 2, "OnDelete")}}), IsEmpty());
    EXPECT_THAT(unsettled_daemon_sets({{"gpu/driver", daemon_set(1, 1, "OnDelete")}}),
                ElementsAre("DaemonSet gpu/driver: 1 of 2 pods are available"));
}

TEST(Unsettled, IsANodeThatIsNotReadyOrSaysNothing) {
    EXPECT_THAT(unsettled_nodes({{"a", node("a", true)}}), IsEmpty());
    EXPECT_THAT(unsettled_nodes({{"a", node("a", false)}, {"b", {{"metadata", {}}}}}),
                ElementsAre("node a is not Ready (NodeStatusUnknown)",
                            "node b is not Ready (its kubelet has not said a word yet)"));
    EXPECT_THAT(unsettled_nodes({}), ElementsAre("the cluster has no node yet"));
}

TEST(Unsettled, IsAPoolThatLacksASliceOfItsNewestGeneration) {
    EXPECT_THAT(unsettled_pools({{"1", slice("1", 2, 2)}, {"2", slice("2", 2, 2)}}), IsEmpty());
    for (const auto& [first, second] : {std::pair(1, 2), std::pair(2, 1)}) {
        EXPECT_THAT(
            unsettled_pools({{"1", slice("1", first, 2)}, {"2", slice("2", second, 2)}}),
            ElementsAre("pool a of driver gpu.example.com: 1 of 2 slice(s) of generation 2, 1 of "
                        "older generations"));
    }
}

class SettlingTest : public testing::Test {
protected:
    SettlingTest() {
        server_.update(kube::nodes, node("a", true));
        server_.update(slices, slice("one", 1, 1));
        server_.update(daemon_sets, daemon_set(2, 2));
    }

    // on_words is called each time something is said.
    Settling wait(milliseconds patience, const std::function<void()>& on_words = [] {}) {
        return wait_settled(
            kube::Client(server_), patience, [this] { return missing_; },
            [&](const std::string& words) {
                said_.push_back(words);
                on_words();
            },
            stop_.get_token());
    }

    kube::FakeApiServer server_;
    std::stop_source stop_;
    std::string missing_;  // of what the wait does not follow
    std::vector<std::string> said_;
};

TEST_F(SettlingTest, ASettledClusterIsNotWaitedFor) {
    const Settling settling = wait(seconds(20));
    EXPECT_TRUE(settling.settled) << settling.describe();
    EXPECT_EQ(settling.limit_ms, 20000);
    EXPECT_LT(settling.duration_ms, 10000);
    EXPECT_THAT(said_, IsEmpty());
}

TEST_F(SettlingTest, ItGoesOnByItselfWhenTheLastThingHasSettled) {
    server_.update(kube::nodes, node("a", false));
    server_.update(slices, slice("one", 1, 2));
    server_.update(daemon_sets, daemon_set(1, 1));
    const Settling settling = wait(seconds(60), [this] {
        server_.update(kube::nodes, node("a", true));
        server_.update(slices, slice("two", 1, 2));
        server_.update(daemon_sets, daemon_set(2, 2));
    });
    EXPECT_TRUE(settling.settled) << settling.describe();
    EXPECT_LT(settling.duration_ms, 30000);
    ASSERT_FALSE(said_.empty());
    EXPECT_EQ(said_.front(),
              "waiting: node a is not Ready (NodeStatusUnknown); pool a of driver "
              "gpu.example.com: 1 of 2 slice(s) of generation 1; DaemonSet gpu/driver: 1 of 2 pods "
              "are of its latest version");
}

TEST_F(SettlingTest, AllMustBeSettledAtTheSameMoment) {
    server_.update(kube::nodes, node("a", false));
    const Settling settling = wait(seconds(3), [this] {
        if (said_.back().find("DaemonSet") == std::string::npos) {
            server_.update(daemon_sets, daemon_set(2, 1));
        } else {
            server_.update(kube::nodes, node("a", true));
        }
    });
    EXPECT_FALSE(settling.settled);
    EXPECT_EQ(settling.describe(), "DaemonSet gpu/driver: 1 of 2 pods are available");
}

TEST_F(SettlingTest, APoolThatWasThereMustComeBack) {
    server_.update(slices, slice("one", 1, 2));
    const Settling settling = wait(seconds(3), [this] { server_.erase(slices, "", "one"); });
    EXPECT_FALSE(settling.settled);
    EXPECT_EQ(settling.describe(),
              "pool a of driver gpu.example.com is gone, and was there before");
}

TEST_F(SettlingTest, WhatIsMissingBesideIsAskedForAgainAfterAChange) {
    missing_ = "no node offers accelerator a yet";
    const Settling settling = wait(seconds(60), [this] {
        missing_.clear();
        server_.update(slices, slice("one", 2, 1));
    });
    EXPECT_TRUE(settling.settled) << settling.describe();
    EXPECT_LT(settling.duration_ms, 30000);
    EXPECT_THAT(said_, ElementsAre("waiting: no node offers accelerator a yet"));
}

TEST_F(SettlingTest, WhatIsMissingBesideIsNamedWhenTheTimeIsUp) {
    missing_ = "no node offers accelerator a yet";
    const Settling settling = wait(milliseconds(500));
    EXPECT_FALSE(settling.settled);
    EXPECT_EQ(settling.describe(), "no node offers accelerator a yet");
}

TEST_F(SettlingTest, APoolIsNotMissedWhoseNodeWentWithIt) {
    server_.update(kube::nodes, node("b", true));
    Json of_b = slice("one", 1, 2);
    of_b["spec"]["nodeName"] = "b";
    server_.update(slices, of_b);
    const Settling settling = wait(seconds(60), [this] {
        server_.erase(slices, "", "one");
        server_.erase(kube::nodes, "", "b");
    });
    EXPECT_TRUE(settling.settled) << settling.describe();
    EXPECT_LT(settling.duration_ms, 30000);
}

TEST_F(SettlingTest, WhenTheTimeIsUpTheFirstThingsAreNamedAndTheRestCounted) {
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        server_.update(kube::nodes, node(name, false));
    }
    const Settling settling = wait(milliseconds(500));
    EXPECT_FALSE(settling.settled);
    EXPECT_EQ(settling.unsettled, 5);
    EXPECT_GE(settling.duration_ms, 500);
    EXPECT_EQ(settling.describe(),
              "node a is not Ready (NodeStatusUnknown); node b is not Ready (NodeStatusUnknown); "
              "node c is not Ready (NodeStatusUnknown); and 2 more");
}

TEST_F(SettlingTest, ItEndsAtOnceWhenItIsStopped) {
    server_.update(kube::nodes, node("a", false));
    const Settling settling = wait(seconds(60), [this] { stop_.request_stop(); });
    EXPECT_FALSE(settling.settled);
    EXPECT_LT(settling.duration_ms, 10000);
}

TEST_F(SettlingTest, WhatItMayNotReadItDoesNotWaitFor) {
    server_.deny("list", daemon_sets);
    const Settling settling = wait(seconds(60));
    EXPECT_FALSE(settling.settled);
    EXPECT_LT(settling.duration_ms, 10000);
    EXPECT_THAT(settling.describe(), HasSubstr("whether daemonsets are settled cannot be seen: "));
}

TEST_F(SettlingTest, AnApiServerThatGoesAwayMeanwhileIsWaitedForToo) {
    server_.update(kube::nodes, node("a", false));
    std::atomic<bool> away = false;
    server_.on_request([&](const kube::Request&) -> std::optional<kube::Result<kube::Response>> {
        if (!away) {
            return std::nullopt;
        }
        return std::unexpected(
            kube::Error{kube::Error::Kind::network, 0, "", "connection refused"});
    });
    const Settling settling = wait(seconds(60), [&] {
        if (said_.size() == 1) {
            away = true;
            server_.end_watches();
        } else if (said_.back().find("connection refused") != std::string::npos) {
            server_.update(kube::nodes, node("a", true));
            away = false;
        }
    });
    EXPECT_TRUE(settling.settled) << settling.describe();
    EXPECT_THAT(said_.size(), testing::Ge(2U));
}

TEST(WaitingRights, AreAskedForOnlyByARunThatWaits) {
    const auto watches_daemon_sets = [](Manner manner) {
        return std::ranges::any_of(rights_for({}, manner), [](const Right* one) {
            return one->verb == "watch" && kubectl_name(*one) == "daemonsets.apps";
        });
    };
    EXPECT_FALSE(watches_daemon_sets({}));
    EXPECT_TRUE(watches_daemon_sets({.waits = true}));
}

}  // namespace
}  // namespace assay
