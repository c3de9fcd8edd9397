// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster in memory with accelerators of a device plugin, whose Deployment controller, kubelet,
// custom metrics API and autoscaler are played by this class; each can be told to do wrong.
// Single-purpose test code; one test's thread plus the check's.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "engine/runner.h"
#include "tests/api/fake_api_server.h"

namespace assay {

class PlayedAutoscaling {
public:
    struct Wrong {
        bool no_rule = false;              // the metric is never served
        std::optional<double> constant{};  // that the API says of every pod
        bool stale = false;                // the API says the first value for ever
        bool absent_is_zero = false;       // the API says 0 of a pod without the metric
        bool garbage = false;              // the API answers no list
        bool unavailable = false;          // the API answers 503
        bool follows_bystander = false;    // the autoscaler does
        bool reads_nothing = false;        // nor says so
        bool never_scales_up = false;
        bool never_scales_down = false;
        bool shrinks_at_target = false;
        bool shrinks_without_metric = false;
        bool says_nothing_of_loss = false;  // ScalingActive stays True
        bool no_device_for_second = false;
        bool one_device_for_both = false;
        bool second_never_runs = false;
        bool gauge_cannot_be_set = false;
    };

    explicit PlayedAutoscaling(Wrong wrong);

    RunResult run();
    kube::FakeApiServer& server() { return server_; }

    int accelerators = 4;  // in all
    Changes allowed;
    std::string namespace_name;  // as --namespace; "" for one of the run's own
    std::string metric;          // as --metric
    bool serves_custom_metrics = true;
    bool has_operator = false;     // the Prometheus Operator's kinds are served
    bool only_by_monitor = false;  // pods are scraped where a PodMonitor says so, and nowhere else
    std::vector<std::string> use;  // as --use

private:
    using Answer = std::optional<kube::Result<kube::Response>>;
    void publish();
    Answer answer(const kube::Request& request);
    Answer change_gauge(const kube::Request& request);
    kube::Response metrics() const;
    std::optional<double> value_of(const std::string& pod) const;
    void make_pod(const kube::Json& deployment, int index);
    void run_pod(kube::Json pod, bool with_device, int minor);
    void scale(kube::Json deployment, int replicas);
    void look();  // the autoscaler's
    std::optional<double> average() const;
    int wanted_of(std::optional<double> value, int now) const;

    Wrong wrong_;
    kube::FakeApiServer server_;
    mutable std::recursive_mutex mutex_;
    std::map<std::string, double> gauges_;  // by pod
    std::map<std::string, double> first_values_;
    std::vector<std::string> pods_;  // of the Deployment
};

}  // namespace assay
