// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's JSON document (docs/probe.md), parsed once into typed values. The text is hostile:
// caps are kube::parse's, unknown members are ignored, missing ones are an error. Values; any
// thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/all_reduced.h"
#include "engine/traffic.h"

namespace assay {

// One open(2) the probe tried.
struct Opened {
    std::string number;  // "c:195:0": type, major, minor
    std::string path;
    std::string
        by;  // "node": it was there or named; "mknod": the probe made it from a guessed number
    std::string error;  // "" success, else the errno's name
};

struct VisibleGpu {
    std::string uuid;
    std::string number;  // of its device node, as above
    std::string pci_bus_id;
    std::string name;
};

// What a probe that holds keeps busy with (isolate --hold --busy).
struct ProbeLoad {
    std::string backend;  // what computes: "cpu", "cuda"; "none": it did not begin
    std::int64_t memory_bytes = 0;
    std::string why;  // it did not

    std::string describe() const;
};

// What a process did with a handle of another's memory (isolate --open).
struct OpenedHandle {
    std::string answer;  // "opened", "refused", "not_tried"
    std::string words;   // the driver's, or why it was not tried
    std::string begins;  // in hexadecimal digits: what was read there

    std::string describe() const;
};

// What an owner left in its accelerator's memory (isolate --hold --mark).
struct SharedMemory {
    std::string uuid;               // of the accelerator
    std::int64_t marked_bytes = 0;  // 0: nothing was marked
    std::string handle;             // "": none
    OpenedHandle second_process;    // of the owner, with that handle
    std::string why;                // nothing is marked, or there is no handle
};

// What was found of a mark in memory as the driver lent it (isolate --search).
struct SearchedMemory {
    std::string uuid;
    std::int64_t total_bytes = 0;  // of the accelerator
    std::int64_t searched_bytes = 0;
    std::int64_t found_bytes = 0;  // that hold the mark
    std::string why;               // nothing was searched

    std::string describe() const;
};

struct ProbeDocument {
    std::string verb;
    std::string probe_version;
    bool full = false;      // false: the summary, which has no environment
    bool complete = false;  // false: lists were cut to fit, only the counts tell all
    std::int64_t uid = -1;  // 0 to 2^32-2, -1 where it is not told
    std::string finished_at;
    std::int64_t reachable_count = 0;
    std::int64_t unclear_count = 0;
    std::vector<Opened> reachable;
    std::vector<Opened> unclear;
    std::vector<Opened> not_tried;
    std::vector<VisibleGpu> gpus;
    std::vector<std::pair<std::string, std::string>> environment;  // the full document only
    std::vector<TrafficPhase> traffic;                             // of the verb client
    std::optional<ProbeLoad> load;
    std::optional<SharedMemory> shared_memory;
    std::optional<SearchedMemory> searched_memory;
    std::optional<OpenedHandle> opened_handle;
    std::optional<AllReduced> all_reduced;  // of the verb allreduce
    std::string nvml;
    std::string driver_version;
    std::string sha256;  // of the text parsed
};

// The error is a sentence: what is wrong with the document.
std::expected<ProbeDocument, std::string> parse_probe_document(std::string_view text);

// True for a line that claims to be a probe document; what is in it may still be wrong.
bool looks_like_probe_document(std::string_view line);

}  // namespace assay
