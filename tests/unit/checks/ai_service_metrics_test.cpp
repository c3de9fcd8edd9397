// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The check on an API server in memory behind which a service counts and a monitoring is asked;
// what the monitoring does wrong is planted.

#include <gmock/gmock.h>

#include <algorithm>

#include "checks/catalog.h"
#include "engine/rights.h"
#include "engine/runner.h"
#include "kube/request_facts.h"
#include "tests/api/fake_api_server.h"

namespace assay {
namespace {

using kube::Json;
using std::chrono::seconds;
using testing::HasSubstr;

const kube::Resource deployments{"apps", "v1", "deployments", "Deployment", true};
const kube::Resource monitor_kind{"monitoring.coreos.com", "v1", "podmonitors", "PodMonitor", true};
const kube::Resource prometheus_kind{"monitoring.coreos.com", "v1", "prometheuses", "Prometheus",
                                     true};
const kube::Resource accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};

class Silent : public RunObserver {
    void check_started(const std::string&) override {}
    void progressed(const std::string&, const std::string&) override {}
    void check_settled(const RequirementResult&) override {}
};

// What the monitoring answers of each series; a test plants what is wrong with it.
struct Monitoring {
    bool finds = true;
    bool up = true;
    bool right_space = true;
    double share = 1;         // of the requests
    int stops_counting = -1;  // after so many requests; -1: never
    bool histogram = true;
    bool shows_others = false;
    bool misdirected_is_up = false;
};

Json vector_of(const std::vector<double>& values) {
    Json result = Json::array();
    for (const double value : values) {
        result.push_back({{"metric", {{"pod", "p"}}}, {"value", {0, std::to_string(value)}}});
    }
    return {{"status", "success"}, {"data", {{"resultType", "vector"}, {"result", result}}}};
}

class ServiceMetrics : public testing::Test {
protected:
    ServiceMetrics() {
        server_.update(kube::namespaces, {{"metadata", {{"name", "kube-system"}}}});
        server_.update(kube::services,
                       {{"metadata",
                         {{"name", "prometheus"},
                          {"namespace", "monitoring"},
                          {"labels", {{"app.kubernetes.io/name", "prometheus"}}}}}});
        server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
            server.update(accounts, {{"metadata",
                                      {{"name", "default"}, {"namespace", kube::name_of(space)}}}});
        });
        server_.on_created(deployments, [this](kube::FakeApiServer& server, const Json& created) {
            Json running = created;
            running["status"]["availableReplicas"] = created["spec"]["replicas"];
            server.update(deployments, running);
            made_.push_back(created);
        });
        server_.serve_group({.name = "apps", .versions = {"v1"}, .kinds = {deployments}});
        server_.on_request(
            [this](const kube::Request& request) -> std::optional<kube::Result<kube::Response>> {
                if (request.path.find("/proxy/") == std::string::npos) {
                    return std::nullopt;
                }
                return kube::Response{.status = 200, .headers = {}, .body = listener(request)};
            });
    }

    void install_operator() {
        server_.serve_group({.name = "monitoring.coreos.com",
                             .versions = {"v1"},
                             .kinds = {monitor_kind, prometheus_kind}});
        server_.update(
            prometheus_kind,
            {{"metadata", {{"name", "k8s"}, {"namespace", "monitoring"}}},
             {"spec",
              {{"podMonitorSelector",
                {{"matchLabels", {{"release", "mine"}}},
                 {"matchExpressions",
                  Json::array(
                      {{{"key", "team"}, {"operator", "In"}, {"values", {"a", "b"}}}})}}}}}});
        server_.update(kube::services, {{"metadata",
                                         {{"name", "prometheus-operated"},
                                          {"namespace", "monitoring"},
                                          {"labels", {{"operated-prometheus", "true"}}}}}});
        server_.on_created(monitor_kind, [this](kube::FakeApiServer&, const Json& created) {
            monitors_.push_back(created);
        });
    }

    std::string listener(const kube::Request& request) {
        if (request.path.find("/proxy/counted") != std::string::npos) {
            ++requests_;
            return "{}";
        }
        return answer(request.path).dump();
    }

    // Told apart by what the check asks for; the expression is percent-encoded.
    Json answer(const std::string& path) const {
        const auto asks = [&](const char* text) { return path.find(text) != std::string::npos; };
        if (asks("query=up%7B")) {
            const bool other = asks("misdirected");
            return other ? vector_of({plan_.misdirected_is_up ? 1.0 : 0.0})
                         : vector_of({1, plan_.up ? 1.0 : 0.0});
        }
        if (asks("%2Dother")) {
            return vector_of(plan_.shows_others ? std::vector<double>{1} : std::vector<double>{});
        }
        if (!plan_.finds || (asks("duration") && !plan_.histogram)) {
            return vector_of({});
        }
        if (asks("query=assay%5Finfo")) {
            return vector_of(asks("namespace%3D") && !plan_.right_space
                                 ? std::vector<double>{}
                                 : std::vector<double>{1, 1});
        }
        const int counted =
            plan_.stops_counting < 0 ? requests_ : std::min(requests_, plan_.stops_counting);
        return vector_of({counted * plan_.share / 2, counted * plan_.share / 2});
    }

    RunResult run() {
        static const std::vector<Adapter> adapters = *load_adapters();
        const kube::Client client(server_);
        const auto inventory = *take_inventory(client, adapters, kube::Limit::of(seconds(10)));
        RunPlan plan;
        plan.profile = *load_profile("k8s-ai-1.37");
        plan.profile.observe_s = 1;
        plan.select = {"ai_service_metrics"};
        plan.catalog = catalog_;
        plan.images = {{"core", "r/core"}};
        plan.components = *load_components();
        Silent observer;
        return Runner(client, inventory, nullptr, observer).run(plan, "r2d2", {});
    }

    static const AssertionResult& asked(const RunResult& run, const std::string& assertion) {
        for (const RequirementResult& one : run.requirements) {
            const auto found = std::ranges::find(one.assertions, assertion, &AssertionResult::id);
            if (found != one.assertions.end()) {
                return *found;
            }
        }
        throw std::logic_error("there is no " + assertion);
    }

    // Exactly that assertion fails.
    void expect_failed(const std::string& assertion) {
        const RunResult result = run();
        for (const Assertion* one : check_.assertions) {
            const Outcome outcome = asked(result, std::string(one->id)).outcome;
            EXPECT_EQ(outcome == Outcome::failed, one->id == assertion) << one->id;
        }
    }

    Check check_ = ai_service_metrics;
    std::vector<const Check*> catalog_{&check_};
    Monitoring plan_;
    int requests_ = 0;
    std::vector<Json> made_;
    std::vector<Json> monitors_;
    kube::FakeApiServer server_;
};

TEST_F(ServiceMetrics, PassesWhereTheNumbersAreRight) {
    const RunResult result = run();
    for (const Assertion* one : check_.assertions) {
        const AssertionResult& settled = asked(result, std::string(one->id));
        EXPECT_EQ(settled.outcome, Outcome::passed) << one->id << ": " << settled.reason;
    }
    EXPECT_EQ(requests_, 27);
    EXPECT_TRUE(result.leftovers.empty());
    ASSERT_EQ(made_.size(), 2U);
    const Json& pod = made_[0]["spec"]["template"];
    EXPECT_EQ(pod["metadata"]["annotations"]["prometheus.io/port"], "8080");
    EXPECT_EQ(pod["metadata"]["annotations"]["prometheus.io/scrape"], "true");
    EXPECT_EQ(pod["spec"]["containers"][0]["args"][2], "assay-r2d2");
    EXPECT_EQ(made_[1]["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"], "9");
}

TEST_F(ServiceMetrics, DoesOnlyWhatItsRightsAllow) {
    run();
    const std::vector<const Right*> rights = rights_for(catalog_, {});
    for (const kube::Request& request : server_.requests()) {
        const kube::RequestFacts facts = kube::facts_of(request);
        const bool everybodys = facts.path == "/version" || facts.path == "/apis";
        const bool granted = std::ranges::any_of(rights, [&](const Right* right) {
            return right->verb == facts.verb && right->group == facts.group &&
                   right->resource == facts.resource;
        });
        EXPECT_TRUE(everybodys || granted) << facts.verb << " " << facts.path;
    }
}

TEST_F(ServiceMetrics, WithoutAMonitoringItIsInconclusiveAndSaysWhatWasLookedFor) {
    server_.erase(kube::services, "monitoring", "prometheus");
    const RunResult result = run();
    const AssertionResult& settled = asked(result, "pods_are_scraped");
    EXPECT_EQ(settled.outcome, Outcome::inconclusive);
    EXPECT_THAT(settled.reason, HasSubstr("not installed: no monitoring found; looked for "
                                          "prometheus-annotations by a Service labelled "
                                          "app.kubernetes.io/name=prometheus"));
    EXPECT_TRUE(made_.empty());
}

TEST_F(ServiceMetrics, WhereTheOperatorIsPodMonitorsAreMadeAsItsPrometheusSelectsThem) {
    install_operator();
    const RunResult result = run();
    for (const Assertion* one : check_.assertions) {
        const AssertionResult& settled = asked(result, std::string(one->id));
        EXPECT_EQ(settled.outcome, Outcome::passed) << one->id << ": " << settled.reason;
    }
    ASSERT_EQ(monitors_.size(), 2U);
    const Json& monitor = monitors_[0];
    EXPECT_EQ(monitor["metadata"]["labels"]["release"], "mine");
    EXPECT_EQ(monitor["metadata"]["labels"]["team"], "a");
    EXPECT_EQ(monitor["spec"]["selector"]["matchLabels"]["assay/role"], "counted-pods");
    EXPECT_FALSE(made_[0]["spec"]["template"]["metadata"]
                     .value("annotations", Json::object())
                     .contains("prometheus.io/scrape"));
    EXPECT_TRUE(result.leftovers.empty());
}

TEST_F(ServiceMetrics, AServiceThatIsNeverPickedUpFailsTheControl) {
    plan_.finds = false;
    expect_failed("pods_are_scraped");
}

TEST_F(ServiceMetrics, AnotherNamespaceInTheLabelsIsFound) {
    plan_.right_space = false;
    expect_failed("labels_name_the_workload");
}

TEST_F(ServiceMetrics, ATargetThatIsDownIsFound) {
    plan_.up = false;
    expect_failed("targets_are_up");
}

TEST_F(ServiceMetrics, AHistogramThatIsDroppedIsFound) {
    plan_.histogram = false;
    expect_failed("durations_are_counted");
}

TEST_F(ServiceMetrics, SeriesThatAdvanceNoMoreAreFound) {
    plan_.stops_counting = 20;
    expect_failed("next_scrape_advances");
}

TEST_F(ServiceMetrics, HalfTheRequestsLostAreFound) {
    plan_.share = 0.5;
    const RunResult result = run();
    for (const char* one :
         {"requests_are_counted", "durations_are_counted", "next_scrape_advances"}) {
        EXPECT_EQ(asked(result, one).outcome, Outcome::failed) << one;
    }
    EXPECT_EQ(asked(result, "targets_are_up").outcome, Outcome::passed);
}

TEST_F(ServiceMetrics, ATargetThatShowsThoughNobodyListensIsFound) {
    plan_.misdirected_is_up = true;
    expect_failed("wrong_port_is_down");
}

TEST_F(ServiceMetrics, AnothersSeriesAreFound) {
    plan_.shows_others = true;
    expect_failed("another_run_finds_nothing");
}

TEST_F(ServiceMetrics, ARequestThatIsNotAnsweredIsNoVerdict) {
    server_.on_request(
        [](const kube::Request& request) -> std::optional<kube::Result<kube::Response>> {
            if (request.path.find("/proxy/counted") == std::string::npos) {
                return std::nullopt;
            }
            return kube::Response{.status = 500, .headers = {}, .body = "{}"};
        });
    const RunResult result = run();
    EXPECT_EQ(asked(result, "requests_are_counted").outcome, Outcome::inconclusive);
}

}  // namespace
}  // namespace assay
