// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/account.h"

#include <algorithm>
#include <cmath>

namespace assay::probe::collective {

namespace {

// JSON has no word for what is no number.
Json number_or_null(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

}  // namespace

const char* verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return "passed";
        case Verdict::failed:
            return "failed";
        case Verdict::inconclusive:
            break;
    }
    return "inconclusive";
}

Verdict verdict_named(const std::string& name) {
    return name == "passed"   ? Verdict::passed
           : name == "failed" ? Verdict::failed
                              : Verdict::inconclusive;
}

Json Reason::json() const {
    return {{"code", code},
            {"verdict", verdict_name(verdict)},
            {"rank", rank == no_rank ? Json() : Json(rank)},
            {"text", text}};
}

Reason Reason::from(const Json& json) {
    return {.code = json.at("code"),
            .verdict = verdict_named(json.at("verdict")),
            .rank = json.at("rank").is_null() ? no_rank : json.at("rank").get<int>(),
            .text = json.at("text")};
}

Decision decided_by(std::vector<Reason> reasons) {
    Decision decision{.verdict = Verdict::passed, .reasons = std::move(reasons)};
    for (const Reason& reason : decision.reasons) {
        decision.verdict = std::max(decision.verdict, reason.verdict);
    }
    return decision;
}

Json Result::json() const {
    Json json = {
        {"operation", operation}, {"time_us", time_us}, {"own_us", own_us}, {"wrong", wrong}};
    if (first_wrong) {
        json["first_wrong"] = {{"index", first_wrong->index},
                               {"expected", number_or_null(first_wrong->expected)},
                               {"actual", number_or_null(first_wrong->actual)}};
    }
    if (blame) {
        json["blame"] = {{"step", blame->step}, {"from", blame->from}};
    }
    return json;
}

Result Result::from(const Json& json) {
    Result result{.operation = json.at("operation"),
                  .time_us = json.at("time_us"),
                  .own_us = json.at("own_us"),
                  .wrong = json.at("wrong"),
                  .first_wrong = {},
                  .blame = {}};
    if (json.contains("first_wrong")) {
        const Json& first = json.at("first_wrong");
        const Json& actual = first.at("actual");
        result.first_wrong = {.index = first.at("index"),
                              .expected = first.at("expected"),
                              .actual = actual.is_null() ? std::nan("") : actual.get<double>()};
    }
    if (json.contains("blame")) {
        const Json& blame = json.at("blame");
        result.blame = {.step = blame.at("step"), .from = blame.at("from")};
    }
    return result;
}

std::string Standing::text() const {
    if (operation < 0) {
        return "had not begun an operation";
    }
    const std::string waiting =
        waits_for == no_rank ? "" : ", waits for rank " + std::to_string(waits_for);
    return "finished " + std::to_string(step) + " steps of operation " + std::to_string(operation) +
           waiting;
}

Json Standing::json() const {
    return {{"operation", operation},
            {"step", step},
            {"waits_for", waits_for == no_rank ? Json() : Json(waits_for)},
            {"idle_s", idle_s}};
}

Standing Standing::from(const Json& json) {
    const Json& waits_for = json.at("waits_for");
    return {.operation = json.at("operation"),
            .step = json.at("step"),
            .waits_for = waits_for.is_null() ? no_rank : waits_for.get<int>(),
            .idle_s = json.at("idle_s")};
}

std::uint64_t RankAccount::wrong() const {
    std::uint64_t sum = 0;
    for (const Result& result : results) {
        sum += result.wrong;
    }
    return sum;
}

std::string RankAccount::name() const {
    std::string inside;
    for (const std::string& part : {host, node, address}) {
        if (!part.empty()) {
            inside += (inside.empty() ? "" : ", ") + part;
        }
    }
    return "rank " + std::to_string(rank) + (inside.empty() ? "" : " (" + inside + ")");
}

}  // namespace assay::probe::collective
