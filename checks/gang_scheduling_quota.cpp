// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/gang_scheduling_quota.h"

#include <algorithm>
#include <optional>
#include <string>

namespace assay {

namespace {

constexpr int quota = 2;

std::size_t running(const ObjectList& pods) {
    return static_cast<std::size_t>(std::ranges::count_if(
        pods.items, [](const ObjectState& one) { return one.text("/status/phase") == "Running"; }));
}

Observed<ObjectList> pods_of(const Scenario& s, const Object& job,
                             const std::function<bool(const ObjectList&)>& is_so) {
    return s.objects({.api_version = "v1",
                      .kind = "Pod",
                      .labels = "batch.kubernetes.io/job-name=" + job.object_name()},
                     is_so);
}

auto starts(std::size_t count) {
    return satisfies<ObjectList>("all of its pods running", [count](const ObjectList& pods) {
        return running(pods) == count;
    });
}

// What the queue says of the job that waits.
std::string words_of_queue(const Scenario& s) {
    const Observed<ObjectList> workloads = s.objects(
        {.api_version = s.served("Workload.kueue.x-k8s.io")->api_version(), .kind = "Workload"});
    for (const ObjectState& one :
         workloads.value ? workloads.value->items : std::vector<ObjectState>{}) {
        const ObjectCondition reserved = one.condition("QuotaReserved");
        if (reserved.status == "False") {
            return reserved.message;
        }
    }
    return {};
}

std::optional<Object> made(Scenario& s, const ObjectManifest& manifest) {
    const Observed<Answer> answer = s.try_to_make(manifest);
    if (answer.value && answer.value->accepted) {
        return s.made(manifest, *answer.value);
    }
    for (const Assertion* one : by_quota) {
        s.not_asked(*one, answer.provenance.target + " could not be created: " +
                              (answer.value ? answer.value->words : answer.value.error().reason));
    }
    return std::nullopt;
}

void ask_short(Scenario& s, const Object& queue, const Object& job) {
    const Observed<ObjectList> watched =
        pods_of(s, job, [](const ObjectList& pods) { return !pods.items.empty(); });
    const std::string words = words_of_queue(s);
    s.expect(gang_short_of_quota_starts_none, watched,
             satisfies<ObjectList>(
                 "no pod as long as it was watched",
                 [](const ObjectList& pods) { return pods.items.empty(); },
                 [&](const ObjectList& pods) {
                     return pods.items.empty() && words.empty()
                                ? std::optional<std::string>("no queue has said a word about it")
                                : std::nullopt;
                 }));
    const Observed<Answer> raised =
        s.change(queue, kube::Json::parse(R"({"spec": {"resourceGroups": [{"coveredResources":
        ["pods"], "flavors": [{"name": ")" +
                                          s.object_name("gang-flavor") + R"(", "resources":
        [{"name": "pods", "nominalQuota": )" +
                                          std::to_string(quota + 1) + "}]}]}]}}"));
    if (!raised.value || !raised.value->accepted) {
        s.not_asked(gang_starts_once_there_is_quota,
                    "the quota could not be raised: " +
                        (raised.value ? raised.value->words : raised.value.error().reason));
        return;
    }
    s.expect(gang_starts_once_there_is_quota,
             pods_of(s, job, [](const ObjectList& pods) { return running(pods) == quota + 1; }),
             starts(quota + 1));
}

}  // namespace

void ask_by_quota(Scenario& s) {
    const auto flavor = made(s, s.object("ResourceFlavor", "gang-flavor"));
    const auto queue = flavor ? made(s, s.object("ClusterQueue", "gang-quota")) : std::nullopt;
    const auto local = queue ? made(s, s.object("LocalQueue", "gang-queue")) : std::nullopt;
    const auto within = local ? made(s, s.object("Job", "gang-job").named("within")) : std::nullopt;
    if (!within) {
        return;
    }
    const Outcome outcome =
        s.expect(job_within_quota_starts,
                 pods_of(s, *within, [](const ObjectList& pods) { return running(pods) == quota; }),
                 starts(quota));
    s.end(*within);
    const auto larger = made(s, s.object("Job", "gang-job")
                                    .named("larger")
                                    .with("/spec/parallelism", quota + 1)
                                    .with("/spec/completions", quota + 1));
    if (outcome == Outcome::passed && larger) {
        ask_short(s, *queue, *larger);
    }
}

}  // namespace assay
