// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The data files that are compiled in, and what is said of broken ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "engine/adapter.h"
#include "engine/profile.h"

namespace assay {
namespace {

TEST(Profile, EveryShippedProfileLoads) {
    ASSERT_EQ(profile_names(),
              (std::vector<std::string>{"k8s-ai-1.34", "k8s-ai-1.35", "k8s-ai-1.36", "k8s-ai-1.37",
                                        "node-pool"}));
    for (const std::string& name : profile_names()) {
        const auto profile = load_profile(name);
        ASSERT_TRUE(profile) << profile.error();
        EXPECT_EQ(profile->id, name);
    }
}

TEST(Profile, MustCountsAreThoseOfTheProgramme) {
    const std::map<std::string, long> musts{
        {"k8s-ai-1.34", 9}, {"k8s-ai-1.35", 9}, {"k8s-ai-1.36", 8}, {"k8s-ai-1.37", 8}};
    for (const auto& [name, count] : musts) {
        const auto profile = load_profile(name);
        EXPECT_EQ(std::ranges::count(profile->requirements, Level::must, &Requirement::level),
                  count)
            << name;
    }
}

TEST(Profile, AnUnknownNameListsThoseThereAre) {
    const auto profile = load_profile("nope");
    ASSERT_FALSE(profile);
    EXPECT_NE(profile.error().find("k8s-ai-1.37"), std::string::npos);
}

constexpr const char* minimal =
    "apiVersion: assay/v1alpha1\nkind: Profile\nid: x\nkubernetes: \"1.37\"\nrequirements:\n"
    "- {id: a, category: b, level: must}\n";

TEST(Profile, AMinimalOneLoads) {
    EXPECT_TRUE(parse_profile(minimal, "m"));
}

TEST(Profile, UnknownKeysAreErrorsThatNameTheKey) {
    const auto profile = parse_profile(std::string(minimal) + "surprise: 1\n", "m");
    ASSERT_FALSE(profile);
    EXPECT_NE(profile.error().find("surprise: unknown key"), std::string::npos);
}

TEST(Profile, AnUnknownLevelIsAnError) {
    std::string text = minimal;
    text.replace(text.find("must"), 4, "soon");
    EXPECT_FALSE(parse_profile(text, "m"));
}

TEST(Profile, ARequirementTwiceIsAnError) {
    EXPECT_FALSE(
        parse_profile(std::string(minimal) + "- {id: a, category: b, level: must}\n", "m"));
}

std::expected<Profile, std::string> with_floor(const std::string& entry) {
    return parse_profile(minimal + ("floors:\n- {" + entry + "}\n"), "m");
}

std::string floor_entry(int at_least) {
    return "model: NVIDIA H200, measure: hbm_copy_gb_per_s, at_least: " + std::to_string(at_least) +
           ", source: a, date: 2026-05";
}

TEST(Profile, AFloorIsWithinThePeakOfTheCatalogue) {
    // Of 4800: DCGM 4.6 has a floor of 2333 MB/s for this model, which nothing ever fails.
    for (const int good : {1920, 3936, 4800}) {
        const auto profile = with_floor(floor_entry(good));
        ASSERT_TRUE(profile) << profile.error();
        EXPECT_EQ(profile->floors.at(0).peak, 4800);
    }
    for (const int bad : {0, 2, 1919, 4801, 2333000, -3936}) {
        const auto profile = with_floor(floor_entry(bad));
        ASSERT_FALSE(profile) << bad;
        EXPECT_NE(profile.error().find("is not between 40 and 100 % of the peak, 4800"),
                  std::string::npos)
            << profile.error();
    }
}

TEST(Profile, AFloorNeedsAPeakASourceAndADate) {
    const auto error_of = [](const std::string& entry) { return with_floor(entry).error(); };
    EXPECT_NE(error_of("model: X, measure: hbm_copy_gb_per_s, at_least: 1, source: a, date: b")
                  .find("the catalogue has no peak of hbm_copy_gb_per_s for X"),
              std::string::npos);
    EXPECT_NE(error_of("model: NVIDIA H200, measure: hbm_copy, at_least: 1, source: a, date: b")
                  .find("no peak of hbm_copy"),
              std::string::npos)
        << "the unit is part of the name";
    EXPECT_NE(error_of("model: NVIDIA H200, measure: hbm_copy_gb_per_s, at_least: 3936, "
                       "source: \"\", date: b")
                  .find("needs its source and its date"),
              std::string::npos);
    EXPECT_FALSE(with_floor(floor_entry(3936) + ", surprise: 1"));
}

TEST(Profile, EveryShippedFloorSaysWhereItComesFrom) {
    const auto profile = load_profile("node-pool");
    ASSERT_TRUE(profile) << profile.error();
    EXPECT_TRUE(profile->strict);
    EXPECT_GE(profile->floors.size(), 5U);
    for (const Floor& floor : profile->floors) {
        EXPECT_FALSE(floor.source.empty());
        EXPECT_EQ(floor.date.substr(0, 4), "2026") << floor.model;
    }
}

TEST(Profile, SecondsThatAreNoTimeToWatchAreAnError) {
    const auto with = [](const std::string& seconds) {
        return parse_profile(minimal + ("limits: {observe_s: " + seconds + "}\n"), "m");
    };
    EXPECT_EQ(with("1")->observe_s, 1);
    EXPECT_EQ(with("3600")->observe_s, 3600);
    for (const char* bad : {"0", "-5", "3601", "4294967297", "99999999999999999999"}) {
        const auto profile = with(bad);
        ASSERT_FALSE(profile) << bad;
        EXPECT_NE(profile.error().find("observe_s"), std::string::npos) << profile.error();
    }
}

TEST(Adapter, EveryShippedAdapterLoads) {
    const auto adapters = load_adapters();
    ASSERT_TRUE(adapters) << adapters.error();
    EXPECT_EQ(adapter_of_driver(*adapters, "gpu.nvidia.com")->name, "nvidia");
    EXPECT_TRUE(adapter_of_driver(*adapters, "gpu.example.com")->simulated);
    EXPECT_EQ(adapter_of_driver(*adapters, "unheard.of"), nullptr);
    for (const auto& [resource, name] :
         std::map<std::string, std::string>{{"nvidia.com/gpu", "nvidia"},
                                            {"amd.com/gpu", "amd"},
                                            {"gpu.intel.com/xe", "intel-gpu"},
                                            {"habana.ai/gaudi", "intel-gaudi"},
                                            {"google.com/tpu", "google-tpu"},
                                            {"aws.amazon.com/neuron", "aws-neuron"}}) {
        ASSERT_NE(adapter_of_resource(*adapters, resource), nullptr) << resource;
        EXPECT_EQ(adapter_of_resource(*adapters, resource)->name, name);
    }
    EXPECT_EQ(adapter_of_resource(*adapters, "unheard.of/gpu"), nullptr);
}

// What was never tried says so, whoever reads it.
TEST(Adapter, OnlyWhatWasTriedClaimsIt) {
    const auto adapters = load_adapters();
    ASSERT_TRUE(adapters);
    for (const Adapter& adapter : *adapters) {
        const bool seen_in_lab = adapter.name == "nvidia" || adapter.name == "dra-example";
        EXPECT_EQ(adapter.role == "accelerator" && adapter.tried != "no", seen_in_lab)
            << adapter.name;
    }
}

TEST(Adapter, ABadExpressionIsAnError) {
    const auto adapter = parse_adapter(
        "apiVersion: assay/v1alpha1\nkind: Adapter\nrole: accelerator\nname: x\nvendor: y\n"
        "match: {driverNames: [z]}\ndeviceNodes:\n- {path: \"(\", role: accelerator}\ntried: no\n",
        "a");
    ASSERT_FALSE(adapter);
    EXPECT_NE(adapter.error().find("path"), std::string::npos);
}

TEST(Adapter, AnExpressionMatchesTheWholeTextOrNot) {
    EXPECT_TRUE(matches("/dev/nvidia12", "/dev/nvidia[0-9]+"));
    EXPECT_FALSE(matches("/dev/nvidia12/x", "/dev/nvidia[0-9]+"));
    EXPECT_FALSE(matches("", ""));
    // A device path as a hostile container may tell it: matching it would take all of the stack.
    EXPECT_FALSE(matches("/dev/nvidia" + std::string(1'000'000, '0'), "/dev/nvidia[0-9]+"));
}

TEST(Adapter, KnowsThePartsOfAStack) {
    const std::string rest =
        "apiVersion: assay/v1alpha1\nkind: Adapter\nrole: accelerator\nname: x\nvendor: y\n"
        "match: {driverNames: [z]}\ntried: no\nstack:\n  nodeLabels: [a=b]\n  daemonSets:\n";
    const auto adapter = parse_adapter(rest + "  - {part: toolkit, name: \"x-.*\"}\n", "a");
    ASSERT_TRUE(adapter) << adapter.error();
    EXPECT_EQ(adapter->stack.parts.at(0).part, "toolkit");
    EXPECT_EQ(adapter->stack.node_labels.at(0), "a=b");
    for (const char* bad : {"  - {part: engine, name: x}\n", "  - {part: driver, name: \"(\"}\n"}) {
        EXPECT_FALSE(parse_adapter(rest + bad, "a")) << bad;
    }
}

}  // namespace
}  // namespace assay
