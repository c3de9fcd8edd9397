// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// secure_accelerator_access where the API server, or a webhook behind it, answers late, or
// something else than what was asked: never a verdict.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <semaphore>
#include <string>

#include "checks/catalog.h"
#include "kube/request_facts.h"
#include "tests/api/fake_api_answers.h"
#include "tests/unit/checks/played_cluster.h"

namespace assay {
namespace {

using kube::Json;
using kube::Request;

bool creates_pod(const Request& request) {
    return request.method == "POST" && request.path.find("/pods?") != std::string::npos;
}

// Pods are stored as change leaves them.
void mutate_pods(PlayedCluster& cluster, const std::function<void(Json& pod)>& change) {
    kube::FakeApiServer& server = cluster.server();
    server.on_request(
        [&server, change](const Request& request) -> std::optional<kube::Result<kube::Response>> {
            Json pod = creates_pod(request) ? Json::parse(request.body) : Json();
            const Json before = pod;
            if (pod.is_object()) {
                change(pod);
            }
            if (pod == before) {
                return std::nullopt;
            }
            Request changed = request;
            changed.body = pod.dump();
            return server.send(changed, kube::Limit::of(std::chrono::seconds(5)));
        });
}

TEST(AlteredAnswers, APodMovedToAnotherRuntimeWasNotAskedUnderItsRuntimeClass) {
    PlayedCluster cluster;
    mutate_pods(cluster, [](Json& pod) { pod["spec"].erase("runtimeClassName"); });
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "runtime_class_reaches_none"), Outcome::inconclusive);
    EXPECT_NE(findings_of(run, "runtime_class_reaches_none")
                  .find("it ran under the default runtime instead of RuntimeClass nvidia"),
              std::string::npos)
        << findings_of(run, "runtime_class_reaches_none");
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::passed);
}

TEST(AlteredAnswers, AContainerWithoutItsVariableDidNotAsk) {
    PlayedCluster cluster;
    mutate_pods(cluster, [](Json& pod) {
        for (Json& container : pod["spec"]["containers"]) {
            if (container["name"] == "env-all") {
                container.erase("env");
            }
        }
    });
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "env_all_reaches_none"), Outcome::inconclusive);
    EXPECT_NE(findings_of(run, "env_all_reaches_none").find("it ran without its variable NVIDIA_"),
              std::string::npos)
        << findings_of(run, "env_all_reaches_none");
    EXPECT_EQ(outcome_of(run, "env_index_reaches_none"), Outcome::passed);
}

struct TakenAway {
    std::function<void(Json& pod)> change;
    const char* assertion;
    const char* words;
};

void without_in_containers(Json& pod, const char* member) {
    for (Json& container : pod["spec"]["containers"]) {
        container.erase(member);
    }
}

TEST(AlteredAnswers, APodWithoutWhatItWasToAskWithDidNotAsk) {
    const TakenAway cases[] = {
        {[](Json& pod) { pod["metadata"].erase("annotations"); }, "annotation_reaches_none",
         "it ran without its annotation cdi.k8s.io/assay"},
        {[](Json& pod) { pod["spec"].erase("volumes"); }, "volume_mount_reaches_none",
         "it ran without its volume host-1"},
        {[](Json& pod) { without_in_containers(pod, "volumeMounts"); }, "volume_mount_reaches_none",
         "it ran without what was to be mounted at /var/run/nvidia-container-devices/"},
        {[](Json& pod) {
             if (pod["metadata"]["labels"]["assay/role"] == "stranger") {
                 without_in_containers(pod, "args");
             }
         },
         "made_node_reaches_none", "it ran without its argument isolate"}};
    for (const TakenAway& one : cases) {
        PlayedCluster cluster;
        mutate_pods(cluster, one.change);
        const RunResult run = cluster.run();
        EXPECT_EQ(outcome_of(run, one.assertion), Outcome::inconclusive) << one.words;
        EXPECT_NE(findings_of(run, one.assertion).find(one.words), std::string::npos)
            << findings_of(run, one.assertion);
    }
}

RunResult run_with_refusal(const std::string& message) {
    PlayedCluster cluster;
    cluster.server().on_request(
        [&](const Request& request) -> std::optional<kube::Result<kube::Response>> {
            if (creates_pod(request) && request.body.find("stranger") != std::string::npos) {
                return kube::failure(403, "Forbidden", message);
            }
            return std::nullopt;
        });
    return cluster.run();
}

TEST(AlteredAnswers, ARightThatIsLackingIsNotAClusterThatRefuses) {
    const RunResult run = run_with_refusal(
        R"(pods is forbidden: User "u" cannot create resource "pods" in API group "" in the namespace "n")");
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::inconclusive);
    EXPECT_EQ(run.exit_code, 4);
}

TEST(AlteredAnswers, AnAttemptThatAdmissionRefusesIsClosedByPolicy) {
    for (const char* words :
         {R"(pods "stranger-default-1" is forbidden: violates PodSecurity "restricted:latest")",
          R"(admission webhook "policy.example.com" denied the request: no such variable)",
          R"(Pod "stranger-default-1" is invalid: spec.hostUsers: Forbidden: not allowed)"}) {
        const RunResult run = run_with_refusal(words);
        EXPECT_EQ(outcome_of(run, "env_all_reaches_none"), Outcome::not_applicable) << words;
        // Whoever refuses a pod that attempts nothing has not answered to an attempt.
        EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::inconclusive) << words;
        EXPECT_EQ(run.exit_code, 4) << words;
    }
}

TEST(AlteredAnswers, ARefusalInNobodysWordsIsNoAnswer) {
    for (
        const char* words :
        {"<html>403 Forbidden</html>", "forbidden by the gateway",
         R"(pods "stranger-default-2" is forbidden: status unknown for quota: q)",
         R"(pods "stranger-default-2" is forbidden: error looking up service account n/default)"}) {
        const RunResult run = run_with_refusal(words);
        EXPECT_EQ(outcome_of(run, "env_all_reaches_none"), Outcome::inconclusive) << words;
    }
}

// Of a claim that comes and goes before that, nothing would be known.
TEST(AlteredAnswers, NoPodIsStartedBeforeTheClaimsAreInView) {
    PlayedCluster cluster;
    std::counting_semaphore pods(0);
    std::atomic<bool> held = false;
    std::atomic<bool> too_early = false;
    cluster.server().on_request([&](const Request& request) {
        const kube::RequestFacts facts = kube::facts_of(request);
        if (creates_pod(request)) {
            pods.release();
        }
        const bool of_view = facts.verb == "list" && facts.resource == "resourceclaims" &&
                             !facts.namespace_name.empty();
        if (of_view && !held.exchange(true)) {  // the list takes its time
            too_early = pods.try_acquire_for(std::chrono::milliseconds(300));
        }
        return std::nullopt;
    });
    EXPECT_EQ(cluster.run().exit_code, 0);
    EXPECT_TRUE(held);
    EXPECT_FALSE(too_early);
}

}  // namespace
}  // namespace assay
