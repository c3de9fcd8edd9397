// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What ai_inference settles. The Gateway API's own rules are required, and so is that tokens arrive
// as they are made; beyond the requirement are what depends on the cluster around it (an address),
// on a time limit of ours (silence) and on a kind that implementations need not have (GRPCRoute).
#pragma once

#include "engine/assertion.h"

namespace assay {

constexpr Assertion gateway_accepted{
    .id = "gateway_accepted",
    .sentence = "a Gateway of the cluster's class is accepted",
    .next_step = "read the Gateway's conditions and the log of its class's controller"};

constexpr Assertion gateway_programmed{
    .id = "gateway_programmed",
    .basis = Basis::beyond,
    .sentence = "the Gateway is programmed and has an address",
    .next_step =
        "give the cluster something that serves Services of type LoadBalancer, or have the class "
        "publish another address"};

constexpr Assertion routes_resolved{
    .id = "routes_resolved",
    .sentence = "its HTTPRoute is accepted, and its backends are resolved",
    .next_step = "read the route's conditions in status.parents"};

constexpr Assertion configuration_is_live{
    .id = "configuration_is_live",
    .kind = Kind::control,
    .sentence = "a request through the Gateway is answered by this run's configuration of it",
    .next_step =
        "send a request by hand from a pod to the address in the finding, with the Host of the "
        "evidence; then see whether network policies or the controller's log say why not"};

constexpr Assertion header_decides{
    .id = "header_decides",
    .sentence = "every request with a header that a rule names goes to that rule's backend",
    .next_step =
        "compare the configurations of the gateway's replicas: each request came over a connection "
        "of its own"};

constexpr Assertion more_specific_rule_wins{
    .id = "more_specific_rule_wins",
    .sentence = "of two rules that match, the one with the longer path or more headers wins",
    .next_step = "see how the implementation orders rules: the order in the route must not decide"};

constexpr Assertion weights_are_kept{
    .id = "weights_are_kept",
    .sentence = "requests are split by the weights of the backends",
    .next_step =
        "read the route as the API server has it: an admission policy may have changed its "
        "weights"};

constexpr Assertion weight_change_is_followed{
    .id = "weight_change_is_followed",
    .sentence = "when the weights are changed every request follows, on every replica",
    .next_step =
        "see whether a replica of the gateway has lost its controller: it serves what it had"};

constexpr Assertion weight_change_time{
    .id = "weight_change_time",
    .kind = Kind::measure,
    .sentence = "changed weights are in force soon",
    .next_step = "look at the controller's load, and at what it waits for between two changes"};

constexpr Assertion openai_requests_pass{
    .id = "openai_requests_pass",
    .sentence = "a chat completion of OpenAI's shape goes to its model's backend and comes back",
    .next_step = "look for filters that change or limit bodies"};

constexpr Assertion completions_stream{
    .id = "completions_stream",
    .sentence = "a streamed completion arrives word by word",
    .next_step = "turn off the gateway's buffering and compression of answers"};

constexpr Assertion events_arrive_unbuffered{
    .id = "events_arrive_unbuffered",
    .sentence = "server-sent events arrive one by one, as they were sent",
    .next_step = "turn off the gateway's buffering and compression of answers"};

constexpr Assertion idle_stream_survives{
    .id = "idle_stream_survives",
    .basis = Basis::beyond,
    .sentence =
        "a stream that says nothing for 65 seconds goes on, where its route has no time limit",
    .next_step =
        "raise the gateway's idle timeout of streams above the longest pause of a model that "
        "thinks"};

constexpr Assertion grpc_method_decides{
    .id = "grpc_method_decides",
    .basis = Basis::beyond,
    .sentence = "a GRPCRoute sends each method to the backend of its rule",
    .next_step = "see whether the implementation supports GRPCRoute and HTTP/2 without TLS"};

constexpr Assertion grpc_streams{
    .id = "grpc_streams",
    .basis = Basis::beyond,
    .sentence = "messages of a gRPC server stream arrive one by one",
    .next_step = "see whether the gateway speaks HTTP/2 to the backend, or buffers"};

constexpr Assertion unknown_backend_reported{
    .id = "unknown_backend_reported",
    .sentence = "a route to a Service that is not there says ResolvedRefs=False, BackendNotFound",
    .next_step = "report it to the implementation: the Gateway API demands that condition"};

constexpr Assertion foreign_backend_reported{
    .id = "foreign_backend_reported",
    .sentence =
        "a route to another namespace without a ReferenceGrant says ResolvedRefs=False, "
        "RefNotPermitted",
    .next_step = "report it to the implementation: the Gateway API demands that condition"};

constexpr Assertion unmatched_header_goes_nowhere{
    .id = "unmatched_header_goes_nowhere",
    .kind = Kind::negative,
    .control = &configuration_is_live,
    .sentence = "a request without the header that the only rule demands gets 404",
    .next_step =
        "look for a default backend, and for replicas that know the route and not its match"};

constexpr Assertion unmatched_host_goes_nowhere{
    .id = "unmatched_host_goes_nowhere",
    .kind = Kind::negative,
    .control = &configuration_is_live,
    .sentence = "a request for a host that no route names gets 404",
    .next_step = "look for a default backend or a route of somebody else that takes every host"};

constexpr Assertion unknown_backend_gets_500{
    .id = "unknown_backend_gets_500",
    .kind = Kind::negative,
    .control = &configuration_is_live,
    .sentence = "a request whose rule names a Service that is not there gets 500",
    .next_step = "see where such requests went: to no other rule's backend, the Gateway API says"};

constexpr Assertion foreign_backend_is_refused{
    .id = "foreign_backend_is_refused",
    .kind = Kind::negative,
    .control = &configuration_is_live,
    .sentence = "a request whose rule names another namespace's Service without a grant gets 500",
    .next_step =
        "stop using this implementation for several tenants: any of them can send requests into "
        "the others' namespaces"};

}  // namespace assay
