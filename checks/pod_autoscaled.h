// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the questions of pod_autoscaling are asked with: pods that hold an accelerator each, the
// gauge that they serve, the autoscaler that follows it, and a bystander that serves the same
// gauge. Whatever cannot be had ends the check. One check's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/scraping.h"
#include "engine/metrics_query.h"
#include "engine/scenario.h"

namespace assay {

// How many pods are asked for, and what the autoscaler says of it.
struct Scaling {
    std::int64_t replicas = 0;
    std::string words;

    std::string describe() const;
};

// The autoscaler's last look found that value; found none.
bool has_read(const ObjectState& scaler, int value);
bool has_lost_its_metric(const ObjectState& scaler);

class Autoscaled {
public:
    static constexpr const char* gauge = "load_of_assay";

    // Makes the Deployment, of one pod, and the bystander, annotated to be scraped.
    Autoscaled(Scenario& s, const Annotations& annotations);

    // Has them scraped by the Prometheus Operator, which must be there.
    void make_monitor() const;

    void make_scaler();
    // Waits until its pod and the bystander run.
    void need_first_pod();
    // Waits until another pod of the Deployment is there, whether it runs or not.
    void need_second_pod();
    void need_running(const Pod& pod) const;

    const Pod& first() const { return made_.at(0); }
    const Pod& second() const { return made_.at(1); }
    const Pod& bystander() const { return bystander_; }
    Observed<ObjectState> scaler() const { return scaler_->when(nullptr); }

    // The value of the pod's gauge from now on; withdrawn, it serves none.
    void set(const Pod& pod, int value) const;
    void withdraw(const Pod& pod) const;
    Observed<PodMetrics> served(const std::function<bool(const PodMetrics&)>& is_so,
                                int times) const;

    // Waits until what the autoscaler's last look found is so, or until it wants another number of
    // pods: then false.
    bool has_looked(const std::function<bool(const ObjectState&)>& is_so,
                    std::int64_t replicas) const;
    Observed<Scaling> now() const;
    Observed<Scaling> becomes(std::int64_t replicas) const;
    // Watched for as long as the profile says, or until it is another number.
    Observed<Scaling> stays(std::int64_t replicas) const;

private:
    std::vector<ObjectState> pods(std::size_t count) const;
    void change_gauge(const Pod& pod, Asked asked) const;
    Observed<Scaling> scaling(const std::function<bool(std::int64_t)>& is_so,
                              std::chrono::seconds at_most) const;

    Scenario* s_;
    ObjectManifest manifest_;
    PodManifest aside_;
    Object deployment_;
    Pod bystander_;
    std::unique_ptr<const Object> scaler_;  // none before make_scaler()
    std::vector<Pod> made_;                 // by the Deployment
};

}  // namespace assay
