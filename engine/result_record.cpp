// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/result_record.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace assay {

namespace {

using kube::Json;

// The value whose name this is.
template <class T, std::size_t N>
T named(const Json& name, const std::array<T, N>& values) {
    for (const T value : values) {
        if (to_string(value) == name.get<std::string>()) {
            return value;
        }
    }
    throw std::invalid_argument("\"" + name.get<std::string>() + "\" is not a word of assay");
}

constexpr std::array outcomes{Outcome::passed, Outcome::failed, Outcome::inconclusive,
                              Outcome::not_applicable};
constexpr std::array kinds{Kind::control, Kind::positive, Kind::negative, Kind::measure};
constexpr std::array bases{Basis::required, Basis::beyond};
constexpr std::array levels{Level::must, Level::should, Level::informative};

Json finding_record(const Finding& finding) {
    return {{"outcome", to_string(finding.outcome)},
            {"target", finding.target},
            {"expected", finding.expected},
            {"actual", finding.actual},
            {"reason", finding.reason},
            {"node", finding.node},
            {"simulated", finding.simulated},
            {"at_ms", finding.at_ms},
            {"evidence", finding.evidence}};
}

Finding finding_from(const Json& record) {
    Finding finding;
    finding.outcome = named(record.at("outcome"), outcomes);
    record.at("target").get_to(finding.target);
    record.at("expected").get_to(finding.expected);
    record.at("actual").get_to(finding.actual);
    record.at("reason").get_to(finding.reason);
    record.at("node").get_to(finding.node);
    record.at("simulated").get_to(finding.simulated);
    record.at("at_ms").get_to(finding.at_ms);
    record.at("evidence").get_to(finding.evidence);
    return finding;
}

// Without its findings.
Json assertion_record(const AssertionResult& assertion) {
    return {{"id", assertion.id},
            {"kind", to_string(assertion.kind)},
            {"basis", to_string(assertion.basis)},
            {"sentence", assertion.sentence},
            {"next_step", assertion.next_step},
            {"outcome", to_string(assertion.outcome)},
            {"reason", assertion.reason},
            {"findings", Json::array()},
            {"duration_ms", assertion.duration_ms}};
}

AssertionResult assertion_from(const Json& record) {
    AssertionResult assertion;
    record.at("id").get_to(assertion.id);
    assertion.kind = named(record.at("kind"), kinds);
    assertion.basis = named(record.at("basis"), bases);
    record.at("sentence").get_to(assertion.sentence);
    record.at("next_step").get_to(assertion.next_step);
    assertion.outcome = named(record.at("outcome"), outcomes);
    record.at("reason").get_to(assertion.reason);
    for (const Json& finding : record.at("findings")) {
        assertion.findings.push_back(finding_from(finding));
    }
    record.at("duration_ms").get_to(assertion.duration_ms);
    return assertion;
}

Json row_record(const AcceleratorRow& row) {
    return {{"node", row.node},
            {"index", row.index},
            {"uuid", row.uuid},
            {"model", row.model},
            {"outcome", to_string(row.outcome)},
            {"words", row.words},
            {"simulated", row.simulated},
            {"samples", row.samples}};
}

AcceleratorRow row_from(const Json& record) {
    AcceleratorRow row;
    record.at("node").get_to(row.node);
    record.at("index").get_to(row.index);
    record.at("uuid").get_to(row.uuid);
    record.at("model").get_to(row.model);
    row.outcome = named(record.at("outcome"), outcomes);
    record.at("words").get_to(row.words);
    record.at("simulated").get_to(row.simulated);
    record.at("samples").get_to(row.samples);
    return row;
}

// Without its rows.
Json table_record(const AcceleratorTable& table) {
    Json measures = Json::array();
    for (const MeasureName& one : table.measures) {
        measures.push_back({{"name", one.name}, {"unit", one.unit}});
    }
    return {{"measures", std::move(measures)}, {"rows", Json::array()}};
}

Json evidence_record(const EvidenceFile& file) {
    return {{"path", file.path}, {"media_type", file.media_type}, {"content", file.content}};
}

EvidenceFile evidence_from(const Json& record) {
    return {record.at("path").get<std::string>(), record.at("media_type").get<std::string>(),
            record.at("content").get<std::string>()};
}

// The lists of a result, each at its place in the record: a few items at a time.
template <class T>
void cut(const Json::json_pointer& place, const std::vector<T>& items, Json (*record)(const T&),
         const TakePart& take) {
    constexpr std::size_t at_a_time = 100;
    Json some = Json::array();
    for (const T& item : items) {
        some.push_back(record(item));
        if (some.size() == at_a_time || &item == &items.back()) {
            take({{"place", place.to_string()}, {"items", std::exchange(some, Json::array())}});
        }
    }
}

AcceleratorTable table_from(const Json& record) {
    AcceleratorTable table;
    for (const Json& one : record.at("measures")) {
        table.measures.push_back(
            {one.at("name").get<std::string>(), one.at("unit").get<std::string>()});
    }
    for (const Json& row : record.at("rows")) {
        table.rows.push_back(row_from(row));
    }
    return table;
}

RequirementResult requirement_from(const Json& record) {
    RequirementResult result;
    record.at("id").get_to(result.id);
    record.at("category").get_to(result.category);
    record.at("title").get_to(result.title);
    result.level = named(record.at("level"), levels);
    record.at("kar").get_to(result.kar);
    result.outcome = named(record.at("outcome"), outcomes);
    if (const Json& beyond = record.at("beyond_outcome"); !beyond.is_null()) {
        result.beyond_outcome = named(beyond, outcomes);
    }
    record.at("selected").get_to(result.selected);
    record.at("counted").get_to(result.counted);
    record.at("reason").get_to(result.reason);
    for (const Json& assertion : record.at("assertions")) {
        result.assertions.push_back(assertion_from(assertion));
    }
    result.accelerators = table_from(record.at("accelerators"));
    record.at("started_at").get_to(result.started_at);
    record.at("duration_ms").get_to(result.duration_ms);
    record.at("cleanup_duration_ms").get_to(result.cleanup_duration_ms);
    for (const Json& file : record.at("evidence")) {
        result.evidence.push_back(evidence_from(file));
    }
    return result;
}

}  // namespace

Json frame_of(const RequirementResult& result) {
    Json assertions = Json::array();
    for (const AssertionResult& assertion : result.assertions) {
        assertions.push_back(assertion_record(assertion));
    }
    return {{"id", result.id},
            {"category", result.category},
            {"title", result.title},
            {"level", to_string(result.level)},
            {"kar", result.kar},
            {"outcome", to_string(result.outcome)},
            {"beyond_outcome",
             result.beyond_outcome ? Json(to_string(*result.beyond_outcome)) : Json()},
            {"selected", result.selected},
            {"counted", result.counted},
            {"reason", result.reason},
            {"assertions", std::move(assertions)},
            {"accelerators", table_record(result.accelerators)},
            {"started_at", result.started_at},
            {"duration_ms", result.duration_ms},
            {"cleanup_duration_ms", result.cleanup_duration_ms},
            {"evidence", Json::array()}};
}

void each_part_of(const RequirementResult& result, const TakePart& take) {
    const Json::json_pointer root;
    for (std::size_t i = 0; i < result.assertions.size(); ++i) {
        cut(root / "assertions" / i / "findings", result.assertions[i].findings, finding_record,
            take);
    }
    cut(root / "accelerators" / "rows", result.accelerators.rows, row_record, take);
    cut(root / "evidence", result.evidence, evidence_record, take);
}

void add_part(const Json& part, RequirementResult& to) {
    const Json::json_pointer place(part.at("place").get<std::string>());
    const Json::json_pointer root;
    const Json& items = part.at("items");
    const auto add = [&](auto& list, auto* read) {
        std::ranges::transform(items, std::back_inserter(list), read);
    };
    for (std::size_t i = 0; i < to.assertions.size(); ++i) {
        if (place == root / "assertions" / i / "findings") {
            return add(to.assertions[i].findings, finding_from);
        }
    }
    if (place == root / "accelerators" / "rows") {
        return add(to.accelerators.rows, row_from);
    }
    if (place == root / "evidence") {
        return add(to.evidence, evidence_from);
    }
    throw std::invalid_argument("\"" + place.to_string() + "\" is no list of a result");
}

Json record_of(const RequirementResult& result) {
    Json record = frame_of(result);
    each_part_of(result, [&](const Json& part) {
        Json& list = record.at(Json::json_pointer(part.at("place").get<std::string>()));
        list.insert(list.end(), part.at("items").begin(), part.at("items").end());
    });
    return record;
}

std::expected<RequirementResult, std::string> result_from(const Json& record) {
    try {
        return requirement_from(record);
    } catch (const std::exception& error) {  // of the JSON library, or a word that is none of ours
        return std::unexpected(std::string(error.what()));
    }
}

}  // namespace assay
