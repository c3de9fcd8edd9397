// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <utility>

#include "reports/escape.h"
#include "reports/files.h"

namespace assay::reports {

namespace {

using Json = nlohmann::ordered_json;

// A member that has nothing to say is left out.
void put_text(Json& object, const char* name, std::string_view value) {
    if (!value.empty()) {
        object[name] = printable(value);
    }
}

Json texts(const std::vector<std::string>& values) {
    Json result = Json::array();
    for (const std::string& value : values) {
        result.push_back(printable(value));
    }
    return result;
}

Json finding_json(const Finding& finding) {
    Json result;
    result["outcome"] = to_string(finding.outcome);
    result["target"] = printable(finding.target);
    put_text(result, "node", finding.node);
    put_text(result, "expected", finding.expected);
    put_text(result, "actual", finding.actual);
    put_text(result, "reason", finding.reason);
    result["simulated"] = finding.simulated;
    result["at_ms"] = finding.at_ms;
    result["evidence"] = texts(finding.evidence);
    return result;
}

// Findings and rows are many, some for each node: they never are a tree of JSON together. These
// words stand for them until the report is text; no text of a report has that control character
// (printable).
std::string place_of_findings(const RequirementResult& requirement,
                              const AssertionResult& assertion) {
    return "\x01"
           "findings of " +
           requirement.id + "/" + assertion.id;
}

std::string place_of_rows(const RequirementResult& requirement) {
    return "\x01rows of " + requirement.id;
}

Json assertion_json(const RunResult& run, const RequirementResult& requirement,
                    const AssertionResult& assertion) {
    Json result;
    result["id"] = assertion.id;
    result["kind"] = to_string(assertion.kind);
    result["basis"] = to_string(assertion.basis);
    result["counted"] = counts(run, requirement, assertion);
    result["sentence"] = printable(assertion.sentence);
    result["outcome"] = to_string(assertion.outcome);
    put_text(result, "reason", assertion.reason);
    put_text(result, "nextStep", assertion.next_step);
    result["duration_ms"] = assertion.duration_ms;
    result["findings"] = assertion.findings.empty()
                             ? Json::array()
                             : Json(place_of_findings(requirement, assertion));
    return result;
}

Json evidence_json(const EvidenceFile& file) {
    Json result;
    result["path"] = file.path;
    result["mediaType"] = printable(file.media_type);
    result["sha256"] = sha256_hex(file.content);
    result["size_bytes"] = file.content.size();
    return result;
}

bool any_simulated(const RequirementResult& requirement) {
    return std::ranges::any_of(requirement.assertions, [](const AssertionResult& assertion) {
        return std::ranges::any_of(assertion.findings, &Finding::simulated);
    });
}

void put_settled(Json& result, const RunResult& run, const RequirementResult& requirement) {
    result["outcome"] = to_string(settled_outcome(run, requirement));
    if (requirement.beyond_outcome) {
        result["beyondOutcome"] = to_string(*requirement.beyond_outcome);
    }
    put_text(result, "startedAt", requirement.started_at);
    result["duration_ms"] = requirement.duration_ms;
    result["cleanupDuration_ms"] = requirement.cleanup_duration_ms;
}

Json row_json(const AcceleratorRow& row) {
    Json result;
    result["node"] = printable(row.node);
    if (row.index >= 0) {
        result["index"] = row.index;
    }
    put_text(result, "uuid", row.uuid);
    put_text(result, "model", row.model);
    result["outcome"] = to_string(row.outcome);
    put_text(result, "reason", row.words);
    result["simulated"] = row.simulated;
    result["samples"] = row.samples;
    return result;
}

Json table_json(const RequirementResult& requirement) {
    Json result;
    result["measures"] = Json::array();
    for (const MeasureName& one : requirement.accelerators.measures) {
        result["measures"].push_back(
            {{"name", printable(one.name)}, {"unit", printable(one.unit)}});
    }
    result["rows"] = place_of_rows(requirement);
    return result;
}

Json requirement_json(const RunResult& run, const RequirementResult& requirement) {
    Json result;
    result["id"] = requirement.id;
    result["category"] = requirement.category;
    put_text(result, "title", requirement.title);
    result["level"] = to_string(requirement.level);
    put_text(result, "kar", requirement.kar);
    result["selected"] = requirement.selected;
    result["counted"] = requirement.selected && requirement.counted;
    result["simulated"] = any_simulated(requirement);
    if (requirement.selected) {  // what was not asked has no outcome
        put_settled(result, run, requirement);
    }
    put_text(result, "reason", requirement.reason);
    result["assertions"] = Json::array();
    for (const AssertionResult& assertion : requirement.assertions) {
        result["assertions"].push_back(assertion_json(run, requirement, assertion));
    }
    if (!requirement.accelerators.rows.empty()) {
        result["accelerators"] = table_json(requirement);
    }
    result["evidence"] = Json::array();
    for (const EvidenceFile& file : requirement.evidence) {
        result["evidence"].push_back(evidence_json(file));
    }
    return result;
}

Json settling_json(const Settling& settling) {
    Json result;
    result["settled"] = settling.settled;
    result["limit_ms"] = settling.limit_ms;
    result["duration_ms"] = settling.duration_ms;
    result["unsettled"] = settling.unsettled;
    result["waitingFor"] = texts(settling.waiting_for);
    return result;
}

Json run_json(const RunResult& run) {
    Json result;
    result["id"] = run.run_id;
    result["startedAt"] = run.started_at;
    result["finishedAt"] = run.finished_at;
    if (!run.resumed_at.empty()) {
        result["resumedAt"] = texts(run.resumed_at);
    }
    result["duration_ms"] = run.duration_ms;
    result["complete"] = !run.interrupted;
    result["result"] = in_toto_result(run);
    result["exitCode"] = exit_code_of(run);
    result["simulated"] = run.simulated;
    result["redaction"] = run.redacted ? "public" : "none";
    if (run.settling) {
        result["waitSettled"] = settling_json(*run.settling);
    }
    if (run.rerun_of) {
        result["rerunOf"] = {{"runId", printable(run.rerun_of->run_id)},
                             {"reportSha256", printable(run.rerun_of->report_sha256)},
                             {"failed", texts(run.rerun_of->failed)}};
    }
    result["command"] = texts(run.command);
    return result;
}

Json profile_json(const RunResult& run) {
    Json result;
    result["id"] = printable(run.profile_id);
    put_text(result, "kubernetes", run.profile_kubernetes);
    result["sha256"] = run.profile_sha256;
    result["strict"] = run.strict;
    result["gate"] = Json::array();
    for (const Level level : run.gate) {
        result["gate"].push_back(to_string(level));
    }
    result["selected"] = texts(run.selected);
    result["skipped"] = texts(run.skipped);
    return result;
}

Json pool_json(const ClusterFacts::Pool& pool) {
    Json result;
    result["accelerator"] = printable(pool.accelerator);
    put_text(result, "vendor", pool.vendor);
    put_text(result, "adapter", pool.adapter);
    put_text(result, "allocation", pool.allocation);
    put_text(result, "driver", pool.driver);
    put_text(result, "driverVersion", pool.driver_version);
    put_text(result, "model", pool.model);
    result["devices"] = pool.devices;
    result["nodes"] = texts(pool.nodes);
    result["examined"] = pool.examined;
    result["simulated"] = pool.simulated;
    return result;
}

Json cluster_json(const ClusterFacts& cluster) {
    Json result;
    result["context"] = printable(cluster.context);
    result["server"] = printable(cluster.server);
    put_text(result, "gitVersion", cluster.version);
    put_text(result, "platform", cluster.platform);
    put_text(result, "uid", cluster.cluster_uid);
    result["nodes"] = cluster.nodes;
    result["accelerators"] = Json::array();
    for (const ClusterFacts::Pool& pool : cluster.accelerators) {
        result["accelerators"].push_back(pool_json(pool));
    }
    return result;
}

Json tally_json(const Tally& tally) {
    Json result;
    result["total"] = tally.total;
    result["examined"] = tally.examined;
    result["passed"] = tally.passed;
    result["failed"] = tally.failed;
    result["inconclusive"] = tally.inconclusive;
    result["notApplicable"] = tally.not_applicable;
    result["notSelected"] = tally.not_selected;
    return result;
}

Json leftovers_json(const std::vector<Leftover>& leftovers) {
    Json result = Json::array();
    for (const Leftover& leftover : leftovers) {
        Json one;
        one["kind"] = printable(leftover.kind);
        one["name"] = printable(leftover.name);
        one["why"] = printable(leftover.why);
        result.push_back(one);
    }
    return result;
}

std::string text_of(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

using Say = std::function<void(std::string_view)>;

// As dump(2) writes them where they stand.
void say_findings(const AssertionResult& assertion, const Say& say) {
    constexpr std::string_view margin = "            ";
    std::string_view before = "[\n";
    for (const Finding& finding : assertion.findings) {
        std::istringstream lines(text_of(finding_json(finding), 2));
        for (std::string line; std::getline(lines, line); before = "\n") {
            say(before);
            say(margin);
            say(line);
        }
        before = ",\n";
    }
    say("\n          ]");
}

// Each has a line of its own.
void say_rows(const AcceleratorTable& table, const Say& say) {
    std::string_view before = "[\n";
    for (const AcceleratorRow& row : table.rows) {
        say(before);
        say("          ");
        say(text_of(row_json(row), -1));
        before = ",\n";
    }
    say("\n        ]");
}

// A text with what belongs in its places; they come in the text's order.
class Filling {
public:
    Filling(std::string text, const Say& say) : text_(std::move(text)), say_(say) {}

    template <class Fill>
    void put(const std::string& place, const Fill& fill) {
        const std::string quoted = Json(place).dump();
        const std::size_t at = text_.find(quoted, done_);
        if (at != std::string::npos) {
            say_(std::string_view(text_).substr(done_, at - done_));
            fill();
            done_ = at + quoted.size();
        }
    }

    void end() { say_(std::string_view(text_).substr(done_)); }

private:
    std::string text_;
    const Say& say_;
    std::size_t done_ = 0;  // of text_
};

void say_filled(std::string text, const RunResult& run, const Say& say) {
    Filling filling(std::move(text), say);
    for (const RequirementResult& requirement : run.requirements) {
        for (const AssertionResult& assertion : requirement.assertions) {
            filling.put(place_of_findings(requirement, assertion),
                        [&] { say_findings(assertion, say); });
        }
        filling.put(place_of_rows(requirement), [&] { say_rows(requirement.accelerators, say); });
    }
    filling.end();
}

}  // namespace

void say_report_json(const RunResult& run, const std::function<void(std::string_view)>& say) {
    Json report;
    report["schemaVersion"] = report_schema_version;
    report["kind"] = "AIConformanceReport";
    report["headline"] = headline(run);
    report["run"] = run_json(run);
    report["suite"] = {{"name", "assay"}, {"version", run.tool_version}};
    put_text(report["suite"], "gitCommit", run.tool_commit);
    report["profile"] = profile_json(run);
    report["probe"] = Json::object();
    put_text(report["probe"], "image", run.probe_image);
    put_text(report["probe"], "imageDigest", run.probe_image_digest);
    report["cluster"] = cluster_json(run.cluster);
    report["summary"] = {{"must", tally_json(must_tally(run))}};
    report["requirements"] = Json::array();
    for (const RequirementResult& requirement : run.requirements) {
        report["requirements"].push_back(requirement_json(run, requirement));
    }
    report["cleanup"] = {{"leftovers", leftovers_json(run.leftovers)}};
    report["warnings"] = texts(run.warnings);
    say_filled(text_of(report, 2) + "\n", run, say);
}

std::string report_json(const RunResult& run) {
    std::string text;
    say_report_json(run, [&](std::string_view piece) { text += piece; });
    return text;
}

}  // namespace assay::reports
