// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "checks/accelerator_speeds.h"
#include "checks/catalog.h"
#include "engine/scenario.h"

// accelerators / accelerator_compute (of the profile node-pool)
//
//   Our words: every accelerator of the pool computes right, keeps what is written to it, gives and
//   takes data whole, is sound by what its driver tells, and is as fast as it must be.
//
// One pod on each node is given all of the node's accelerators that are free and examines one after
// another. What it computes is judged where it was computed, against what the processor says; here
// it is put together, a finding for each accelerator that is bad.

namespace assay {
namespace {

constexpr Assertion every_accelerator_is_there{
    .id = "every_accelerator_is_there",
    .sentence =
        "every accelerator that a node offers can be examined, and a pod sees exactly as many as "
        "it was given",
    .next_step =
        "compare the vendor's own list on the node with what the node offers: an accelerator may "
        "have fallen off the bus, or the runtime hands out others than were allocated"};
constexpr Assertion accelerators_are_sound{
    .id = "accelerators_are_sound",
    .sentence =
        "no driver asks for a reset, reports rows of memory that failed, uncorrected errors or a "
        "narrow link, or slows an accelerator down for heat or power",
    .next_step =
        "do what the reason says (reset, reboot, replace); cordon the node until it is done"};
constexpr Assertion products_are_exact{
    .id = "products_are_exact",
    .sentence = "products of whole matrices are right to the last bit, on each accelerator",
    .next_step =
        "cordon the node; run the vendor's own diagnosis, and have the accelerator replaced if it "
        "says the same"};
constexpr Assertion memory_keeps_what_is_written{
    .id = "memory_keeps_what_is_written",
    .sentence = "the memory of each accelerator keeps every word that is written to it",
    .next_step =
        "cordon the node; reset the accelerator, so that rows are remapped, and examine it again"};
constexpr Assertion transfers_arrive_whole{
    .id = "transfers_arrive_whole",
    .sentence =
        "what is sent between a processor and each accelerator, and between accelerators, arrives "
        "as it was sent",
    .next_step = "cordon the node; look for PCIe and NVLink errors in its kernel log"};

constexpr auto table =
    assertions({&every_accelerator_is_there, &accelerators_are_sound, &products_are_exact,
                &memory_keeps_what_is_written, &transfers_arrive_whole, &no_slower_than_its_floor,
                &no_slower_than_its_peers});

// What is asked of each accelerator, by the part of the examination that answers it.
struct Question {
    const Assertion* assertion;
    PartVerdict ExaminedAccelerator::* answer;
    std::string_view part;
    std::string_view right;
};
constexpr std::array questions{
    Question{&accelerators_are_sound, &ExaminedAccelerator::facts, "facts", "sound"},
    Question{&products_are_exact, &ExaminedAccelerator::gemm, "gemm", "every product exact"},
    Question{&memory_keeps_what_is_written, &ExaminedAccelerator::hbm, "hbm", "every word kept"},
    Question{&transfers_arrive_whole, &ExaminedAccelerator::link, "link", "every word arrived"}};

auto is(bool so, std::string_view expected) {
    return satisfies<std::string>(std::string(expected), [so](const std::string&) { return so; });
}

Observed<std::string> said(const NodeReport& node, std::string target, std::string words) {
    Observed<std::string> result{.value = std::move(words),
                                 .provenance = node.examination.provenance,
                                 .testimony = node.examination.testimony};
    result.provenance.target = std::move(target);
    return result;
}

Observed<std::string> no_answer(Observed<std::string> of, std::string why) {
    of.value = std::unexpected(NoAnswer{.closed = false, .reason = std::move(why)});
    return of;
}

// "wrong_product: int8, pass 0: …", of a part or (part "") of all.
std::string reasons_of(const Examination& seen, int accelerator, std::string_view part) {
    constexpr std::size_t most = 3;
    std::vector<std::string> words;
    for (const ExaminedReason& one : seen.reasons) {
        if (one.accelerator == accelerator && (part.empty() || one.part == part) &&
            words.size() < most) {
            words.push_back(fmt::format("{}: {}", one.code, one.message));
        }
    }
    return words.empty() ? "without a reason" : fmt::format("{}", fmt::join(words, "; "));
}

std::string target_of(const NodeReport& node, const ExaminedAccelerator& one) {
    return fmt::format("node {}, {}", node.asked.node, one.describe());
}

// The nodes of one run, put together as their pods end.
class Pool {
public:
    Pool(Scenario& s, const FreeAccelerators& free, const std::map<std::string, int>& offered)
        : s_(s), free_(free), offered_(offered) {}

    void take(const NodeReport& node) {
        if (!node.examination.value) {
            return take_silence(node, node.examination.value.error().reason);
        }
        const Examination& seen = *node.examination.value;
        if (!seen.complete) {
            return take_silence(node,
                                "the probe's lists were cut to fit, and its log was not read");
        }
        take_count(node, seen);
        for (const Question& question : questions) {
            take_answers(node, seen, question);
        }
        const std::size_t first_row = s_.table().rows.size();
        for (const ExaminedAccelerator& one : seen.accelerators) {
            take_row(node, seen, one);
        }
        speeds_.add(node, first_row);
    }

    void conclude() {
        if (!any_facts_ && any_answer_) {
            s_.not_applicable(accelerators_are_sound,
                              "no library in the pods tells of the health of these accelerators");
        }
        speeds_.judge(s_);
    }

    // A node that no pod was sent to.
    void leave_out(const std::string& node, const std::string& why) {
        NodeReport report{
            .asked = {.node = node, .accelerators = 0},
            .examination = {
                .value = std::unexpected(NoAnswer{}), .provenance = {}, .testimony = {}}};
        report.examination.provenance.node = node;
        report.examination.provenance.simulated = s_.is_simulated(node);
        s_.expect(every_accelerator_is_there, no_answer(said(report, "node " + node, {}), why),
                  is(true, "examined"));
        add_row({.node = node, .index = -1, .uuid = {}, .model = {}, .words = why});
    }

private:
    void take_silence(const NodeReport& node, const std::string& why) {
        const std::string target = "node " + node.asked.node;
        s_.expect(every_accelerator_is_there, no_answer(said(node, target, {}), why),
                  is(true, "examined"));
        for (const Question& question : questions) {
            s_.expect(*question.assertion, no_answer(said(node, target, {}), why),
                      is(true, question.right));
        }
        add_row({.node = node.asked.node,
                 .index = -1,
                 .uuid = {},
                 .model = {},
                 .words = why,
                 .simulated = node.examination.provenance.simulated});
    }

    void take_count(const NodeReport& node, const Examination& seen) {
        const std::string target = "node " + node.asked.node;
        const int given = node.asked.accelerators;
        const int offered = offered_.at(node.asked.node);
        const bool told = seen.gpus >= 0;
        auto words = said(node, target,
                          told ? fmt::format("given {}, sees {}", given, seen.gpus)
                               : fmt::format("given {}; no library counts them", given));
        if ((!told || seen.gpus == given) && given < offered) {
            words = no_answer(std::move(words),
                              fmt::format("{} of its {} accelerators are not free: {}",
                                          offered - given, offered, holders_on(node.asked.node)));
        }
        s_.expect(every_accelerator_is_there, words,
                  is(!told || seen.gpus == given,
                     fmt::format("{} accelerators, all that were given", given)));
        if (told && seen.gpus != given) {
            s_.notice(
                fmt::format("{}: a pod that was given {} accelerators sees {}; kubectl "
                            "cordon {}",
                            target, given, seen.gpus, node.asked.node));
        }
    }

    void take_answers(const NodeReport& node, const Examination& seen, const Question& question) {
        std::size_t right = 0;
        for (const ExaminedAccelerator& one : seen.accelerators) {
            const PartVerdict answer = one.*question.answer;
            const bool facts = question.part == "facts";
            any_answer_ = true;
            any_facts_ = any_facts_ || (facts && answer != PartVerdict::absent);
            if (answer == PartVerdict::passed) {
                ++right;
            } else if (answer != PartVerdict::absent || !facts) {
                const std::string words = reasons_of(seen, one.index, question.part);
                auto told = said(node, target_of(node, one), words);
                if (answer != PartVerdict::failed) {
                    told = no_answer(std::move(told), words);
                }
                s_.expect(*question.assertion, told, is(false, question.right));
            }
        }
        if (right > 0) {
            s_.expect(*question.assertion,
                      said(node, "node " + node.asked.node,
                           fmt::format("{} accelerator(s) of {}", right, seen.accelerators.size())),
                      is(true, question.right));
        }
    }

    void take_row(const NodeReport& node, const Examination& seen, const ExaminedAccelerator& one) {
        AcceleratorRow row{.node = node.asked.node,
                           .index = one.index,
                           .uuid = one.uuid.empty() ? one.shown_as : one.uuid,
                           .model = one.name,
                           .outcome = Outcome::passed,
                           .words = {},
                           .simulated = node.examination.provenance.simulated,
                           .samples = {}};
        for (const Question& question : questions) {
            const PartVerdict answer = one.*question.answer;
            if (answer == PartVerdict::failed) {
                row.outcome = Outcome::failed;
            } else if (row.outcome == Outcome::passed && answer == PartVerdict::inconclusive) {
                row.outcome = Outcome::inconclusive;
            }
        }
        if (row.outcome != Outcome::passed) {
            row.words = reasons_of(seen, one.index, {});
        }
        if (row.outcome == Outcome::failed) {
            s_.notice(
                fmt::format("{} is bad: {}; kubectl cordon {}; with accelerators of this "
                            "node: {}",
                            target_of(node, one), row.words, row.node, holders_on(row.node)));
        }
        row.samples = in_order_of_table(seen, one);
        add_row(std::move(row));
    }

    void add_row(AcceleratorRow row) { s_.table().rows.push_back(std::move(row)); }

    // Nodes may measure different things: of a processor, of another model.
    std::vector<std::vector<double>> in_order_of_table(const Examination& seen,
                                                       const ExaminedAccelerator& one) {
        std::vector<MeasureName>& columns = s_.table().measures;
        std::vector<std::vector<double>> result;
        for (std::size_t i = 0; i < seen.measures.size(); ++i) {
            const MeasureName name{seen.measures[i].name, seen.measures[i].unit};
            auto column = std::ranges::find(columns, name);
            if (column == columns.end()) {
                column = columns.insert(columns.end(), name);
            }
            const auto at = static_cast<std::size_t>(column - columns.begin());
            result.resize(std::max(result.size(), at + 1));
            result[at] = one.samples[i];
        }
        return result;
    }

    std::string holders_on(const std::string& node) const {
        const auto found = free_.held.find(node);
        return found == free_.held.end() ? "nobody else"
                                         : fmt::format("{}", fmt::join(found->second, ", "));
    }

    Scenario& s_;
    const FreeAccelerators& free_;
    const std::map<std::string, int>& offered_;
    AcceleratorSpeeds speeds_;
    bool any_facts_ = false;
    bool any_answer_ = false;
};

// Why nothing is computed on these accelerators; "" if it can be.
std::string not_computed(const Scenario& s) {
    if (s.adapter() == nullptr) {
        return "these accelerators are of a vendor unknown to assay, and compute needs code";
    }
    if (s.adapter()->compute.empty()) {
        return fmt::format(
            "compute needs code, which this version has for NVIDIA: these "
            "accelerators are of {}",
            s.adapter()->vendor);
    }
    return {};
}

void examine_each(Scenario& s) {
    if (const std::string why = not_computed(s); !why.empty()) {
        for (const Assertion* one : table) {
            s.not_applicable(*one, why);
        }
        return;
    }
    const Observed<FreeAccelerators> free = s.free_accelerators();
    if (!free.value) {
        s.give_up("which accelerators are free is not known: " + free.value.error().reason);
    }
    const std::map<std::string, int> offered_by_node = s.accelerators_by_node();
    Pool pool(s, *free.value, offered_by_node);
    std::vector<NodeShare> shares;
    for (const auto& [node, offered] : offered_by_node) {
        const auto found = free.value->by_node.find(node);
        if (found == free.value->by_node.end()) {
            pool.leave_out(node, "the node is cordoned or not ready");
        } else if (found->second == 0) {
            pool.leave_out(node, fmt::format("none of its {} accelerators is free: {}", offered,
                                             fmt::join(free.value->held.at(node), ", ")));
        } else {
            shares.push_back({.node = node, .accelerators = found->second});
        }
    }
    s.examine(s.pod("examiner"), shares, [&](const NodeReport& node) { pool.take(node); });
    pool.conclude();
}

constexpr std::array rights = {claim_rights[0],
                               Right{.group = "resource.k8s.io",
                                     .resource = "resourceclaims",
                                     .verb = "list",
                                     .reach = Reach::cluster,
                                     .why = "know which accelerators are free"},
                               Right{.group = "",
                                     .resource = "pods",
                                     .verb = "list",
                                     .reach = Reach::cluster,
                                     .why = "know which accelerators are free"}};

constexpr std::array made{PlannedObjects{.kind = "Pod", .count_per_node = 1}};

}  // namespace

constinit const Check accelerator_compute{
    .id = "accelerator_compute",
    .title = "Every accelerator of the pool computes right and is as fast as it must be",
    .breaks =
        "A training run goes on with wrong numbers, or waits for its slowest accelerator, and "
        "nobody sees which node it is.",
    .assertions = table,
    .needs = {.accelerators = 1, .rights = rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{20},
             .clearing = std::chrono::seconds{8}},
    .timeout = std::chrono::minutes{30},
    .run = examine_each,
};

}  // namespace assay
