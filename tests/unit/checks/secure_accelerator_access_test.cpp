// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "tests/unit/checks/played_cluster.h"

namespace assay {
namespace {

using Leak = PlayedCluster::Leak;

// What the played cluster has no place for: two allocators, and claims where a plugin hands out.
bool is_out_of_place(const Assertion& assertion, bool by_plugin) {
    return assertion.id == "allocators_share_none" ||
           (by_plugin && assertion.id == "admin_access_is_refused");
}

std::vector<std::string> with_outcome(const RunResult& run, Outcome outcome) {
    std::vector<std::string> ids;
    for (const Assertion* one : secure_accelerator_access.assertions) {
        if (outcome_of(run, std::string(one->id)) == outcome) {
            ids.emplace_back(one->id);
        }
    }
    return ids;
}

TEST(SecureAcceleratorAccess, PassesWhereEveryContainerReachesOnlyWhatItWasAllocated) {
    for (const bool by_plugin : {false, true}) {
        PlayedCluster cluster;
        cluster.by_plugin = by_plugin;
        const RunResult run = cluster.run();
        for (const Assertion* one : secure_accelerator_access.assertions) {
            const Outcome wanted =
                is_out_of_place(*one, by_plugin) ? Outcome::not_applicable : Outcome::passed;
            EXPECT_EQ(outcome_of(run, std::string(one->id)), wanted)
                << by_plugin << findings_of(run, std::string(one->id));
        }
        EXPECT_EQ(run.exit_code, 0);
        EXPECT_FALSE(run.simulated);
    }
}

TEST(SecureAcceleratorAccess, WithoutAWatchWhatEndedPodsWereGivenIsNotKnown) {
    PlayedCluster cluster;
    cluster.server().deny("watch", PlayedCluster::claims);
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), std::vector<std::string>{});
    EXPECT_EQ(outcome_of(run, "owner_asking_for_more_gets_no_more"), Outcome::inconclusive);
    EXPECT_NE(findings_of(run, "owner_asking_for_more_gets_no_more").find("not found"),
              std::string::npos);
}

TEST(SecureAcceleratorAccess, FindsThatAPluginAndADriverHandOutTheSameDevice) {
    for (const std::string accelerator : {"gpu.nvidia.com", "nvidia.com/gpu"}) {
        PlayedCluster cluster;
        cluster.beside_a_plugin = true;
        cluster.accelerator = accelerator;
        const RunResult run = cluster.run();
        EXPECT_EQ(with_outcome(run, Outcome::failed),
                  std::vector<std::string>{"allocators_share_none"})
            << accelerator;
        EXPECT_EQ(with_outcome(run, Outcome::inconclusive), std::vector<std::string>{});
    }
}

TEST(SecureAcceleratorAccess, LeavesNothingBehind) {
    PlayedCluster cluster;
    const RunResult run = cluster.run();
    EXPECT_TRUE(run.leftovers.empty());
    const kube::Client client(cluster.server());
    const auto limit = kube::Limit::of(std::chrono::seconds(5));
    EXPECT_EQ(client.list(kube::namespaces, "", {}, limit)->items.size(), 1U);  // kube-system
    EXPECT_TRUE(client.list(kube::pods, "", {}, limit)->items.empty());
}

TEST(SecureAcceleratorAccess, NodesOfAnotherArchitectureAreSaidAndNotExamined) {
    PlayedCluster cluster;
    cluster.image_architectures = {"amd64"};
    cluster.architectures = {{"node-0", "amd64"}, {"node-1", "arm64"}};
    const RunResult run = cluster.run();
    EXPECT_EQ(run.exit_code, 0);
    ASSERT_EQ(run.warnings.size(), 1U);
    EXPECT_EQ(run.warnings[0].find("1 of 2 nodes with gpu.nvidia.com are not examined: the probe "
                                   "image is for amd64, and node-1 (arm64) is not"),
              0U)
        << run.warnings[0];
}

TEST(SecureAcceleratorAccess, NodesOfEachArchitectureOfTheImageAreExamined) {
    PlayedCluster cluster;
    cluster.image_architectures = {"amd64", "arm64"};
    cluster.architectures = {{"node-0", "amd64"}, {"node-1", "arm64"}};
    EXPECT_TRUE(cluster.run().warnings.empty());
}

TEST(SecureAcceleratorAccess, NothingIsStartedWhereNoNodeCanRunTheProbe) {
    PlayedCluster cluster;
    cluster.image_architectures = {"amd64"};
    cluster.architectures = {{"node-0", "arm64"}, {"node-1", "arm64"}};
    const RunResult run = cluster.run();
    EXPECT_EQ(run.exit_code, 4);
    for (const Assertion* one : secure_accelerator_access.assertions) {
        EXPECT_EQ(outcome_of(run, std::string(one->id)), Outcome::inconclusive);
        EXPECT_NE(findings_of(run, std::string(one->id)).find("node-0 (arm64), node-1 (arm64)"),
                  std::string::npos);
    }
    const kube::Client client(cluster.server());
    const auto limit = kube::Limit::of(std::chrono::seconds(5));
    EXPECT_EQ(client.list(kube::namespaces, "", {}, limit)->items.size(), 1U);  // kube-system
}

// One planted violation and the assertions that must fail for it, and no other.
struct Planted {
    const char* name;
    std::function<Leak(const PlayedContainer&)> violation;
    std::vector<std::string> failed;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest calls it by this name
void PrintTo(const Planted& planted, std::ostream* stream) {
    *stream << planted.name;
}

class Violations : public testing::TestWithParam<Planted> {};

TEST_P(Violations, AreFoundByTheirAssertionAndNoOther) {
    PlayedCluster cluster;
    cluster.violation = GetParam().violation;
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), GetParam().failed);
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), std::vector<std::string>{});
    const bool counts =
        std::ranges::any_of(secure_accelerator_access.assertions, [&](const Assertion* one) {
            return one->basis == Basis::required && one->id == GetParam().failed.front();
        });
    EXPECT_EQ(run.exit_code, counts ? 1 : 0);
}

bool asks(const PlayedContainer& c, const std::string& value) {
    const auto found = c.env.find("NVIDIA_VISIBLE_DEVICES");
    return c.role == "stranger" && found != c.env.end() && found->second == value;
}

bool is_asker(const PlayedContainer& c, const std::string& value) {
    const auto found = c.env.find("NVIDIA_VISIBLE_DEVICES");
    return c.role == "asker" && found != c.env.end() && found->second == value;
}

Leak all_if(bool leaks) {
    return leaks ? Leak{{0, 1, 2, 3}, {}} : Leak{};
}

INSTANTIATE_TEST_SUITE_P(
    SecureAcceleratorAccess, Violations,
    testing::Values(
        Planted{"second_container",
                [](const PlayedContainer& c) { return all_if(c.container == "bystander"); },
                {"second_container_reaches_none"}},
        Planted{"opens_a_guessed_number",
                [](const PlayedContainer& c) {
                    return c.role == "neighbour" ? Leak{{}, c.guesses} : Leak{};
                },
                {"owner_cannot_open_anothers"}},
        Planted{"makes_a_node",
                [](const PlayedContainer& c) {
                    return c.container == "made-node" ? Leak{{}, c.guesses} : Leak{};
                },
                {"made_node_reaches_none"}},
        Planted{"init_container",
                [](const PlayedContainer& c) { return all_if(c.container == "before"); },
                {"init_container_reaches_none"}},
        Planted{"debug_container",
                [](const PlayedContainer& c) { return all_if(c.container == "debugger"); },
                {"debug_container_reaches_none"}},
        Planted{"owner_asks_for_more",
                [](const PlayedContainer& c) { return all_if(is_asker(c, "all")); },
                {"owner_asking_for_more_gets_no_more"}},
        Planted{"annotation",
                [](const PlayedContainer& c) { return all_if(c.container == "annotation"); },
                {"annotation_reaches_none"}},
        Planted{"volume",
                [](const PlayedContainer& c) { return all_if(c.container == "volume-mount-2"); },
                {"volume_mount_reaches_none"}},
        Planted{"channel",
                [](const PlayedContainer& c) { return all_if(c.container == "env-channel"); },
                {"env_channel_reaches_none"}},
        Planted{"after_the_owner",
                [](const PlayedContainer& c) {
                    return all_if(c.pod.find("stranger-after") != std::string::npos);
                },
                {"after_owner_reaches_none"}},
        Planted{"gets_what_it_names",
                [](const PlayedContainer& c) {
                    return is_asker(c, "GPU-node-0-0") ? Leak{{0}, {}} : Leak{};
                },
                {"owner_cannot_open_anothers"}},
        Planted{"plain_stranger",
                [](const PlayedContainer& c) {
                    return all_if(c.role == "stranger" && c.container == "plain" &&
                                  c.handler.empty() && c.pod.find("after") == std::string::npos);
                },
                {"stranger_reaches_none"}},
        Planted{"runtime_class",
                [](const PlayedContainer& c) {
                    return all_if(c.role == "stranger" && c.container == "plain" &&
                                  c.handler == "nvidia");
                },
                {"runtime_class_reaches_none"}},
        Planted{"all",
                [](const PlayedContainer& c) { return all_if(asks(c, "all")); },
                {"env_all_reaches_none"}},
        Planted{"all_by_runtime_class",
                [](const PlayedContainer& c) {
                    return all_if(asks(c, "all") && c.handler == "nvidia");
                },
                {"env_all_reaches_none"}},
        Planted{"index",
                [](const PlayedContainer& c) { return all_if(asks(c, "0")); },
                {"env_index_reaches_none"}},
        Planted{"uuid",
                [](const PlayedContainer& c) { return all_if(asks(c, "GPU-node-0-0")); },
                {"env_uuid_reaches_none"}},
        Planted{"cdi_name",
                [](const PlayedContainer& c) { return all_if(asks(c, "nvidia.com/gpu=all")); },
                {"env_cdi_name_reaches_none"}},
        Planted{"image",
                [](const PlayedContainer& c) {
                    return all_if(c.role == "stranger" && c.image == "r/visible");
                },
                {"image_variable_reaches_none"}},
        Planted{"legacy",
                [](const PlayedContainer& c) {
                    return all_if(c.role == "stranger" && c.image == "r/legacy");
                },
                {"legacy_image_reaches_none"}}),
    [](const testing::TestParamInfo<Planted>& param) { return std::string(param.param.name); });

TEST(SecureAcceleratorAccess, FailsItsControlAndStopsWhenAnOwnerReachesEveryDevice) {
    PlayedCluster cluster;
    cluster.violation = [](const PlayedContainer& c) { return all_if(!c.granted.empty()); };
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed),
              std::vector<std::string>{"owner_reaches_its_own"});
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::inconclusive);
    EXPECT_EQ(run.exit_code, 1);
}

TEST(SecureAcceleratorAccess, FailsWhenTwoOwnersAreHandedTheSameDevice) {
    PlayedCluster cluster;
    cluster.violation = [](const PlayedContainer& c) {
        return c.role == "neighbour" && c.container == "granted" ? Leak{{0}, {}} : Leak{};
    };
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "two_owners_share_none"), Outcome::failed);
    EXPECT_EQ(outcome_of(run, "owner_reaches_its_own"), Outcome::failed);  // it got one too many
}

TEST(SecureAcceleratorAccess, IsInconclusiveWhenAStrangerLandsOnAnotherNode) {
    PlayedCluster cluster;
    cluster.placement = [](const std::string& role, const std::string& node) {
        return role == "stranger" ? std::string("node-1") : node;
    };
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::inconclusive);
    EXPECT_EQ(outcome_of(run, "env_all_reaches_none"), Outcome::inconclusive);
    EXPECT_EQ(outcome_of(run, "second_container_reaches_none"), Outcome::passed);
    EXPECT_EQ(run.exit_code, 4);
}

TEST(SecureAcceleratorAccess, IsInconclusiveWhenTheProbeSaysNothing) {
    PlayedCluster cluster;
    cluster.speech = [](const PlayedContainer&, const std::string&) {
        return std::string("hello");
    };
    const RunResult run = cluster.run();
    for (const Assertion* one : secure_accelerator_access.assertions) {
        EXPECT_EQ(outcome_of(run, std::string(one->id)), Outcome::inconclusive) << one->id;
    }
    EXPECT_EQ(run.exit_code, 4);
}

TEST(SecureAcceleratorAccess, IsInconclusiveWhenAStrangersProbeSaysNothing) {
    PlayedCluster cluster;
    cluster.speech = [](const PlayedContainer& c, const std::string& document) {
        return c.role == "stranger" ? std::string() : document;
    };
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::inconclusive);
    EXPECT_EQ(run.exit_code, 4);
}

TEST(SecureAcceleratorAccess, IsInconclusiveWhenTheOwnersLibraryCannotNameItsDevice) {
    PlayedCluster cluster;
    cluster.speech = [](const PlayedContainer&, const std::string& document) {
        kube::Json changed = *kube::parse(document);
        changed["gpus"] = kube::Json::array();
        return changed.dump();
    };
    EXPECT_EQ(outcome_of(cluster.run(), "owner_reaches_its_own"), Outcome::inconclusive);
}

TEST(SecureAcceleratorAccess, FailsWhenTheOwnerGetsAnotherDeviceThanTheOneAllocated) {
    PlayedCluster cluster;
    cluster.speech = [](const PlayedContainer&, const std::string& document) {
        kube::Json changed = *kube::parse(document);
        for (kube::Json& gpu : changed["gpus"]) {
            gpu["uuid"] = "GPU-other";
        }
        return changed.dump();
    };
    EXPECT_EQ(outcome_of(cluster.run(), "owner_reaches_its_own"), Outcome::failed);
}

// Whoever hands a device out may call it what he likes.
TEST(SecureAcceleratorAccess, FindsAnotherAcceleratorBehindAForeignPath) {
    for (const std::string path : {"/dev/harmless", "/dev/nvidia-modeset", "/dev/nvidiactl"}) {
        PlayedCluster cluster;
        cluster.speech = [&](const PlayedContainer& c, const std::string& document) {
            kube::Json changed = *kube::parse(document);
            if (c.role == "stranger" && c.container == "plain" && c.handler.empty() &&
                c.pod.find("after") == std::string::npos) {
                changed["reachable"].push_back(
                    {{"number", "c:195:3"}, {"path", path}, {"by", "node"}, {"errno", ""}});
                changed["counts"]["reachable"] = 1;
            }
            return changed.dump();
        };
        const RunResult run = cluster.run();
        EXPECT_EQ(with_outcome(run, Outcome::failed),
                  std::vector<std::string>{"stranger_reaches_none"})
            << path;
    }
}

TEST(SecureAcceleratorAccess, ARefusedMknodIsNotTakenForARefusedOpen) {
    PlayedCluster cluster;
    cluster.mknod_allowed = false;
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "owner_cannot_open_anothers"), Outcome::passed);  // by naming it
    EXPECT_NE(findings_of(run, "owner_cannot_open_anothers").find("[not_applicable]"),
              std::string::npos);
}

TEST(SecureAcceleratorAccess, DoesNotAskAboutTwoOwnersOnANodeWithOneAccelerator) {
    PlayedCluster cluster;
    cluster.published_per_node = 1;
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "two_owners_share_none"), Outcome::not_applicable);
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::passed);
    EXPECT_EQ(run.exit_code, 0);
}

TEST(SecureAcceleratorAccess, WithoutAnAcceleratorItIsInconclusiveAndCreatesNothing) {
    PlayedCluster cluster;
    cluster.published_per_node = 0;
    const RunResult run = cluster.run();
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_NE(findings_of(run, "owner_reaches_its_own").find("no accelerator found; looked for"),
              std::string::npos);
    for (const kube::Request& request : cluster.server().requests()) {
        EXPECT_EQ(request.method, "GET") << request.path;
    }
}

TEST(SecureAcceleratorAccess, NoIntrusiveLeavesTheForgingAttemptsOpen) {
    PlayedCluster cluster;
    const RunResult run = cluster.run({"secure_accelerator_access"}, false);
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::passed);
    for (const Assertion* one : secure_accelerator_access.assertions) {
        if (one->forging) {
            EXPECT_EQ(outcome_of(run, std::string(one->id)), Outcome::inconclusive) << one->id;
        }
    }
    EXPECT_EQ(run.exit_code, 4);
}

TEST(SecureAcceleratorAccess, RequirementsWithoutACheckAreInconclusive) {
    PlayedCluster cluster;
    const RunResult run = cluster.run({"secure_accelerator_access", "gang_scheduling"});
    EXPECT_EQ(run.exit_code, 4);
}

}  // namespace
}  // namespace assay
