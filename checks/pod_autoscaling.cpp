// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "checks/catalog.h"
#include "checks/pod_autoscaled.h"
#include "checks/scraping.h"

// schedulingOrchestration / pod_autoscaling (KAR-0057)
//
//   Our words: pods that hold accelerators become more and fewer by a metric of their own, as a
//   HorizontalPodAutoscaler asks for.
//
// The metric is a gauge of our own pods that the check sets through the API server, so its true
// value is known at every moment. Everything is expected of replicas and pods; what the autoscaler
// says of itself tells when it has looked, without which "nothing changed" would mean nothing.

namespace assay {
namespace {

// The autoscaler of the fixture keeps the average of its pods at 100.
constexpr int at_target = 100;
constexpr int below_target = 37;  // no rule of a platform says this of itself
constexpr int twice_the_target = 200;
constexpr int hardly_any = 10;
constexpr int of_the_bystander = 100000;
constexpr int most_pods = 2;

// Times the profile's observe_s: a new metric comes by a scrape and by the adapter's look for new
// names, each up to a minute; another value of it without the latter.
constexpr int first_served_times = 6;
constexpr int served_times = 3;

constexpr Assertion metric_is_served{
    .id = "metric_is_served",
    .kind = Kind::control,
    .sentence = "the custom metrics API says of a pod exactly the value that the pod was given",
    .next_step =
        "compare the pod's own /metrics with the answer; a rule of prometheus-adapter that serves "
        "it: {seriesQuery: 'load_of_assay{namespace!=\"\",pod!=\"\"}', resources: {overrides: "
        "{namespace: {resource: namespace}, pod: {resource: pod}}}, metricsQuery: "
        "'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}"};
constexpr Assertion another_pods_metric_is_not_used{
    .id = "another_pods_metric_is_not_used",
    .kind = Kind::negative,
    .control = &metric_is_served,
    .sentence = "a huge value of another pod of the namespace does not scale these pods",
    .next_step =
        "read the autoscaler as it is stored: something may have changed its metric or target"};
constexpr Assertion scales_up_on_load{
    .id = "scales_up_on_load",
    .sentence = "at twice the target one pod becomes two",
    .next_step =
        "read the conditions of the HorizontalPodAutoscaler, and who changed its maxReplicas"};
constexpr Assertion new_pod_runs_with_its_accelerator{
    .id = "new_pod_runs_with_its_accelerator",
    .sentence = "the new pod runs with the accelerator it was allocated, and with no other's",
    .next_step = "read the events of the new pod and of its claim"};
constexpr Assertion at_target_nothing_changes{
    .id = "at_target_nothing_changes",
    .kind = Kind::negative,
    .control = &metric_is_served,
    .sentence = "with the metric at its target two pods stay two",
    .next_step =
        "look for another autoscaler of the same pods, or one that follows something else"};
constexpr Assertion metric_withdrawn_is_seen{
    .id = "metric_withdrawn_is_seen",
    .kind = Kind::negative,
    .control = &metric_is_served,
    .sentence = "a metric that is gone is not taken for a number: ScalingActive becomes False",
    .next_step =
        "look for a rule that makes a number of a series that is not there ('or vector(0)')"};
constexpr Assertion no_scaling_without_metric{
    .id = "no_scaling_without_metric",
    .kind = Kind::negative,
    .control = &metric_is_served,
    .sentence = "while the metric is gone two pods stay two",
    .next_step =
        "a monitoring that is down would take the pods away: look what the rule then says"};
constexpr Assertion scales_back{
    .id = "scales_back",
    .sentence = "with hardly any load two pods become one",
    .next_step =
        "read the autoscaler's behavior as it is stored: something may have disabled scaling down"};

constexpr auto table =
    assertions({&metric_is_served, &another_pods_metric_is_not_used, &scales_up_on_load,
                &new_pod_runs_with_its_accelerator, &at_target_nothing_changes,
                &metric_withdrawn_is_seen, &no_scaling_without_metric, &scales_back});

auto is_at(std::int64_t replicas) {
    return satisfies<Scaling>(fmt::format("{} replica(s)", replicas),
                              [replicas](const Scaling& one) { return one.replicas == replicas; });
}

// That nothing changed says something only of an autoscaler that has looked.
auto has_stayed_at(std::int64_t replicas, bool looked) {
    return satisfies<Scaling>(
        fmt::format("{} replica(s) as long as it was watched", replicas),
        [replicas](const Scaling& one) { return one.replicas == replicas; },
        [replicas, looked](const Scaling& one) {
            return one.replicas == replicas && !looked
                       ? std::optional<std::string>("the autoscaler was not seen to have looked")
                       : std::nullopt;
        });
}

std::string words_of(const Observed<Scaling>& observed) {
    return observed.value ? observed.value->describe() : observed.value.error().reason;
}

bool is_known_to_be(std::int64_t replicas, const Observed<Scaling>& observed) {
    return observed.value && observed.value->replicas == replicas;
}

// --- the questions ---

Observed<PodMetrics> first_answer(const Autoscaled& pods, const Scraping& scraping,
                                  const std::function<bool(const PodMetrics&)>& is_so) {
    if (!scraping.annotations.empty()) {
        Observed<PodMetrics> seen =
            pods.served(is_so, scraping.by_operator ? served_times : first_served_times);
        if (!scraping.by_operator ||
            (seen.value && seen.value->by_pod.contains(pods.first().name()))) {
            return seen;
        }
    }
    pods.make_monitor();
    return pods.served(is_so, first_served_times);
}

// It may be served under another name, or by a rule that nobody has written yet.
void give_up_without_metric(Scenario& s, const Autoscaled& pods, const PodMetrics& served) {
    s.not_asked(
        metric_is_served,
        fmt::format("the custom metrics API has no metric {} of pod {}, which is "
                    "there to be scraped; it has {}. {}. Where its rule gives it another name, "
                    "say so with --metric NAME",
                    Autoscaled::gauge, pods.first().name(), served.describe(),
                    metric_is_served.next_step));
    s.give_up("the custom metrics API does not serve the metric");
}

void ask_whether_it_is_served(Scenario& s, const Autoscaled& pods, const Scraping& scraping) {
    pods.set(pods.bystander(), of_the_bystander);
    pods.set(pods.first(), below_target);
    const auto both = [&](const PodMetrics& one) {
        return one.says(pods.first().name(), below_target) &&
               one.says(pods.bystander().name(), of_the_bystander);
    };
    const Observed<PodMetrics> seen = first_answer(pods, scraping, both);
    const bool named_by_user = !s.metric_name("").empty();
    if (seen.value && !seen.value->by_pod.contains(pods.first().name()) && !named_by_user) {
        give_up_without_metric(s, pods, *seen.value);
    }
    s.require(
        metric_is_served, seen,
        satisfies<PodMetrics>(fmt::format("{}: {}, {}: {}", pods.bystander().name(),
                                          of_the_bystander, pods.first().name(), below_target),
                              both));
}

void ask_of_another_pod(Scenario& s, Autoscaled& pods) {
    pods.make_scaler();
    const bool looked =
        pods.has_looked([](const ObjectState& one) { return has_read(one, below_target); }, 1);
    s.expect(another_pods_metric_is_not_used, pods.stays(1), has_stayed_at(1, looked));
}

void ask_new_pod(Scenario& s, const Autoscaled& pods, const Observed<Devices>& of_the_first) {
    const Observed<Devices> seen = pods.second().report("granted").seen();
    if (seen.value && seen.value->empty() && !s.devices_are_shown()) {
        return s.not_asked(new_pod_runs_with_its_accelerator,
                           "nothing is known by which a container would see a device of this "
                           "driver; describe its device nodes or variables in an adapter "
                           "(--adapters)");
    }
    s.expect(new_pod_runs_with_its_accelerator, seen, is_exactly(pods.second().allocated()));
    if (of_the_first.value && of_the_first.provenance.node == seen.provenance.node) {
        s.expect(new_pod_runs_with_its_accelerator, seen, shares_nothing_with(*of_the_first.value));
    }
}

void ask_for_more(Scenario& s, Autoscaled& pods) {
    const Observed<Devices> of_the_first = pods.first().report("granted").seen();
    if (const auto before = pods.now(); !is_known_to_be(1, before)) {
        s.give_up("there was not one pod before its load rose: " + words_of(before));
    }
    pods.set(pods.first(), twice_the_target);
    s.require(scales_up_on_load, pods.becomes(2), is_at(2));
    pods.need_second_pod();
    ask_new_pod(s, pods, of_the_first);
    pods.need_running(pods.second());
}

void ask_at_target(Scenario& s, const Autoscaled& pods) {
    pods.set(pods.second(), at_target);  // first: so the average is never below the target
    pods.set(pods.first(), at_target);
    const auto both = [&](const PodMetrics& one) {
        return one.says(pods.first().name(), at_target) &&
               one.says(pods.second().name(), at_target);
    };
    const Observed<PodMetrics> seen = pods.served(both, served_times);
    if (const auto now = pods.now(); now.value && now.value->replicas != 2) {
        s.expect(at_target_nothing_changes, now, is_at(2));  // nobody serves what a gone pod had
        return;
    }
    s.require(metric_is_served, seen,
              satisfies<PodMetrics>(fmt::format("{} of {} and of {}", at_target,
                                                pods.first().name(), pods.second().name()),
                                    both));
    const bool looked =
        pods.has_looked([](const ObjectState& one) { return has_read(one, at_target); }, 2);
    s.expect(at_target_nothing_changes, pods.stays(2), has_stayed_at(2, looked));
}

void ask_without_metric(Scenario& s, const Autoscaled& pods) {
    if (const auto before = pods.now(); !is_known_to_be(2, before)) {
        s.give_up("there were not two pods before the metric went: " + words_of(before));
    }
    pods.withdraw(pods.second());
    pods.withdraw(pods.first());
    const bool looked = pods.has_looked(has_lost_its_metric, 2);
    s.expect(metric_withdrawn_is_seen, pods.scaler(),
             satisfies<ObjectState>("ScalingActive=False, because the metric could not be had",
                                    has_lost_its_metric));
    s.expect(no_scaling_without_metric, pods.stays(2), has_stayed_at(2, looked));
}

void ask_for_fewer(Scenario& s, const Autoscaled& pods) {
    if (const auto before = pods.now(); !is_known_to_be(2, before)) {
        s.give_up("there were not two pods before their load fell: " + words_of(before));
    }
    pods.set(pods.second(), hardly_any);
    pods.set(pods.first(), hardly_any);
    s.expect(scales_back, pods.becomes(1), is_at(1));
}

// --- what it needs ---

void need_custom_metrics(Scenario& s) {
    const kube::ApiGroup* group = s.api_group(custom_metrics_group);
    if (group == nullptr) {
        s.give_up(
            fmt::format("not installed: no custom metrics API ({}) found; tried with "
                        "prometheus-adapter v0.12.0",
                        custom_metrics_group));
    }
    if (group->stale) {
        s.give_up(fmt::format(
            "the custom metrics API ({}) is registered, and its own server does not answer",
            custom_metrics_group));
    }
}

// The second pod, which the autoscaler makes, holds one too.
void need_two_accelerators(Scenario& s) {
    const Observed<FreeAccelerators> free = s.free_accelerators();
    if (!free.value) {
        s.give_up("which accelerators are free is not known: " + free.value.error().reason);
    }
    const int total = free.value->total();
    if (total < most_pods) {
        s.give_up("fewer than two accelerators are free: " + free.value->describe());
    }
    if (2 * most_pods > total && !s.allowed(Change::exclusive_pool)) {
        s.give_up(fmt::format(
            "it would hold {} of the {} accelerators that are free; only with --allow {}",
            most_pods, total, to_string(Change::exclusive_pool)));
    }
}

void scaled_by_their_own_metric(Scenario& s) {
    need_custom_metrics(s);
    need_two_accelerators(s);
    const Scraping scraping = scraping_of(s);
    Autoscaled pods(s, scraping.annotations);
    pods.need_first_pod();
    ask_whether_it_is_served(s, pods, scraping);
    ask_of_another_pod(s, pods);
    ask_for_more(s, pods);
    ask_at_target(s, pods);
    ask_without_metric(s, pods);
    ask_for_fewer(s, pods);
}

constexpr std::string_view scaled = "have pods that are scaled";
constexpr std::string_view plugin_only = "only where a device plugin hands out the accelerator";
constexpr std::string_view seen_at_once = "what is so already is not waited for";

constexpr std::array rights{
    claim_rights[0],
    claim_rights[1],
    claim_rights[2],
    claim_rights[3],
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "know which accelerators are free"},
    Right{.group = "",
          .resource = "pods",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "know which accelerators are free",
          .without = plugin_only,
          .unused_when = plugin_only},
    Right{.group = "apps", .resource = "deployments", .verb = "create", .why = scaled},
    Right{.group = "apps", .resource = "deployments", .verb = "list", .why = "count its pods"},
    Right{.group = "apps", .resource = "deployments", .verb = "watch", .why = "see it scaled"},
    Right{.group = "autoscaling",
          .resource = "horizontalpodautoscalers",
          .verb = "create",
          .why = "have them scaled by a metric"},
    Right{.group = "autoscaling",
          .resource = "horizontalpodautoscalers",
          .verb = "list",
          .why = "know what the autoscaler has read"},
    Right{.group = "autoscaling",
          .resource = "horizontalpodautoscalers",
          .verb = "watch",
          .why = "know when it has read it",
          .unused_when = seen_at_once},
    Right{.group = "",
          .resource = "pods/proxy",
          .verb = "update",
          .why = "set the gauge of its own pods"},
    Right{.group = "",
          .resource = "pods/proxy",
          .verb = "delete",
          .why = "withdraw the gauge of its own pods"},
    Right{.group = custom_metrics_group,
          .resource = "pods/load_of_assay",
          .verb = "get",
          .why = "read what an autoscaler reads; with --metric NAME it is pods/NAME",
          .without = "where the metric has another name (--metric), that is read"},
    Right{.group = "apps",
          .resource = "deployments",
          .verb = "delete",
          .place = Place::given_namespace,
          .why = "remove what was scaled"},
    Right{.group = "autoscaling",
          .resource = "horizontalpodautoscalers",
          .verb = "delete",
          .place = Place::given_namespace,
          .why = "remove the autoscaler"},
    monitor_rights[0],
    monitor_rights[1],
    monitor_rights[2],
    monitor_rights[3],
    monitor_rights[4],
};

constexpr std::array made{PlannedObjects{.kind = "Deployment", .count = 1},
                          PlannedObjects{.kind = "HorizontalPodAutoscaler", .count = 1},
                          PlannedObjects{.kind = "Pod", .count = 1 + most_pods},
                          PlannedObjects{.kind = "PodMonitor", .count = 1}};

}  // namespace

constinit const Check pod_autoscaling{
    .id = "pod_autoscaling",
    .title = "Pods with accelerators are scaled by a metric of their own",
    .breaks =
        "A model server that is overloaded gets no help, one that is idle keeps its accelerators, "
        "and a monitoring that fails may take its pods away.",
    .assertions = table,
    .needs = {.accelerators = most_pods, .component = "metrics", .rights = rights},
    .cost = {.nodes = 2,
             .objects = made,
             .asking = std::chrono::seconds{120},
             .clearing = std::chrono::seconds{9}},
    .timeout = std::chrono::minutes{15},
    .run = scaled_by_their_own_metric,
};

}  // namespace assay
