// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>

#include "checks/catalog.h"
#include "checks/inference_assertions.h"
#include "checks/inference_gateway.h"
#include "checks/inference_requests.h"
#include "engine/scenario.h"

// networking / ai_inference
//
//   Our words: an implementation of the Gateway API steers requests for inference: by headers, by
//   weights that can be changed while requests come, and in streams; what it was not told to serve
//   it does not serve.
//
// Two backends that say who they are, a Gateway of the cluster's own class, and clients in pods
// that send every request once. Each route adds a header that tells which configuration of it is in
// force; nothing is counted before that was seen.

namespace assay {
namespace {

constexpr auto table = assertions({&gateway_accepted,
                                   &gateway_programmed,
                                   &routes_resolved,
                                   &configuration_is_live,
                                   &header_decides,
                                   &more_specific_rule_wins,
                                   &weights_are_kept,
                                   &weight_change_is_followed,
                                   &weight_change_time,
                                   &openai_requests_pass,
                                   &completions_stream,
                                   &events_arrive_unbuffered,
                                   &idle_stream_survives,
                                   &grpc_method_decides,
                                   &grpc_streams,
                                   &unknown_backend_reported,
                                   &foreign_backend_reported,
                                   &unmatched_header_goes_nowhere,
                                   &unmatched_host_goes_nowhere,
                                   &unknown_backend_gets_500,
                                   &foreign_backend_is_refused});

constexpr std::string_view gateway_api = "gateway.networking.k8s.io/v1";
constexpr Weights before{.a = 70, .b = 30};
constexpr Weights after{.a = 30, .b = 70};
constexpr int stream_events = 4;

using kube::Json;

struct Routes {
    Object models;
    Object lost;
    Object foreign;
    bool grpc = false;
};

// --- what is made ---

Object make_service(Scenario& s, std::string_view name) {
    return s.make(
        s.object("Service", name).with("/spec/selector/app.kubernetes.io~1instance", s.run_id()));
}

Object make_route(Scenario& s, std::string_view kind, std::string_view prefix,
                  const InferenceTarget& target) {
    ObjectManifest route =
        s.object(kind, fmt::format("route-{}", prefix))
            .with("/spec/hostnames/0", fmt::format("{}.{}", prefix, target.domain));
    const std::size_t rules = kube::array(route.tree(), {"spec", "rules"}).size();
    for (std::size_t i = 0; i < rules; ++i) {
        const std::string filters = fmt::format("/spec/rules/{}/filters", i);
        if (route.tree().contains(Json::json_pointer(filters))) {
            route = route.with(filters + "/0/requestHeaderModifier/set/0/value", target.first);
        }
    }
    return s.make(route);
}

Routes make_routes(Scenario& s, const InferenceTarget& target) {
    Routes routes{.models = make_route(s, "HTTPRoute", "models", target),
                  .lost = make_route(s, "HTTPRoute", "lost", target),
                  .foreign = make_route(s, "HTTPRoute", "foreign", target),
                  .grpc = s.serves(gateway_api, "GRPCRoute")};
    make_route(s, "HTTPRoute", "strict", target);
    make_route(s, "HTTPRoute", "streams", target);
    if (routes.grpc) {
        make_route(s, "GRPCRoute", "grpc", target);
    }
    return routes;
}

void wait_for_backend(Scenario& s, const Pod& pod) {
    if (const Observed<std::string> verb = pod.report("server").verb(); !verb.value) {
        s.give_up(
            fmt::format("backend {} does not serve: {}", pod.name(), verb.value.error().reason));
    }
}

// --- what the controller says ---

void ask_gateway(Scenario& s, const Object& gateway) {
    const auto accepted = [](const ObjectState& one) {
        return one.condition("Accepted").status == "True";
    };
    s.require(gateway_accepted, gateway.when(accepted),
              satisfies<ObjectState>("Accepted=True", accepted));
    s.expect(gateway_programmed, programmed(gateway),
             satisfies<ObjectState>("Programmed=True, with an address", has_address));
}

Satisfies<RouteStatus> is_unresolved(std::string_view reason) {
    return satisfies<RouteStatus>(fmt::format("ResolvedRefs=False ({})", reason),
                                  [reason = std::string(reason)](const RouteStatus& one) {
                                      return one.resolved.status == "False" &&
                                             one.resolved.reason == reason;
                                  });
}

void ask_conditions(Scenario& s, const Routes& routes) {
    s.expect(routes_resolved, route_status(routes.models),
             satisfies<RouteStatus>("Accepted=True, ResolvedRefs=True", [](const RouteStatus& one) {
                 return one.accepted.status == "True" && one.resolved.status == "True";
             }));
    s.expect(unknown_backend_reported, route_status(routes.lost), is_unresolved("BackendNotFound"));
    s.expect(foreign_backend_reported, route_status(routes.foreign),
             is_unresolved("RefNotPermitted"));
}

// --- what the clients saw ---

// Asks about a phase if the configuration that it rests on was in force.
void ask(Scenario& s, const Assertion& assertion, const Report& report, std::string_view live,
         std::string_view phase, const OfPhase& matcher) {
    const Observed<TrafficPhase> before_it = report.phase(live);
    if (before_it.value && !before_it.value->live) {
        s.not_asked(assertion,
                    fmt::format("its route was never in force: {}", before_it.value->describe()));
    } else {
        s.expect(assertion, report.phase(phase), matcher);
    }
}

void ask_what_is_steered(Scenario& s, const Report& report, const std::string& where) {
    s.require(configuration_is_live, report.phase("live"), is_live(where));
    ask(s, header_decides, report, "model_live", "model", all_go_to("b"));
    ask(s, more_specific_rule_wins, report, "both_live", "both", all_go_to("a"));
    ask(s, more_specific_rule_wins, report, "longer_live", "longer", all_go_to("a"));
    s.expect(weights_are_kept, report.phase("split"), is_split_by(before));
}

void ask_what_is_refused(Scenario& s, const Report& report, const std::string& where) {
    s.expect(configuration_is_live, report.phase("live"), is_live(where));
    ask(s, unmatched_header_goes_nowhere, report, "strict_live", "no_header", all_get(404));
    ask(s, unmatched_host_goes_nowhere, report, "live", "no_host", all_get(404));
    ask(s, unknown_backend_gets_500, report, "lost_live", "lost", all_get(500));
    ask(s, foreign_backend_is_refused, report, "foreign_live", "foreign", all_get(500));
}

void ask_what_streams(Scenario& s, const Pod& pod, bool grpc) {
    const Report chat = pod.report("chat");
    ask(s, openai_requests_pass, chat, "live", "chat", echoes_the_prompt());
    ask(s, completions_stream, chat, "live", "chat_stream", streams_a_completion());
    if (grpc) {
        const Report rpc = pod.report("rpc");
        ask(s, grpc_method_decides, rpc, "say_live", "say", is_called("a"));
        ask(s, grpc_method_decides, rpc, "stream_live", "stream", is_called("b"));
        ask(s, grpc_streams, rpc, "stream_live", "stream", streams_messages("b", stream_events));
    } else {
        s.not_applicable(grpc_method_decides, "GRPCRoute is not served");
        s.not_applicable(grpc_streams, "GRPCRoute is not served");
    }
    const Report events = pod.report("events");
    ask(s, events_arrive_unbuffered, events, "live", "sse", arrives_as_sent(stream_events));
    ask(s, idle_stream_survives, events, "idle_live", "idle", survives_silence());
}

// --- the weights are changed under way ---

Json changed_rules(const ObjectState& route, const InferenceTarget& target) {
    Json rules = kube::array(route.tree, {"spec", "rules"});
    for (Json& rule : rules) {
        for (Json& filter : rule["filters"]) {
            filter["requestHeaderModifier"]["set"][0]["value"] = target.second;
        }
    }
    Json& split = rules.at(0)["backendRefs"];
    split.at(0)["weight"] = after.a;
    split.at(1)["weight"] = after.b;
    return rules;
}

void not_changed(Scenario& s, const std::string& why) {
    s.not_asked(weight_change_is_followed, why);
    s.not_asked(weight_change_time, why);
}

void ask_change(Scenario& s, const Object& route, const InferenceTarget& target) {
    const Pod pod = s.start(s.pod("change").arguments("client", change_plan(target)));
    const Observed<Started> started = pod.started("client");
    const Observed<ObjectState> shown = route.when([](const auto& one) { return one.exists; });
    if (!started.value || !started.value->running || !shown.value || !shown.value->exists) {
        return not_changed(s, "the client did not start, or the route is gone");
    }
    const auto began = std::chrono::steady_clock::now();
    const Observed<Answer> changed =
        s.change(route, {{"spec", {{"rules", changed_rules(*shown.value, target)}}}});
    if (!changed.value || !changed.value->accepted) {
        return not_changed(
            s, "the route could not be changed: " +
                   (changed.value ? changed.value->words : changed.value.error().reason));
    }
    const Report report = pod.report("client");
    const Observed<Convergence> took =
        convergence(report, std::chrono::steady_clock::now() - began);
    if (const auto old = report.phase("old"); old.value && !old.value->live) {
        s.not_asked(weight_change_time, "the client came too late to see the old weights");
    } else {
        s.expect(weight_change_time, took, comes_within(change_limit));
    }
    ask(s, weight_change_is_followed, report, "old", "settled", is_split_anew_by(after));
}

void steered(Scenario& s) {
    if (!s.serves(gateway_api, "HTTPRoute")) {
        s.give_up("not installed: gateway.networking.k8s.io/v1 is not served");
    }
    const FoundClass chosen = gateway_class(s);
    InferenceTarget target{.base = {},
                           .domain = s.run_id() + ".assay.example",
                           .run = s.run_id(),
                           .first = s.run_id() + "-1",
                           .second = s.run_id() + "-2"};
    const Object gateway = s.make(
        s.object("Gateway", "inference-gateway").with("/spec/gatewayClassName", chosen.name));
    make_service(s, "backend-a");
    make_service(s, "backend-b");
    const Arguments mark{"--marker", target.run};
    const Pod a = s.start(s.pod("serve-a").arguments("server", mark));
    const Pod b = s.start(s.pod("serve-b").arguments("server", mark));
    const Routes routes = make_routes(s, target);
    ask_gateway(s, gateway);
    const Reached way = reached(s, gateway, chosen);
    target.base = way.base;
    wait_for_backend(s, a);
    wait_for_backend(s, b);
    ask_conditions(s, routes);
    PodManifest streaming = s.pod("streams")
                                .arguments("events", events_plan(target))
                                .arguments("chat", chat_plan(target));
    streaming =
        routes.grpc ? streaming.arguments("rpc", rpc_plan(target)) : streaming.without("rpc");
    const Pod streams = s.start(streaming);
    const Pod asks = s.start(s.pod("asks")
                                 .arguments("routes", routes_plan(target))
                                 .arguments("refusals", refusals_plan(target)));
    const std::string where = fmt::format("by {}, {}", way.how, chosen.describe());
    ask_what_is_steered(s, asks.report("routes"), where);
    ask_what_is_refused(s, asks.report("refusals"), where);
    s.end(asks);
    ask_change(s, routes.models, target);
    ask_what_streams(s, streams, routes.grpc);
}

constexpr std::string_view group = "gateway.networking.k8s.io";

constexpr Right route_right(std::string_view resource, std::string_view verb,
                            std::string_view why) {
    return {.group = group, .resource = resource, .verb = verb, .why = why};
}

constexpr Right waiting_right(std::string_view resource, std::string_view why) {
    return {.group = group,
            .resource = resource,
            .verb = "watch",
            .why = why,
            .unused_when = "what is so already is not waited for"};
}

constexpr Right removal(std::string_view of_group, std::string_view resource) {
    return {.group = of_group,
            .resource = resource,
            .verb = "delete",
            .place = Place::given_namespace,
            .why = "remove what the run made"};
}

constexpr std::array rights{
    Right{.group = group,
          .resource = "gatewayclasses",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find a class to ask"},
    route_right("gateways", "create", "have a Gateway to send requests to"),
    route_right("gateways", "list", "see whether it is accepted, and its address"),
    waiting_right("gateways", "see when it has one"),
    route_right("httproutes", "create", "steer requests"),
    route_right("httproutes", "list", "see what the controller says of the routes"),
    waiting_right("httproutes", "see when it has said it"),
    route_right("httproutes", "patch", "change the weights of backends while requests come"),
    Right{.group = group,
          .resource = "grpcroutes",
          .verb = "create",
          .why = "steer calls by gRPC",
          .unused_when = "asked only where GRPCRoute is served"},
    Right{.group = "", .resource = "services", .verb = "create", .why = "give the routes backends"},
    Right{.group = "",
          .resource = "services",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find the Service of a Gateway that has no address",
          .without = "a Gateway without an address is then not reached",
          .unused_when = "asked only where the Gateway has no address"},
    Right{.group = group,
          .resource = "grpcroutes",
          .verb = "list",
          .place = Place::given_namespace,
          .why = "see what is to be removed",
          .unused_when = "asked only where GRPCRoute is served"},
    removal(group, "gateways"),
    removal(group, "httproutes"),
    removal(group, "grpcroutes"),
    removal("", "services"),
};

constexpr std::array made{
    PlannedObjects{.kind = "Pod", .count = 5}, PlannedObjects{.kind = "Gateway", .count = 1},
    PlannedObjects{.kind = "HTTPRoute", .count = 5},
    PlannedObjects{.kind = "GRPCRoute", .count = 1}, PlannedObjects{.kind = "Service", .count = 2}};

}  // namespace

constinit const Check ai_inference{
    .id = "ai_inference",
    .title = "The Gateway API steers requests for inference",
    .breaks =
        "Requests reach the wrong model or none, a canary gets more than its share, tokens arrive "
        "all at once at the end, or a tenant's requests end in another's namespace.",
    .assertions = table,
    .needs = {.rights = rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{75},
             .clearing = std::chrono::seconds{8}},
    .timeout = std::chrono::minutes{8},
    .run = steered,
};

}  // namespace assay
