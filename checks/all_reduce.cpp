// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "engine/scenario.h"

// networking / all_reduce (of the profile node-pool)
//
//   Our words: pods on two nodes of the pool find each other by name and sum what they have, every
//   element right, as a training step does.
//
// Two pods, a rank on each of two nodes, that know a secret of this run. Every rank compares every
// element after every operation; what the run came to is the same on both.

namespace assay {
namespace {

constexpr Assertion sums_are_exact{
    .id = "sums_are_exact",
    .sentence = "every element of every all-reduce between two nodes is right",
    .next_step =
        "the reason names the rank that sent the first wrong element: examine its node alone "
        "(accelerator_compute), then what carries its packets"};
constexpr Assertion ranks_go_on{
    .id = "ranks_go_on",
    .sentence =
        "between two nodes no rank is lost, falls silent, has its messages cut or is three times "
        "as slow as the other",
    .next_step =
        "look at the MTU and the drops of the pod network between the two nodes, and for a "
        "NetworkPolicy that closes some ports"};

constexpr auto table = assertions({&sums_are_exact, &ranks_go_on});

// What only this run's ranks know; 32 bytes of the system's own source, in figures.
std::string new_secret() {
    std::random_device source;
    std::string result;
    for (int i = 0; i < 8; ++i) {
        result += fmt::format("{:08x}", source());
    }
    return result;
}

// The first two that have accelerators and take pods.
std::vector<std::string> two_nodes(const Scenario& s) {
    std::vector<std::string> result;
    const Observed<FreeAccelerators> free = s.free_accelerators();
    if (!free.value) {
        return result;
    }
    for (const auto& [node, count] : free.value->by_node) {
        if (result.size() < 2) {
            result.push_back(node);
        }
    }
    return result;
}

// A driver's library sums on accelerators; a processor stands in for them only where they are
// simulated.
bool on_accelerators(const Scenario& s, const std::vector<std::string>& nodes) {
    return s.adapter()->compute == "cuda" && !s.is_simulated(nodes.front());
}

std::vector<Pod> start_ranks(Scenario& s, const std::vector<std::string>& nodes) {
    const PodManifest rank = s.pod(on_accelerators(s, nodes) ? "accelerated-rank" : "rank");
    const std::string rendezvous = fmt::format("{}.{}:7000", "rank-0", s.object_name("ring"));
    std::vector<Pod> pods;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::string number = std::to_string(i);
        pods.push_back(s.start(
            rank.named(number)
                .on(nodes[i])
                .with("/spec/hostname", "rank-" + number)
                .with("/spec/volumes/0/secret/secretName", s.object_name("secret"))
                .arguments("rank", {"--rank", number, "--ranks", std::to_string(nodes.size()),
                                    "--rendezvous", rendezvous})));
    }
    return pods;
}

bool has_failed(const AllReduced& run, bool by_sums) {
    for (const AllReduced::Reason& one : run.reasons) {
        if (one.verdict == "failed" && (one.code == "wrong_elements") == by_sums) {
            return true;
        }
    }
    return false;
}

void judge(Scenario& s, const Observed<AllReduced>& run) {
    s.expect(
        sums_are_exact, run,
        satisfies<AllReduced>(
            "every element right",
            [](const AllReduced& one) { return one.wrong_elements == 0 && !has_failed(one, true); },
            [](const AllReduced& one) {
                const bool found = one.wrong_elements > 0 || has_failed(one, true);
                return found || one.verdict == "passed"
                           ? std::nullopt
                           : std::optional("not every sum was made: " + one.words(false));
            }));
    s.expect(
        ranks_go_on, run,
        satisfies<AllReduced>(
            "both ranks to the end", [](const AllReduced& one) { return !has_failed(one, false); },
            [](const AllReduced& one) {
                return one.verdict == "inconclusive"
                           ? std::optional("it was not carried out: " + one.words(false))
                           : std::nullopt;
            }));
}

void sum_between_nodes(Scenario& s) {
    if (s.adapter() == nullptr || s.adapter()->compute.empty()) {
        for (const Assertion* one : table) {
            s.not_applicable(*one,
                             "an all-reduce needs code, which this version has for NVIDIA alone");
        }
        return;
    }
    if (s.accelerators_by_node().size() < 2) {
        for (const Assertion* one : table) {
            s.not_applicable(*one, "there is one node with accelerators");
        }
        return;
    }
    const std::vector<std::string> nodes = two_nodes(s);
    if (nodes.size() < 2) {
        s.give_up("fewer than two nodes with accelerators are ready and take pods");
    }
    if (on_accelerators(s, nodes) && !s.has_image("nccl")) {
        s.give_up(
            "there is no image with NCCL: make one of yours, `assay images push REGISTRY/NAME "
            "--nccl libnccl.so.2`, and give what it prints with --nccl-image");
    }
    s.make(s.object("Secret", "secret").with("/stringData/key", new_secret()));
    s.make(s.object("Service", "ring"));
    const std::vector<Pod> ranks = start_ranks(s, nodes);
    judge(s, ranks.front().report("rank").all_reduced());
}

constexpr std::array rights{claim_rights[0],
                            Right{.group = "",
                                  .resource = "services",
                                  .verb = "create",
                                  .why = "let the ranks find each other by name"},
                            Right{.group = "",
                                  .resource = "secrets",
                                  .verb = "create",
                                  .why = "give the ranks a secret of this run"},
                            Right{.group = "resource.k8s.io",
                                  .resource = "resourceclaims",
                                  .verb = "list",
                                  .reach = Reach::cluster,
                                  .why = "know which nodes take pods with accelerators"},
                            Right{.group = "",
                                  .resource = "pods",
                                  .verb = "list",
                                  .reach = Reach::cluster,
                                  .why = "know which nodes take pods with accelerators"},
                            claim_rights[2],
                            claim_rights[3]};

constexpr std::array made{PlannedObjects{.kind = "Pod", .count = 2},
                          PlannedObjects{.kind = "Secret", .count = 1},
                          PlannedObjects{.kind = "Service", .count = 1}};

}  // namespace

constinit const Check all_reduce{
    .id = "all_reduce",
    .title = "Pods on two nodes sum what they have, every element right",
    .breaks =
        "Training on more than one node hangs in its first step, or goes on with wrong gradients.",
    .assertions = table,
    .needs = {.accelerators = 1, .rights = rights},
    .cost = {.nodes = 2,
             .objects = made,
             .asking = std::chrono::seconds{10},
             .clearing = std::chrono::seconds{8}},
    .timeout = std::chrono::minutes{6},
    .run = sum_between_nodes,
};

}  // namespace assay
