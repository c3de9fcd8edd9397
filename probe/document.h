// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's JSON document (docs/probe.md, document.schema.json): one line of valid UTF-8 that
// never exceeds its limit. What does not fit is left out from the end of the lists, the least
// telling list first, and then "complete" is false; the counts are of everything. Bytes that are
// not UTF-8 become U+FFFD. Values and pure functions; any thread. Sizes in bytes, without newline.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "probe/attempts.h"
#include "probe/nvml.h"
#include "probe/residue.h"

namespace assay::probe {

using Json = nlohmann::ordered_json;

inline constexpr std::size_t full_limit = 65535;  // with its newline 64 KiB
inline constexpr std::size_t summary_limit_default = 4096;
inline constexpr std::size_t summary_limit_least = 1024;  // room for all that is not a list

// One list of the document; an object ("environment") is one too, with names for its items.
struct List {
    std::string key;
    std::vector<Json> items;
    bool named = false;              // an object
    std::vector<std::string> names;  // of the items of an object
};

// `head` goes in whole; the lists follow in their order, which is that of their worth.
std::string fit(Json head, const std::vector<List>& lists, std::size_t limit);

// The members every document opens with. `verb` as on the command line.
Json opening(const std::string& verb, const std::string& form);

// What it keeps busy with until its end.
struct HeldLoad {
    std::string backend;  // "cpu", "cuda"; "none": there is no load
    std::size_t memory_bytes = 0;
    std::string why;  // there is none
};

// What it left in a GPU's memory, and what a second process of its own did with the handle.
struct SharedMemory {
    MarkedMemory marked;
    OpenedHandle opened_by_second;
};

struct Isolation {
    Attempts attempts;
    std::vector<GpuIdentity> gpus;
    std::vector<std::pair<std::string, std::string>> uuids;  // uuid, answer
    std::string nvml;
    std::optional<std::string> driver_version;
    std::vector<std::pair<std::string, std::string>> environment;
    std::optional<HeldLoad> load = {};
    std::optional<SharedMemory> shared = {};
    std::optional<SearchedMemory> searched = {};
    std::optional<OpenedHandle> opened = {};
};

std::string isolation_full(const Isolation& isolation);
std::string isolation_summary(const Isolation& isolation, const std::string& full,
                              std::size_t limit);

Json identity_json(const GpuIdentity& gpu);

std::string sha256_hex(const std::string& bytes);

}  // namespace assay::probe
