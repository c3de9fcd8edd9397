// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Gangs that are admitted by quota (Kueue): a job that is larger than what is left of the quota
// starts none of its pods. Quota and room on the nodes are different promises; the other one is in
// gang_scheduling.cpp. The quota is of pods, so that no accelerator is needed.
#pragma once

#include <array>

#include "engine/assertion.h"
#include "engine/rights.h"
#include "engine/scenario.h"

namespace assay {

// Each file has its own: the sanitizers cannot compare the address of an inline one while
// compiling.
constexpr Assertion job_within_quota_starts{
    .id = "job_within_quota_starts",
    .kind = Kind::control,
    .sentence = "a job within its quota is admitted and starts all of its pods",
    .next_step =
        "read the events of the job and of its Workload, and the log of Kueue's controller"};

constexpr Assertion gang_short_of_quota_starts_none{
    .id = "gang_short_of_quota_starts_none",
    .kind = Kind::negative,
    .control = &job_within_quota_starts,
    .sentence = "a job that is one pod larger than the quota starts no pod, in the queue's words",
    .next_step =
        "see whether Kueue manages jobs of that kind (its configuration, integrations.frameworks), "
        "and whether its webhooks are called"};

constexpr Assertion gang_starts_once_there_is_quota{
    .id = "gang_starts_once_there_is_quota",
    .sentence = "once the quota is as large as the job all of its pods are started",
    .next_step = "read the conditions of its Workload, and the log of Kueue's controller"};

constexpr std::array by_quota{&job_within_quota_starts, &gang_short_of_quota_starts_none,
                              &gang_starts_once_there_is_quota};

constexpr Right of_queues(std::string_view resource, std::string_view verb, Reach reach,
                          std::string_view why) {
    return {.group = "kueue.x-k8s.io",
            .resource = resource,
            .verb = verb,
            .reach = reach,
            .why = why,
            .without = "gangs by quota are then not asked",
            .unused_when = "only where Kueue is installed"};
}

constexpr Right of_jobs(std::string_view verb, std::string_view why) {
    return {.group = "batch",
            .resource = "jobs",
            .verb = verb,
            .why = why,
            .without = "gangs by quota are then not asked",
            .unused_when = "only where Kueue is installed"};
}

inline constexpr std::array quota_rights{
    of_queues("resourceflavors", "create", Reach::cluster, "have a quota of the run's own"),
    of_queues("resourceflavors", "list", Reach::cluster, "find what the run made"),
    of_queues("resourceflavors", "watch", Reach::cluster, "see when it is gone"),
    of_queues("resourceflavors", "delete", Reach::cluster, "remove it"),
    of_queues("clusterqueues", "create", Reach::cluster, "have a quota of the run's own"),
    of_queues("clusterqueues", "patch", Reach::cluster, "raise that quota"),
    of_queues("clusterqueues", "list", Reach::cluster, "find what the run made"),
    of_queues("clusterqueues", "watch", Reach::cluster, "see when it is ready, and gone"),
    of_queues("clusterqueues", "delete", Reach::cluster, "remove it"),
    of_queues("localqueues", "create", Reach::namespaced, "queue jobs"),
    of_queues("localqueues", "list", Reach::namespaced, "find what the run made"),
    of_queues("localqueues", "watch", Reach::namespaced, "see when it is gone"),
    of_queues("localqueues", "delete", Reach::namespaced, "remove it"),
    of_queues("workloads", "list", Reach::namespaced, "know why a job waits"),
    of_queues("workloads", "watch", Reach::namespaced, "know why a job waits"),
    of_jobs("create", "queue jobs"),
    of_jobs("get", "end them"),
    of_jobs("list", "see how they fare"),
    of_jobs("watch", "see how they fare"),
    of_jobs("delete", "end them"),
};

void ask_by_quota(Scenario& s);

}  // namespace assay
