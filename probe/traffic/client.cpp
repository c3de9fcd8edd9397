// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/client.h"

#include "probe/traffic/load.h"

namespace assay::probe {

namespace {

Json client_head(const std::vector<Tally>& tallies, const std::string& form) {
    std::uint64_t requests = 0;
    std::uint64_t answers = 0;
    std::uint64_t failures = 0;
    for (const Tally& tally : tallies) {
        requests += tally.requests();
        answers += tally.answers();
        failures += tally.failures();
    }
    Json head = opening("client", form);
    head["counts"] = {{"phases", tallies.size()},
                      {"requests", requests},
                      {"answered", answers},
                      {"failed", failures}};
    return head;
}

List empty_list(const char* key) {
    return {.key = key, .items = {}, .named = false, .names = {}};
}

// The most telling first.
std::vector<List> client_lists(const std::vector<Tally>& tallies) {
    std::vector<List> lists = {empty_list("phases"), empty_list("examples"), empty_list("events"),
                               empty_list("samples"), empty_list("slices")};
    for (const Tally& tally : tallies) {
        lists[0].items.push_back(tally.phase_json());
        tally.add_examples(lists[1]);
        tally.add_events(lists[2]);
        tally.add_sample(lists[3]);
        tally.add_slices(lists[4]);
    }
    return lists;
}

}  // namespace

ClientReport client_report(const std::vector<Tally>& tallies, std::size_t summary_limit) {
    const std::vector<List> lists = client_lists(tallies);
    ClientReport report;
    report.full = fit(client_head(tallies, "full"), lists, full_limit);
    Json head = client_head(tallies, "summary");
    head["document_sha256"] = sha256_hex(report.full);
    report.summary = fit(std::move(head), lists, summary_limit);
    return report;
}

std::vector<Tally> carry_out_all(const std::vector<Phase>& phases) {
    std::vector<Tally> tallies;
    for (const Phase& phase : phases) {
        tallies.push_back(carry_out(phase));
    }
    return tallies;
}

}  // namespace assay::probe
