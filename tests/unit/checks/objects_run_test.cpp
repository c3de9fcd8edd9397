// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Checks that need no accelerator and make objects of any kind, run whole on an API server in
// memory.

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <utility>

#include "engine/runner.h"
#include "engine/scenario.h"
#include "tests/api/fake_api_server.h"

namespace assay {
namespace {

using kube::Json;
using std::chrono::seconds;

const kube::Resource jobs{"batch", "v1", "jobs", "Job", true};
const kube::Resource queues{"kueue.x-k8s.io", "v1beta2", "clusterqueues", "ClusterQueue", false};
const kube::Resource accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};

constexpr Assertion job_completes{.id = "job_completes", .sentence = "a job completes"};
constexpr Assertion queue_is_kept{.id = "queue_is_kept", .sentence = "a queue is kept"};
constexpr Assertion bad_job_is_refused{.id = "bad_job_is_refused", .sentence = "it is refused"};
constexpr Assertion restarts{.id = "restarts", .sentence = "it comes back"};
constexpr auto table = assertions({&job_completes, &queue_is_kept, &bad_job_is_refused, &restarts});

ObjectManifest job() {
    return ObjectManifest(Json{{"apiVersion", "batch/v1"},
                               {"kind", "Job"},
                               {"metadata", {{"name", "job"}}},
                               {"spec", {{"queue", "queue"}}}});
}

void ask(Scenario& s) {
    const Object queue = s.make(ObjectManifest(Json{{"apiVersion", "kueue.x-k8s.io/v1beta2"},
                                                    {"kind", "ClusterQueue"},
                                                    {"metadata", {{"name", "queue"}}}}));
    const Object made = s.make(job());
    s.expect(job_completes, made.when([](const ObjectState& one) {
        return one.condition("Complete").status == "True";
    }),
             satisfies<ObjectState>("complete", [](const ObjectState& one) {
                 return one.condition("Complete").status == "True";
             }));
    s.change(queue, {{"spec", {{"stopPolicy", "Hold"}}}});
    s.expect(queue_is_kept, queue.when([](const ObjectState& one) { return one.exists; }),
             satisfies<ObjectState>("held", [](const ObjectState& one) {
                 return one.text("/spec/stopPolicy") == "Hold";
             }));
    s.expect(bad_job_is_refused, s.try_to_make(job().named("bad")),
             satisfies<Answer>("refused", [](const Answer& one) { return !one.accepted; }));
    if (!s.allowed(Change::restart_controllers)) {
        s.not_allowed(restarts, Change::restart_controllers);
    }
    s.end(made);
}

constinit const Check makes_objects{.id = "gang_scheduling",
                                    .title = "makes objects",
                                    .breaks = "nothing",
                                    .assertions = table,
                                    .needs = {},
                                    .timeout = seconds(20),
                                    .run = ask};

// What began and what ended, in the order in which it did.
class Noting : public RunObserver {
public:
    void check_started(const std::string& requirement) override { note(requirement + " began"); }
    void progressed(const std::string&, const std::string&) override {}
    void check_settled(const RequirementResult& result) override { note(result.id + " ended"); }

    std::vector<std::string> noted;

private:
    void note(std::string words) {
        const std::scoped_lock lock(mutex_);
        noted.push_back(std::move(words));
    }

    std::mutex mutex_;
};

class ObjectsRun : public testing::Test {
protected:
    ObjectsRun() {
        server_.update(kube::namespaces, {{"metadata", {{"name", "kube-system"}}}});
        server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
            server.update(accounts, {{"metadata",
                                      {{"name", "default"}, {"namespace", kube::name_of(space)}}}});
        });
        server_.on_created(jobs, [](kube::FakeApiServer& server, const Json& created) {
            Json done = created;
            done["status"]["conditions"] =
                Json::array({{{"type", "Complete"}, {"status", "True"}}});
            server.update(jobs, done);
        });
        server_.serve_group({.name = "batch", .versions = {"v1"}, .kinds = {jobs}});
        server_.serve_group({.name = "kueue.x-k8s.io", .versions = {"v1beta2"}, .kinds = {queues}});
    }

    RunResult run(const std::vector<const Check*>& checks, Changes allowed = {}) {
        static const std::vector<Adapter> adapters = *load_adapters();
        const kube::Client client(server_);
        const auto inventory = *take_inventory(client, adapters, kube::Limit::of(seconds(10)));
        RunPlan plan;
        plan.profile = *load_profile("k8s-ai-1.37");
        plan.profile.observe_s = 2;
        for (const Check* one : checks) {
            plan.select.emplace_back(one->id);
        }
        plan.catalog = checks;
        plan.images = {{"core", "r/core"}};
        plan.allowed = std::move(allowed);
        plan.components = components;
        return Runner(client, inventory, nullptr, observer_).run(plan, "r2d2", {});
    }

    const AssertionResult& asked(const RunResult& run, const Assertion& assertion) {
        for (const RequirementResult& one : run.requirements) {
            const auto found =
                std::ranges::find(one.assertions, assertion.id, &AssertionResult::id);
            if (found != one.assertions.end()) {
                return *found;
            }
        }
        throw std::logic_error("it was not asked");
    }

    kube::FakeApiServer server_;
    Noting observer_;
    std::vector<Component> components;
};

TEST_F(ObjectsRun, MakesChangesAndObservesThemWithoutAnAccelerator) {
    const RunResult result = run({&makes_objects});
    EXPECT_EQ(asked(result, job_completes).outcome, Outcome::passed)
        << asked(result, job_completes).reason;
    EXPECT_EQ(asked(result, queue_is_kept).outcome, Outcome::passed);
    EXPECT_EQ(asked(result, bad_job_is_refused).outcome, Outcome::failed);
    EXPECT_EQ(server_.stored(queues).size(), 0U) << "what is not in the namespace is removed too";
    EXPECT_TRUE(result.leftovers.empty());
}

TEST_F(ObjectsRun, ReferencesAreToTheRunsOwnObjects) {
    Json seen;
    server_.on_request(
        [&](const kube::Request& request) -> std::optional<kube::Result<kube::Response>> {
            if (request.method == "POST" && request.path.find("/jobs") != std::string::npos) {
                seen = *kube::parse(request.body);
            }
            return std::nullopt;
        });
    run({&makes_objects});
    EXPECT_EQ(kube::text(seen, {"spec", "queue"}), "queue-r2d2");
}

TEST_F(ObjectsRun, WhatOthersMayFeelIsAskedOnlyIfAllowed) {
    const RunResult without = run({&makes_objects});
    EXPECT_EQ(asked(without, restarts).findings.front().reason,
              "only with --allow restart-controllers");
    EXPECT_EQ(asked(without, restarts).outcome, Outcome::inconclusive);
    EXPECT_TRUE(
        asked(run({&makes_objects}, {Change::restart_controllers}), restarts).findings.empty());
}

TEST_F(ObjectsRun, AKindThatIsNotServedEndsTheCheck) {
    server_.serve_group({.name = "kueue.x-k8s.io", .versions = {"v1beta1"}});
    const RunResult result = run({&makes_objects});
    EXPECT_EQ(
        asked(result, job_completes).reason,
        "never reached: the API server does not serve ClusterQueue in kueue.x-k8s.io/v1beta2");
}

TEST_F(ObjectsRun, AComponentThatIsNotInstalledIsInconclusiveAndNamed) {
    Check needing = makes_objects;
    needing.needs.component = "scheduler";
    components = {{.role = "scheduler",
                   .name = "volcano",
                   .serves = {"Queue.scheduling.volcano.sh"},
                   .tried = "real",
                   .tried_with = "v1.14.1",
                   .details = {}}};
    const RunResult result = run({&needing});
    EXPECT_EQ(result.exit_code, 4);
    EXPECT_EQ(asked(result, job_completes).reason,
              "never reached: not installed: no scheduler found; looked for volcano (tried with "
              "v1.14.1)");
    EXPECT_TRUE(server_.stored(kube::namespaces).size() == 1U) << "nothing is created";
}

// --- beside each other ---

std::latch* both_began = nullptr;

void wait_for_the_other(Scenario& s) {
    both_began->arrive_and_wait();
    s.not_asked(job_completes, "met the other");
}

TEST_F(ObjectsRun, ChecksThatNeedNoAcceleratorRunBesideEachOther) {
    std::latch latch(2);
    both_began = &latch;
    constexpr static auto one_assertion = assertions({&job_completes});
    Check first = makes_objects;
    first.assertions = one_assertion;
    first.run = wait_for_the_other;
    Check second = first;
    second.id = "ai_inference";
    const RunResult result = run({&first, &second});
    int met = 0;
    for (const RequirementResult& one : result.requirements) {
        met += one.selected && one.assertions.front().findings.front().reason == "met the other";
    }
    EXPECT_EQ(met, 2);
}

// While an operator is down its webhook lets no pod start, whoever asks for one.
TEST_F(ObjectsRun, WhatDisturbsTheOthersBeginsWhenTheyHaveEnded) {
    for (const auto& [restarting, quiet] : {std::pair{"gang_scheduling", "robust_controller"},
                                            {"robust_controller", "ai_inference"},
                                            {"ai_inference", "gang_scheduling"}}) {
        Check first = makes_objects;
        first.id = restarting;
        first.needs.disturbs = Change::restart_controllers;
        Check other = makes_objects;
        other.id = quiet;
        observer_.noted.clear();
        run({&first, &other}, {Change::restart_controllers});
        const std::string name = restarting;
        EXPECT_EQ(std::vector(observer_.noted.end() - 2, observer_.noted.end()),
                  (std::vector{name + " began", name + " ended"}));
        EXPECT_EQ(observer_.noted.size(), 4U);
    }
}

}  // namespace
}  // namespace assay
