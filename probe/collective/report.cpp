// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/report.h"

#include <algorithm>
#include <cmath>

#include "probe/collective/judge.h"

namespace assay::probe::collective {

namespace {

constexpr std::size_t longest_text = 700;

double rounded(double value, double parts) {
    return std::round(value * parts) / parts;
}

double in_us(double value) {
    return rounded(value, 10);
}

double in_gb_per_s(double value) {
    return rounded(value, 1e6);
}

Json speed(std::size_t bytes, double time_us, int ranks) {
    return {{"time_us", in_us(time_us)},
            {"algbw_gb_per_s", in_gb_per_s(algbw_gb_per_s(bytes, time_us))},
            {"busbw_gb_per_s", in_gb_per_s(busbw_gb_per_s(bytes, time_us, ranks))}};
}

Json first_wrong_json(const SizeAccount& size) {
    if (!size.first_wrong) {
        return {};
    }
    const double actual = size.first_wrong->actual;
    return {{"rank", size.first_wrong_rank},
            {"index", size.first_wrong->index},
            {"expected", size.first_wrong->expected},
            {"actual", std::isfinite(actual) ? Json(actual) : Json()}};
}

Json size_json(const SizeAccount& size, int ranks, bool full) {
    Json json = {{"bytes", size.bytes}, {"in_place", size.in_place}};
    json["median"] =
        size.times_us.empty() ? Json() : speed(size.bytes, median(size.times_us), ranks);
    json["wrong_elements"] = size.wrong;
    if (full || size.wrong > 0) {
        json["first_wrong"] = first_wrong_json(size);
    }
    if (full) {
        json["samples"] = Json::array();
        for (const double time_us : size.times_us) {
            json["samples"].push_back(speed(size.bytes, time_us, ranks));
        }
    }
    return json;
}

// The largest first: it is what counts, and what stays where not all fits.
List sizes_list(const RunReport& report, bool full) {
    std::vector<RankAccount> told;
    for (const RankAccount& rank : report.ranks) {
        if (report.request.rank == 0 || rank.rank == report.request.rank) {
            told.push_back(rank);
        }
    }
    List list{.key = "sizes", .items = {}, .named = false, .names = {}};
    for (const SizeAccount& size : by_size(report.request.sweep, told)) {
        list.items.push_back(size_json(size, report.request.ranks, full));
    }
    std::ranges::reverse(list.items);
    return list;
}

Verdict verdict_of(const RankAccount& rank, const RunReport& report) {
    Verdict verdict = rank.wrong() > 0 ? Verdict::failed : Verdict::passed;
    if (!rank.joined || rank.results.size() < report.request.sweep.operations().size()) {
        verdict = std::max(verdict, Verdict::inconclusive);
    }
    for (const Reason& reason : report.decision.reasons) {
        if (reason.rank == rank.rank) {
            verdict = std::max(verdict, reason.verdict);
        }
    }
    return verdict;
}

Json rank_json(const RankAccount& rank, const RunReport& report, bool full) {
    Json json = {{"rank", rank.rank}};
    // Another rank's verdict is rank 0's to tell.
    if (report.request.rank == 0 || rank.rank == report.request.rank) {
        json["verdict"] = verdict_name(verdict_of(rank, report));
        json["wrong_elements"] = rank.wrong();
    }
    json["host"] = rank.host;
    json["node"] = rank.node;
    json["address"] = rank.address;
    if (full && json.contains("verdict")) {
        json["joined"] = rank.joined;
        json["operations"] = rank.results.size();
        json["standing"] = rank.standing.text();
        json["init_s"] = rounded(rank.init_s, 1000);
        std::vector<double> own;
        for (const Result& result : rank.results) {
            own.push_back(result.own_us);
        }
        json["own_us"] = own.empty() ? Json() : Json(in_us(median(own)));
    }
    return json;
}

List ranks_list(const RunReport& report, bool full) {
    List list{.key = "ranks", .items = {}, .named = false, .names = {}};
    for (const RankAccount& rank : report.ranks) {
        list.items.push_back(rank_json(rank, report, full));
    }
    return list;
}

List reasons_list(const RunReport& report) {
    List list{.key = "reasons", .items = {}, .named = false, .names = {}};
    for (const Reason& reason : report.decision.reasons) {
        Json json = reason.json();
        json["text"] = reason.text.substr(0, longest_text);
        list.items.push_back(json);
    }
    return list;
}

List refused_list(const RunReport& report) {
    List list{.key = "refused", .items = {}, .named = false, .names = {}};
    for (const Refused& one : report.refused) {
        list.items.push_back({{"address", one.address},
                              {"rank", one.rank == no_rank ? Json() : Json(one.rank)},
                              {"reason", one.reason.substr(0, longest_text)}});
    }
    return list;
}

Json head(const RunReport& report, const std::string& form) {
    std::uint64_t wrong = 0;
    std::size_t operations = 0;
    Transport transport;
    for (const RankAccount& rank : report.ranks) {
        wrong += rank.wrong();
        operations = std::max(operations, rank.results.size());
        transport.add(rank.transport);
    }
    Json head = opening("allreduce", form);
    head["verdict"] = verdict_name(report.decision.verdict);
    head["backend"] = report.request.backend();
    head["simulated"] = !report.request.nccl;
    head["rank"] = report.request.rank;
    head["ranks_total"] = report.request.ranks;
    head["rendezvous"] = report.rendezvous_address;
    head["injected"] = fault_name(report.request.injection.fault);
    head["counts"] = {{"operations", operations},
                      {"wrong_elements", wrong},
                      {"reasons", report.decision.reasons.size()},
                      {"refused", report.refused_count}};
    head["transport"] = transport.json();
    return head;
}

std::vector<List> lists_of(const RunReport& report, bool full) {
    return {reasons_list(report), sizes_list(report, full), ranks_list(report, full),
            refused_list(report)};
}

}  // namespace

std::string allreduce_full(const RunReport& report) {
    Json full = head(report, "full");
    full["plan"] = report.request.plan();
    std::vector<List> lists = lists_of(report, true);
    List environment{.key = "environment", .items = {}, .named = true, .names = {}};
    for (const auto& [name, value] : report.environment) {
        environment.names.push_back(name);
        environment.items.emplace_back(value);
    }
    lists.push_back(std::move(environment));
    return fit(std::move(full), lists, full_limit);
}

std::string allreduce_summary(const RunReport& report, const std::string& full, std::size_t limit) {
    Json summary = head(report, "summary");
    summary["document_sha256"] = sha256_hex(full);
    return fit(std::move(summary), lists_of(report, false), limit);
}

}  // namespace assay::probe::collective
