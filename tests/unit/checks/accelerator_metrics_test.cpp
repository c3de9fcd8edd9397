// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The check on the played cluster with an exporter on each node, which tells of the played
// accelerators; what it tells wrongly is planted.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <mutex>

#include "checks/catalog.h"
#include "engine/rights.h"
#include "kube/request_facts.h"
#include "tests/unit/checks/played_cluster.h"

namespace assay {
namespace {

using kube::Json;
using testing::HasSubstr;

constexpr std::int64_t memory_bytes = 512LL * 1024 * 1024;

class AcceleratorMetrics : public testing::Test {
protected:
    struct Wrong {
        bool constant = false;
        bool stale = false;     // what it told under the load it tells for ever
        int other_rises = -1;   // the load shows on this minor too
        bool swapped = false;   // with the next minor
        bool missing = false;   // of one accelerator there is nothing
        bool half = false;      // of the first's memory there is nothing without a load, and of one
                                // more than the node offers there is all
        bool twice = false;     // one name for all
        bool in_bytes = false;  // MiB are meant
        bool over_full = false;  // 150 %
        bool over_full_when_busy = false;
        bool nobody = false;  // no pod is named
        bool answers = true;
        std::string backend = "cpu";
        std::string why = {};
    };

    AcceleratorMetrics() {
        cluster_.simulated = true;
        cluster_.checks = {&accelerator_metrics};
        for (const char* node : {"node-0", "node-1"}) {
            add_exporter(node);
        }
        cluster_.speech = [this](const PlayedContainer& container, const std::string& document) {
            const std::scoped_lock lock(mutex_);
            holder_ = container;
            Json said = *kube::parse(document);
            said["load"] = {
                {"backend", wrong_.backend}, {"memory_bytes", memory_bytes}, {"why", wrong_.why}};
            return said.dump();
        };
        cluster_.server().on_request(
            [this](const kube::Request& request) -> std::optional<kube::Result<kube::Response>> {
                if (request.path.find("/proxy/metrics") == std::string::npos) {
                    return std::nullopt;
                }
                const bool second = request.path.find("exporter-node-1") != std::string::npos;
                return kube::Response{.status = wrong_.answers ? 200 : 500,
                                      .headers = {},
                                      .body = told_of(second ? "node-1" : "node-0")};
            });
    }

    void add_exporter(const std::string& node) {
        cluster_.server().update(kube::pods,
                                 {{"metadata",
                                   {{"name", "exporter-" + node},
                                    {"namespace", "monitoring"},
                                    {"labels", {{"app.kubernetes.io/name", "dcgm-exporter"}}}}},
                                  {"spec", {{"nodeName", node}}},
                                  {"status", {{"phase", "Running"}}}});
    }

    bool is_loaded(const std::string& node, int minor) {
        const std::scoped_lock lock(mutex_);
        const bool there = holder_ && holder_->node == node &&
                           cluster_.server().stored(kube::pods, space(), holder_->pod).has_value();
        const int busy = there && !holder_->granted.empty() ? *holder_->granted.begin() : -1;
        shown_ = shown_ || busy >= 0;
        const int shown = wrong_.swapped && busy >= 0 ? busy + 1 : busy;
        const bool rises = minor == shown || (busy >= 0 && minor == wrong_.other_rises);
        return !wrong_.constant && (rises || (wrong_.stale && shown_ && minor == 0));
    }

    static std::string space() { return "assay-r2d2-accelerator-metrics"; }

    std::string told_of(const std::string& node) {
        std::string text = "# TYPE DCGM_FI_DEV_GPU_UTIL gauge\n";
        const int more = (wrong_.half ? 1 : 0) - (wrong_.missing ? 1 : 0);
        for (int minor = 0; minor < PlayedCluster::devices_per_node + more; ++minor) {
            const bool loaded = is_loaded(node, minor);
            const std::string pod = loaded && !wrong_.nobody ? holder_->pod : "";
            const std::string labels =
                fmt::format(R"({{gpu="{}",UUID="GPU-{}-{}",pod="{}",namespace="{}"}})", minor, node,
                            wrong_.twice ? 0 : minor, pod, pod.empty() ? "" : space());
            const std::int64_t unit = wrong_.in_bytes ? 1024LL * 1024 : 1;
            const std::int64_t used = loaded ? 512 : 0;
            text += fmt::format("DCGM_FI_DEV_GPU_UTIL{} {}\n", labels,
                                wrong_.over_full || (wrong_.over_full_when_busy && loaded) ? 150
                                : loaded                                                   ? 97
                                                                                           : 0);
            if (!wrong_.half || loaded || minor > 0) {
                text += fmt::format("DCGM_FI_DEV_FB_USED{0} {1}\nDCGM_FI_DEV_FB_FREE{0} {2}\n",
                                    labels, used * unit, (140 * 1024 - used) * unit);
            }
        }
        return text;
    }

    std::map<std::string, Outcome> not_passed() {
        run_ = cluster_.run({"accelerator_metrics"});
        std::map<std::string, Outcome> result;
        for (const Assertion* one : accelerator_metrics.assertions) {
            const Outcome outcome = outcome_of(run_, std::string(one->id));
            if (outcome != Outcome::passed) {
                result[std::string(one->id)] = outcome;
            }
        }
        return result;
    }

    using Outcomes = std::map<std::string, Outcome>;

    Wrong wrong_;
    PlayedCluster cluster_;
    RunResult run_;
    std::mutex mutex_;
    std::optional<PlayedContainer> holder_;
    bool shown_ = false;
};

TEST_F(AcceleratorMetrics, PassesWhereWhatIsToldIsTrue) {
    EXPECT_EQ(not_passed(), Outcomes{}) << findings_of(run_, "load_shows");
    EXPECT_TRUE(run_.leftovers.empty());
    EXPECT_TRUE(run_.simulated);
}

TEST_F(AcceleratorMetrics, PassesWithADevicePlugin) {
    cluster_.by_plugin = true;
    EXPECT_EQ(not_passed(), (Outcomes{{"memory_is_as_published", Outcome::not_applicable}}));
}

TEST_F(AcceleratorMetrics, AConstantValueIsFound) {
    wrong_.constant = true;
    cluster_.by_plugin = false;
    const Outcomes found = not_passed();
    EXPECT_EQ(found.at("load_shows"), Outcome::failed);
    EXPECT_EQ(found.at("memory_shows"), Outcome::failed);
    EXPECT_EQ(found.at("other_accelerators_stay"), Outcome::inconclusive);
}

TEST_F(AcceleratorMetrics, AValueThatIsKeptIsFound) {
    wrong_.stale = true;
    EXPECT_EQ(not_passed(), (Outcomes{{"falls_after_the_load", Outcome::failed}}));
}

TEST_F(AcceleratorMetrics, AnothersRiseIsFound) {
    wrong_.other_rises = 2;
    EXPECT_EQ(not_passed(), (Outcomes{{"other_accelerators_stay", Outcome::failed}}));
}

TEST_F(AcceleratorMetrics, SwappedAcceleratorsAreFound) {
    wrong_.swapped = true;
    EXPECT_EQ(not_passed().at("load_shows"), Outcome::failed);
}

TEST_F(AcceleratorMetrics, AnAcceleratorWithoutSeriesIsFound) {
    wrong_.missing = true;
    EXPECT_EQ(not_passed().at("every_accelerator_has_series"), Outcome::failed);
    EXPECT_THAT(findings_of(run_, "every_accelerator_has_series"),
                HasSubstr("node node-0 offers 4 accelerators and tells of 3"));
}

// What it had before the load is what the load is held against.
TEST_F(AcceleratorMetrics, AnAcceleratorThatIsToldOfInHalfSettlesNothingOfALoad) {
    wrong_.half = true;
    EXPECT_EQ(not_passed().at("memory_shows"), Outcome::inconclusive);
    EXPECT_THAT(findings_of(run_, "load_shows"),
                HasSubstr("both quantities of it were not told before the load"));
}

TEST_F(AcceleratorMetrics, ANodeWithoutAnExporterIsFound) {
    cluster_.server().erase(kube::pods, "monitoring", "exporter-node-1");
    EXPECT_EQ(not_passed().at("every_accelerator_has_series"), Outcome::failed);
    EXPECT_THAT(findings_of(run_, "every_accelerator_has_series"),
                HasSubstr("no exporter runs on node node-1"));
}

TEST_F(AcceleratorMetrics, OneNameForAllIsFound) {
    wrong_.twice = true;
    EXPECT_EQ(not_passed().at("every_accelerator_has_series"), Outcome::failed);
    EXPECT_THAT(findings_of(run_, "every_accelerator_has_series"),
                HasSubstr("twice of GPU-node-0"));
}

TEST_F(AcceleratorMetrics, AWrongUnitIsFound) {
    wrong_.in_bytes = true;
    const Outcomes found = not_passed();
    EXPECT_EQ(found.at("memory_is_as_published"), Outcome::failed);
    EXPECT_EQ(found.at("memory_shows"), Outcome::failed);
    EXPECT_EQ(found.size(), 2U);
}

TEST_F(AcceleratorMetrics, AValueThatCannotBeIsFound) {
    wrong_.over_full = true;
    EXPECT_EQ(not_passed().at("values_are_in_range"), Outcome::failed);
}

TEST_F(AcceleratorMetrics, AValueThatCannotBeUnderTheLoadIsFound) {
    wrong_.over_full_when_busy = true;
    EXPECT_EQ(not_passed(), (Outcomes{{"values_are_in_range", Outcome::failed}}));
}

TEST_F(AcceleratorMetrics, APodThatIsNotNamedIsFound) {
    wrong_.nobody = true;
    EXPECT_EQ(not_passed(), (Outcomes{{"attributed_to_the_pod", Outcome::failed}}));
}

TEST_F(AcceleratorMetrics, WithoutAnExporterItIsNotInstalled) {
    for (const char* node : {"node-0", "node-1"}) {
        cluster_.server().erase(kube::pods, "monitoring", std::string("exporter-") + node);
    }
    EXPECT_EQ(not_passed().at("every_accelerator_has_series"), Outcome::inconclusive);
    EXPECT_THAT(findings_of(run_, "every_accelerator_has_series"),
                HasSubstr("not installed: no exporter for NVIDIA found; looked for dcgm-exporter"));
}

TEST_F(AcceleratorMetrics, AnExporterThatAnswersAnErrorIsNoVerdict) {
    wrong_.answers = false;
    EXPECT_EQ(not_passed().at("every_accelerator_has_series"), Outcome::inconclusive);
}

TEST_F(AcceleratorMetrics, ALoadOnProcessorsSaysNothingOfARealAccelerator) {
    cluster_.simulated = false;
    const Outcomes found = not_passed();
    EXPECT_EQ(found.size(), 5U);
    EXPECT_EQ(found.at("load_shows"), Outcome::inconclusive);
    EXPECT_THAT(findings_of(run_, "load_shows"), HasSubstr("met no driver of theirs"));
}

TEST_F(AcceleratorMetrics, OnlyWhereAcceleratorsAreSimulatedAProcessorIsAskedToBeTheLoad) {
    const auto asked_processors = [&] {
        return std::ranges::count_if(cluster_.server().requests(), [](const kube::Request& one) {
            return one.method == "POST" &&
                   one.body.find(R"("--backend","cpu")") != std::string::npos;
        });
    };
    static_cast<void>(not_passed());
    EXPECT_EQ(asked_processors(), 1);
    cluster_.simulated = false;
    wrong_.backend = "cuda";
    EXPECT_EQ(not_passed(), Outcomes{});
    EXPECT_EQ(asked_processors(), 1);
}

TEST_F(AcceleratorMetrics, ALoadThatDidNotBeginSaysWhy) {
    wrong_.backend = "none";
    wrong_.why = "CUDA_ERROR_NO_DEVICE";
    const Outcomes found = not_passed();
    EXPECT_EQ(found.size(), 5U);
    EXPECT_EQ(found.at("load_shows"), Outcome::inconclusive);
    EXPECT_THAT(findings_of(run_, "load_shows"), HasSubstr("CUDA_ERROR_NO_DEVICE"));
}

TEST_F(AcceleratorMetrics, DoesOnlyWhatItsRightsAllow) {
    static_cast<void>(not_passed());
    const std::vector<const Check*> catalog{&accelerator_metrics};
    const std::vector<const Right*> rights = rights_for(catalog, {});
    for (const kube::Request& request : cluster_.server().requests()) {
        const kube::RequestFacts facts = kube::facts_of(request);
        const bool everybodys = facts.path == "/version" || facts.path == "/apis";
        const bool granted = std::ranges::any_of(rights, [&](const Right* right) {
            return right->verb == facts.verb && right->group == facts.group &&
                   right->resource == facts.resource;
        });
        EXPECT_TRUE(everybodys || granted) << facts.verb << " " << facts.path;
    }
}

}  // namespace
}  // namespace assay
