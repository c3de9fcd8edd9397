// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>

#include "checks/catalog.h"
#include "checks/scraping.h"
#include "engine/metrics_query.h"
#include "engine/scenario.h"

// observability / ai_service_metrics
//
//   Our words: what a served model says of itself in the usual text format is collected by the
//   platform's own monitoring, and what is asked back is what happened.
//
// The service is ours, so the true numbers are known: as many requests as were sent. They are sent
// through the API server, each once, before anything is expected of the counters.

namespace assay {
namespace {

using std::chrono::seconds;

constexpr int first_requests = 20;
constexpr int more_requests = 7;
constexpr int replicas = 2;
constexpr int listening = 8080;
constexpr int nobody_listens = 9;
constexpr int observing_times = 3;  // the profile's observe_s: the usual interval is 30 s
constexpr seconds until_running{60};

constexpr Assertion pods_are_scraped{
    .id = "pods_are_scraped",
    .kind = Kind::control,
    .sentence = "the pods of a new service are found by the platform's monitoring and scraped",
    .next_step =
        "look at the monitoring's list of targets: is the namespace of new services selected, by "
        "podMonitorNamespaceSelector where the Prometheus Operator is?"};
constexpr Assertion targets_are_up{
    .id = "targets_are_up",
    .sentence = "each of the service's pods is a target that is up",
    .next_step = "look at the target's last error in the monitoring's list of targets"};
constexpr Assertion labels_name_the_workload{
    .id = "labels_name_the_workload",
    .sentence = "the series carry the namespace and the pods that they come from",
    .next_step = "look for relabelling that sets or drops the namespace and pod labels"};
constexpr Assertion requests_are_counted{
    .id = "requests_are_counted",
    .sentence = "after a known number of requests the counter asked back says that number",
    .next_step =
        "compare the targets' own /metrics with the query: are series of replicas merged?"};
constexpr Assertion durations_are_counted{
    .id = "durations_are_counted",
    .sentence = "the histogram of their durations holds as many observations",
    .next_step = "look for dropped series: a histogram needs its buckets, sum and count"};
constexpr Assertion next_scrape_advances{
    .id = "next_scrape_advances",
    .sentence = "more requests show at a later scrape",
    .next_step = "look at the scrape interval and at the age of the last scrape"};
constexpr Assertion another_run_finds_nothing{
    .id = "another_run_finds_nothing",
    .kind = Kind::negative,
    .control = &pods_are_scraped,
    .sentence = "asked for the same series of another run, the monitoring has none",
    .next_step = "look at what rewrites the labels of series"};
constexpr Assertion wrong_port_is_down{
    .id = "wrong_port_is_down",
    .kind = Kind::negative,
    .control = &pods_are_scraped,
    .sentence = "a pod whose metrics are not where it says is not shown as up",
    .next_step = "find out what answers in the place of the target"};

constexpr auto table =
    assertions({&pods_are_scraped, &targets_are_up, &labels_name_the_workload,
                &requests_are_counted, &durations_are_counted, &next_scrape_advances,
                &another_run_finds_nothing, &wrong_port_is_down});

// The platform's monitoring, as this check talks to it.
struct Monitoring {
    MetricsAdapter adapter;
    Endpoint api;
};

bool is_query_service(const ObjectState& service) {
    return service.text("/spec/type") != "ExternalName";
}

Monitoring monitoring_of(Scenario& s) {
    std::string looked_for;
    for (const Component* one : s.components("metrics")) {
        const auto adapter = metrics_adapter(*one);
        if (!adapter) {
            s.give_up(adapter.error());
        }
        const Observed<ObjectList> services = s.objects({.api_version = "v1",
                                                         .kind = "Service",
                                                         .labels = adapter->service_labels,
                                                         .space = ""});
        if (!services.value) {
            s.give_up(services.value.error().reason);
        }
        for (const ObjectState& service : services.value->items) {
            if (is_query_service(service)) {
                return {*adapter,
                        {.space = service.text("/metadata/namespace"),
                         .name = service.name(),
                         .port = adapter->port}};
            }
        }
        looked_for += fmt::format("{}{} by a Service labelled {} (tried with {})",
                                  looked_for.empty() ? "" : ", ", one->name,
                                  adapter->service_labels, one->tried_with);
    }
    s.give_up("not installed: no monitoring found; looked for " + looked_for);
}

// The answer to a query, once it is so or the time is up.
Observed<Samples> query(Scenario& s, const Monitoring& monitoring, const std::string& expression,
                        const std::function<bool(const Samples&)>& is_so = nullptr) {
    const std::function<bool(const Reply&)> reply_is_so = [&](const Reply& reply) {
        const auto samples = samples_of(reply.body);
        return !is_so || (samples && is_so(*samples));
    };
    const Observed<Reply> reply =
        s.ask_until(monitoring.api, {.path = query_path(monitoring.adapter.prefix, expression)},
                    reply_is_so, observing_times * s.observes_for());
    Observed<Samples> result{
        .value = Samples{}, .provenance = reply.provenance, .testimony = reply.testimony};
    result.provenance.target += ": " + expression;
    if (!reply.value) {
        result.value = std::unexpected(reply.value.error());
        return result;
    }
    const auto samples = samples_of(reply.value->body);
    if (samples) {
        result.value = *samples;
    } else {
        result.value = std::unexpected(NoAnswer{.closed = false, .reason = samples.error()});
    }
    return result;
}

ObjectManifest served(Scenario& s, const Monitoring& monitoring, const char* name,
                      const std::string& marker, int port) {
    ObjectManifest manifest = s.object("Deployment", name);
    manifest = manifest.with("/spec/template/spec/containers/0/args",
                             {"serve", "--marker", marker, "--name", name});
    kube::Json annotations = kube::Json::object();
    for (const auto& [key, value] : monitoring.adapter.annotations) {
        annotations[key] = value == "PORT" ? std::to_string(port) : value;
    }
    return manifest.with("/spec/template/metadata/annotations", annotations);
}

void monitor(Scenario& s, const Monitoring& monitoring) {
    if (!monitoring.adapter.pod_monitors) {
        return;
    }
    const kube::Json labels = labels_of_monitors(s, monitoring.api.space);
    for (const char* name : {"counted-monitor", "misdirected-monitor"}) {
        s.make(s.object("PodMonitor", name).with("/metadata/labels", labels));
    }
}

void wait_until_available(Scenario& s, const Object& deployment, int pods) {
    const auto available = [pods](const ObjectState& one) {
        return one.number("/status/availableReplicas") == pods;
    };
    const Observed<ObjectState> seen = deployment.when(available, until_running);
    if (!seen.value || !available(*seen.value)) {
        s.give_up("the service to be scraped does not run: " +
                  (seen.value ? seen.value->describe() : seen.value.error().reason));
    }
}

void send(Scenario& s, const Object& service, int requests) {
    const Endpoint endpoint{
        .space = "", .name = service.object_name(), .port = std::to_string(listening)};
    for (int sent = 0; sent < requests; ++sent) {
        const Observed<Reply> reply = s.ask(endpoint, {.path = "/counted"});
        if (!reply.value || reply.value->status != 200) {
            s.give_up("a request to the service was not answered, so its count is not known: " +
                      (reply.value ? reply.value->describe() : reply.value.error().reason));
        }
    }
}

void expect_sum(Scenario& s, const Monitoring& monitoring, const Assertion& assertion,
                const std::string& expression, int wanted) {
    const auto is = [wanted](const Samples& samples) {
        return !samples.items.empty() && samples.sum() == wanted;
    };
    s.expect(assertion, query(s, monitoring, expression, is),
             satisfies<Samples>(fmt::format("{} in all", wanted), is));
}

void scraped_and_asked_back(Scenario& s) {
    const Monitoring monitoring = monitoring_of(s);
    const std::string marker = "assay-" + s.run_id();
    const std::string mine = fmt::format("{{marker=\"{}\"}}", marker);
    const Object counted = s.make(served(s, monitoring, "counted", marker, listening));
    const Object service = s.make(s.object("Service", "counted-service"));
    const Object misdirected =
        s.make(served(s, monitoring, "misdirected", marker + "-misdirected", nobody_listens));
    monitor(s, monitoring);
    wait_until_available(s, counted, replicas);
    wait_until_available(s, misdirected, 1);

    const auto both = [](const Samples& samples) { return samples.sum() == replicas; };
    const auto any = [](const Samples& samples) { return !samples.items.empty(); };
    const Observed<Samples> seen = query(s, monitoring, "assay_info" + mine, any);
    s.require(pods_are_scraped, seen, satisfies<Samples>("series of this run", any));
    const std::string& space = monitoring.adapter.space_label;
    const std::string& pod = monitoring.adapter.pod_label;
    s.expect(labels_name_the_workload,
             query(s, monitoring,
                   fmt::format("assay_info{{marker=\"{}\",{}=\"{}\",{}=~\"{}-.+\"}}", marker, space,
                               s.namespace_name(), pod, counted.object_name()),
                   both),
             satisfies<Samples>("one of each of the two pods, with its namespace and name", both));
    s.expect(targets_are_up,
             query(s, monitoring,
                   fmt::format("up{{{}=\"{}\",{}=~\"{}-.+\"}}", space, s.namespace_name(), pod,
                               counted.object_name()),
                   both),
             satisfies<Samples>("1 of each of the two pods", both));

    send(s, service, first_requests);
    expect_sum(s, monitoring, requests_are_counted, "assay_requests_total" + mine, first_requests);
    expect_sum(s, monitoring, durations_are_counted, "assay_request_duration_seconds_count" + mine,
               first_requests);
    send(s, service, more_requests);
    expect_sum(s, monitoring, next_scrape_advances, "assay_requests_total" + mine,
               first_requests + more_requests);

    const auto none = [](const Samples& samples) { return samples.items.empty(); };
    s.expect(another_run_finds_nothing,
             query(s, monitoring, fmt::format("assay_info{{marker=\"{}-other\"}}", marker)),
             satisfies<Samples>("none", none));
    const auto not_up = [](const Samples& samples) { return samples.sum() == 0; };
    s.expect(wrong_port_is_down,
             query(s, monitoring,
                   fmt::format("up{{{}=\"{}\",{}=~\"{}-.+\"}}", space, s.namespace_name(), pod,
                               misdirected.object_name()),
                   any),
             satisfies<Samples>("0, or no such target", not_up));
}

constexpr std::string_view scraped = "have something to be scraped";

constexpr std::array rights{
    claim_rights[2],  // the engine follows the claims of whatever namespace a check works in
    claim_rights[3],
    Right{.group = "apps", .resource = "deployments", .verb = "create", .why = scraped},
    Right{.group = "apps", .resource = "deployments", .verb = "list", .why = "see that it runs"},
    Right{.group = "apps",
          .resource = "deployments",
          .verb = "watch",
          .why = "see when it runs",
          .unused_when = "one that runs already is not waited for"},
    Right{.group = "", .resource = "services", .verb = "create", .why = scraped},
    Right{.group = "apps",
          .resource = "deployments",
          .verb = "delete",
          .place = Place::given_namespace,
          .why = "remove what was scraped"},
    Right{.group = "",
          .resource = "services",
          .verb = "delete",
          .place = Place::given_namespace,
          .why = "remove the service"},
    Right{.group = "",
          .resource = "services",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find the monitoring's query API"},
    Right{.group = "",
          .resource = "services/proxy",
          .verb = "get",
          .reach = Reach::cluster,
          .why = "send the requests that are counted, and ask the query API"},
    monitor_rights[0],
    monitor_rights[1],
    monitor_rights[2],
    monitor_rights[3],
    monitor_rights[4],
};

constexpr std::array made{PlannedObjects{.kind = "Deployment", .count = 2},
                          PlannedObjects{.kind = "Service", .count = 1},
                          PlannedObjects{.kind = "PodMonitor", .count = 2}};

}  // namespace

constinit const Check ai_service_metrics{
    .id = "ai_service_metrics",
    .title = "What a served model says of itself is collected by the platform's monitoring",
    .breaks =
        "Nobody sees that a model server is slow or down, and nothing scales on what it says.",
    .assertions = table,
    .needs = {.component = "metrics", .rights = rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{15},
             .clearing = std::chrono::seconds{7}},
    .timeout = std::chrono::minutes{10},
    .run = scraped_and_asked_back,
};

}  // namespace assay
