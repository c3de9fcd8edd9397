// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an owner can leave to others in its accelerator's memory: its contents, and a handle.

#include <fmt/format.h>

#include "checks/secure_access_questions.h"
#include "engine/digest.h"

namespace assay::secure_access {

namespace {

constexpr std::size_t mark_digits = 32;
// Of the memory of the accelerator, the least that must have been searched: the rest is the
// driver's own, and the predecessor's may not lie there alone.
constexpr double least_searched = 0.9;

// Nobody else's: of this run.
std::string mark_of(const Scenario& s) {
    return sha256_hex(s.run_id() + " memory").substr(0, mark_digits);
}

// Why nothing is to be asked of memory; not applicable where there is none to ask of.
struct Why {
    std::string words;
    bool not_applicable = false;
};

std::optional<Why> obstacle(const Scenario& s) {
    if (s.adapter() == nullptr || s.adapter()->compute.empty()) {
        return Why{.words = fmt::format("memory of accelerators is reached by code, which this "
                                        "version has for NVIDIA: these are {}",
                                        s.adapter() == nullptr ? "of a vendor unknown to assay"
                                                               : "of " + s.adapter()->vendor),
                   .not_applicable = true};
    }
    if (!s.intrusive()) {
        return Why{.words = "left out by --no-intrusive"};
    }
    return std::nullopt;
}

void leave_out(Scenario& s, const Assertion& assertion, const Why& why) {
    if (why.not_applicable) {
        s.not_applicable(assertion, why.words);
    } else {
        s.not_asked(assertion, why.words);
    }
}

// What the owner's memory holds and whether its handle is worth anything, from its own report.
Observed<SharedMemory> shared_by(const Owner& owner) {
    return owner.pod.report("granted").shared_memory();
}

std::string why_no_handle(const Observed<SharedMemory>& shared) {
    if (!shared.value) {
        return shared.value.error().reason;
    }
    if (shared.value->handle.empty()) {
        return "the owner has no handle of its memory: " + shared.value->why;
    }
    return shared.value->second_process.answer == "opened"
               ? ""
               : "a second process of the owner itself cannot open its handle: " +
                     shared.value->second_process.words;
}

// By a claim of its own, as the owner: where that gets another accelerator, nothing is known. A
// claim for that very accelerator is bound sooner than the kubelet of 1.37 may read it, which then
// waits 15 s before it tries again.
PodManifest successor_of(Scenario& s, const Owner& owner) {
    return s.pod("successor").on(owner.node).arguments("granted", {"--search", mark_of(s)});
}

}  // namespace

PodManifest marking_memory(const Scenario& s, const PodManifest& owner) {
    return obstacle(s) ? owner : owner.arguments("granted", {"--mark", mark_of(s)});
}

PodManifest opening_handle(const Scenario& s, const PodManifest& neighbour, const Owner& owner) {
    if (obstacle(s)) {
        return neighbour;
    }
    const Observed<SharedMemory> shared = shared_by(owner);
    return why_no_handle(shared).empty()
               ? neighbour.arguments("granted", {"--open", shared.value->handle})
               : neighbour;
}

void ask_handle(Scenario& s, const Owner& owner, const Pod& neighbour) {
    if (const auto why = obstacle(s)) {
        return leave_out(s, ipc_handle_reaches_none, *why);
    }
    if (const std::string why = why_no_handle(shared_by(owner)); !why.empty()) {
        return s.not_asked(ipc_handle_reaches_none, why);
    }
    s.expect(ipc_handle_reaches_none, neighbour.report("granted").opened_handle(),
             satisfies<OpenedHandle>(
                 "refused", [](const OpenedHandle& one) { return one.answer == "refused"; },
                 [](const OpenedHandle& one) {
                     return one.answer == "not_tried" ? std::optional(one.words) : std::nullopt;
                 }));
}

std::optional<Successor> heir_of(Scenario& s, const Owner& owner) {
    if (const auto why = obstacle(s)) {
        leave_out(s, memory_is_cleared, *why);
        return std::nullopt;
    }
    const Observed<SharedMemory> shared = shared_by(owner);
    if (!shared.value || shared.value->marked_bytes == 0) {
        s.not_asked(memory_is_cleared,
                    "the owner left nothing in its memory that could be looked for: " +
                        (shared.value ? shared.value->why : shared.value.error().reason));
        return std::nullopt;
    }
    return Successor{.manifest = successor_of(s, owner), .memory = *shared.value};
}

void ask_successor(Scenario& s, const Successor& successor, const Pod& pod) {
    const auto unclear = [&](const SearchedMemory& one) -> std::optional<std::string> {
        if (!one.why.empty()) {
            return "its memory could not be searched: " + one.why;
        }
        if (one.uuid != successor.memory.uuid) {
            return fmt::format("it was given accelerator {}, and its predecessor had {}", one.uuid,
                               successor.memory.uuid);
        }
        const auto least =
            static_cast<std::int64_t>(least_searched * static_cast<double>(one.total_bytes));
        if (one.found_bytes == 0 && one.searched_bytes < least) {
            return "most of the accelerator's memory was not to be had for searching";
        }
        return std::nullopt;
    };
    s.expect(memory_is_cleared, pod.report("granted").searched_memory(),
             satisfies<SearchedMemory>(
                 fmt::format("nothing of the {} bytes that its predecessor marked",
                             successor.memory.marked_bytes),
                 [](const SearchedMemory& one) { return one.found_bytes == 0; }, unclear));
}

}  // namespace assay::secure_access
