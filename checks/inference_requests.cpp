// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/inference_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/split.h"

namespace assay {
namespace {

using kube::Json;

constexpr int seconds_to_be_live = 60;
// Of what a plan waits for next: all of it, one after another, ends before the pod must have told
// (start_limit), and at a gateway that never follows, too.
constexpr int seconds_of_next = 15;
constexpr int seconds_of_old = 10;
constexpr int streamed_events = 4;
constexpr int interval_ms = 1000;  // a busy machine's delays are smaller
constexpr std::string_view prompt = "count to three";
constexpr std::string_view config_header = "x-assay-config";

Json phase(const InferenceTarget& target, std::string_view name, std::string_view route,
           std::string_view path = "/") {
    return {{"name", name},
            {"url", target.base + std::string(path)},
            {"host", fmt::format("{}.{}", route, target.domain)},
            {"marker", target.run}};
}

Json with(Json phase, const Json& more) {
    phase.update(more);
    return phase;
}

// Waits until the route is in force: nothing is counted before that. A gateway learns of each rule
// and of each backend by itself, so that one rule in force says nothing of the next.
Json live(const InferenceTarget& target, std::string_view name, std::string_view route,
          std::string_view path = "/") {
    Json result = phase(target, name, route, path);
    result.erase("marker");
    return with(std::move(result), {{"until_marker", target.first},
                                    {"marker_header", config_header},
                                    {"within_s", seconds_to_be_live}});
}

Json next_live(const InferenceTarget& target, std::string_view name, std::string_view route,
               std::string_view path = "/") {
    return with(live(target, name, route, path), {{"within_s", seconds_of_next}});
}

Json few(Json phase) {
    return with(std::move(phase), {{"requests", few_requests}, {"parallel", 8}, {"close", true}});
}

Json many(Json phase) {
    return with(std::move(phase), {{"requests", split_requests}, {"parallel", 16}});
}

Arguments arguments(const Json& phases) {
    return {"--plan", phases.dump()};
}

bool lost_nothing(const TrafficPhase& one) {
    return one.all_with_status(200) && one.wrong_markers == 0 && one.absent_markers == 0;
}

bool fits(const TrafficPhase& one, Weights weights) {
    const std::int64_t a = one.from("a");
    return lost_nothing(one) && a + one.from("b") == one.requests &&
           split_bounds(one.requests, weights.share_of_a()).hold(a);
}

std::string split_sentence(Weights weights) {
    const SplitBounds bounds = split_bounds(split_requests, weights.share_of_a());
    return fmt::format("every request answered, {} to {} of {} by a (weights {}/{})", bounds.lowest,
                       bounds.highest, split_requests, weights.a, weights.b);
}

// What the server says of the moment it sent the event.
std::optional<double> sent_ms(const StreamedEvent& event) {
    const auto parsed = kube::parse(event.data);
    const Json* sent = parsed ? kube::find(*parsed, {"sent_ms"}) : nullptr;
    return sent != nullptr && sent->is_number() ? std::optional(sent->get<double>()) : std::nullopt;
}

// How much longer some events were on their way than others, in ms.
double spread(const TrafficPhase& one, const std::vector<double>& sent) {
    std::vector<double> late;
    for (std::size_t i = 0; i < one.arrivals.size(); ++i) {
        late.push_back(one.arrivals[i].at_ms - sent[i]);
    }
    const auto [least, most] = std::ranges::minmax(late);
    return most - least;
}

std::optional<std::string> not_all_told(const TrafficPhase& one) {
    return std::cmp_less(one.arrivals.size(), one.events)
               ? std::optional<std::string>("the client's document had no room for every event")
               : std::nullopt;
}

bool grpc_went_well(const TrafficPhase& one, std::string_view backend) {
    const auto ok = one.grpc.find("0");
    return one.all_from(backend) && ok != one.grpc.end() && ok->second == one.requests;
}

}  // namespace

Arguments routes_plan(const InferenceTarget& target) {
    const Json model{{"headers", {{"x-model", "b"}}}};
    const Json both{{"headers", {{"x-model", "b"}, {"x-tier", "gold"}}}};
    return arguments(Json::array(
        {live(target, "live", "models"), with(next_live(target, "model_live", "models"), model),
         few(with(phase(target, "model", "models"), model)),
         with(next_live(target, "both_live", "models"), both),
         few(with(phase(target, "both", "models"), both)),
         with(next_live(target, "longer_live", "models", "/longer/path"), model),
         few(with(phase(target, "longer", "models", "/longer/path"), model)),
         many(phase(target, "split", "models"))}));
}

Arguments refusals_plan(const InferenceTarget& target) {
    const Json model{{"headers", {{"x-model", "b"}}}};
    return arguments(Json::array(
        {live(target, "live", "models"), with(next_live(target, "strict_live", "strict"), model),
         few(phase(target, "no_header", "strict")), few(phase(target, "no_host", "nowhere")),
         next_live(target, "lost_live", "lost", "/live"),
         few(phase(target, "lost", "lost", "/lost")),
         next_live(target, "foreign_live", "foreign", "/live"),
         few(phase(target, "foreign", "foreign", "/foreign"))}));
}

Arguments events_plan(const InferenceTarget& target) {
    const std::string events =
        fmt::format("/sse?events={}&interval_ms={}", streamed_events, interval_ms);
    const std::string idle = fmt::format("/sse/idle?seconds={}", silence.count());
    return arguments(Json::array(
        {live(target, "live", "models"),
         with(phase(target, "sse", "models", events), {{"kind", "sse"}, {"timeout_s", 30}}),
         next_live(target, "idle_live", "streams"),
         with(phase(target, "idle", "streams", idle),
              {{"kind", "sse"}, {"timeout_s", silence.count() + 15}})}));
}

Arguments chat_plan(const InferenceTarget& target) {
    Json body{{"model", "b"}, {"messages", Json::array({{{"role", "user"}, {"content", prompt}}})}};
    Json chat{{"method", "POST"},
              {"headers", {{"content-type", "application/json"}, {"x-model", "b"}}},
              {"body", body.dump()}};
    Json whole = with(phase(target, "chat", "models", "/v1/chat/completions"), chat);
    body["stream"] = true;
    chat["body"] = body.dump();
    const std::string path = fmt::format("/v1/chat/completions?interval_ms={}", interval_ms);
    const Json model{{"headers", {{"x-model", "b"}}}};
    return arguments(Json::array({with(live(target, "live", "models"), model),
                                  with(std::move(whole), {{"sample", 700}}),
                                  with(with(phase(target, "chat_stream", "models", path), chat),
                                       {{"kind", "sse"}, {"timeout_s", 30}})}));
}

Arguments rpc_plan(const InferenceTarget& target) {
    return arguments(Json::array(
        {with(live(target, "say_live", "grpc"), {{"kind", "grpc"}}),
         with(few(phase(target, "say", "grpc")), {{"kind", "grpc"}}),
         with(next_live(target, "stream_live", "grpc"), {{"kind", "grpc-stream"}, {"count", 1}}),
         with(phase(target, "stream", "grpc"), {{"kind", "grpc-stream"},
                                                {"count", streamed_events},
                                                {"interval_ms", interval_ms},
                                                {"timeout_s", 30}})}));
}

Arguments change_plan(const InferenceTarget& target) {
    const Json config{{"marker", target.second}, {"marker_header", config_header}};
    Json changed = live(target, "new", "models");
    changed["until_marker"] = target.second;
    // The rest of the limit: every replica is to have followed by its end.
    changed["within_s"] = change_limit.count() - seconds_of_old;
    return arguments(Json::array({live(target, "old", "models"), std::move(changed),
                                  with(phase(target, "settling", "models"),
                                       {{"for_s", seconds_of_old}, {"rate", 50}, {"close", true}}),
                                  with(many(phase(target, "settled", "models")), config)}));
}

OfPhase is_live(const std::string& where) {
    return satisfies<TrafficPhase>(
        fmt::format("this run's configuration in force within {} s {}", seconds_to_be_live, where),
        &TrafficPhase::live);
}

OfPhase all_go_to(std::string_view backend) {
    return satisfies<TrafficPhase>(fmt::format("every request answered by {}", backend),
                                   [backend = std::string(backend)](const TrafficPhase& one) {
                                       return lost_nothing(one) && one.all_from(backend);
                                   });
}

OfPhase all_get(int status) {
    return satisfies<TrafficPhase>(
        fmt::format("every request answered with {} and by no backend", status),
        [status](const TrafficPhase& one) {
            return one.all_with_status(status) && one.unnamed == one.requests;
        });
}

OfPhase is_split_by(Weights weights) {
    return satisfies<TrafficPhase>(
        split_sentence(weights), [weights](const TrafficPhase& one) { return fits(one, weights); });
}

OfPhase is_split_anew_by(Weights weights) {
    return satisfies<TrafficPhase>(
        split_sentence(weights) + ", all by the changed configuration",
        [weights](const TrafficPhase& one) { return fits(one, weights); });
}

std::string Convergence::describe() const {
    return seen ? fmt::format("first seen at most {:.1f} s after the change", at_most_s)
                : "not seen";
}

// What the client did after it had seen the change is no part of it.
Observed<Convergence> convergence(const Report& report, std::chrono::duration<double> elapsed) {
    const Observed<TrafficPhase> changed = report.phase("new");
    Observed<Convergence> result{
        .value = Convergence{}, .provenance = changed.provenance, .testimony = changed.testimony};
    double afterwards = 0;
    for (const char* name : {"settling", "settled"}) {
        const Observed<TrafficPhase> one = report.phase(name);
        afterwards += one.value ? one.value->seconds : 0;
    }
    if (changed.value) {
        result.value = Convergence{.seen = changed.value->live,
                                   .at_most_s = std::max(0.0, elapsed.count() - afterwards)};
    } else {
        result.value = std::unexpected(changed.value.error());
    }
    return result;
}

Satisfies<Convergence> comes_within(std::chrono::seconds limit) {
    return satisfies<Convergence>(
        fmt::format("the changed configuration in force within {} s", limit.count()),
        [limit](const Convergence& one) {
            return one.seen && one.at_most_s <= static_cast<double>(limit.count());
        });
}

OfPhase arrives_as_sent(std::int64_t events) {
    return satisfies<TrafficPhase>(
        fmt::format("{} events sent {} ms apart, none on its way {} ms longer than another", events,
                    interval_ms, interval_ms / 2),
        [events](const TrafficPhase& one) {
            std::vector<double> sent;
            for (const StreamedEvent& event : one.arrivals) {
                sent.push_back(sent_ms(event).value_or(0.0));
            }
            return one.all_with_status(200) && one.events == events &&
                   std::cmp_equal(one.arrivals.size(), events) &&
                   spread(one, sent) < interval_ms / 2.0;
        },
        not_all_told);
}

OfPhase survives_silence() {
    return satisfies<TrafficPhase>(
        fmt::format("an event, {} s of silence, and the last event", silence.count()),
        [](const TrafficPhase& one) { return one.all_with_status(200) && one.events == 2; });
}

OfPhase echoes_the_prompt() {
    return satisfies<TrafficPhase>(
        "a chat completion that answers this prompt, from the model's backend",
        [](const TrafficPhase& one) {
            const bool whole = one.sample.find("\"chat.completion\"") != std::string::npos &&
                               one.sample.find(prompt) != std::string::npos;
            return lost_nothing(one) && one.all_from("b") && whole;
        });
}

OfPhase streams_a_completion() {
    return satisfies<TrafficPhase>(
        "a streamed completion, word by word, with its end",
        [](const TrafficPhase& one) {
            const bool ended = !one.arrivals.empty() && one.arrivals.back().data == "[DONE]";
            // The words were sent an interval apart: all at once, they waited for the last.
            return one.all_from("b") && ended && one.arrivals.back().at_ms >= interval_ms;
        },
        not_all_told);
}

OfPhase is_called(std::string_view backend) {
    return satisfies<TrafficPhase>(fmt::format("every call answered by {} with status 0", backend),
                                   [backend = std::string(backend)](const TrafficPhase& one) {
                                       return grpc_went_well(one, backend);
                                   });
}

OfPhase streams_messages(std::string_view backend, std::int64_t messages) {
    return satisfies<TrafficPhase>(
        fmt::format("{} messages of {}, {} ms apart", messages, backend, interval_ms),
        [backend = std::string(backend), messages](const TrafficPhase& one) {
            return grpc_went_well(one, backend) && one.messages == messages &&
                   std::cmp_equal(one.arrivals.size(), messages) &&
                   one.arrivals.back().at_ms >=
                       interval_ms * (static_cast<double>(messages) - 1) / 2;
        },
        not_all_told);
}

}  // namespace assay
