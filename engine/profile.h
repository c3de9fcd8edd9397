// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which requirements a cluster is held to, and at which level: data, one file per programme
// version. Immutable once loaded; any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace assay {

struct Requirement {
    std::string id;
    std::string category;
    Level level = Level::must;
    std::string kar;  // "KAR-0049" or ""
    bool may_be_not_applicable = false;
};

// The least median of a measure, for accelerators of one model.
struct Floor {
    std::string model;    // as its driver has it, whole
    std::string measure;  // with its unit: "hbm_copy_gb_per_s"
    int at_least = 0;
    int peak = 0;  // of the catalogue
    std::string source;
    std::string date;  // "2026-05"
};

// A floor below this part of the peak hardly anything fails, and one above the peak everything.
inline constexpr int lowest_floor_percent = 40;

struct Profile {
    std::string id;
    std::string kubernetes;  // "1.37"; "" if it is for none in particular
    std::vector<Level> gate{Level::must};
    bool strict = false;
    // How long a negative, or an answer that does not come, is watched: 1 to 3600 seconds.
    int observe_s = 30;
    std::vector<Requirement> requirements;
    std::vector<Floor> floors = {};
    std::string yaml;    // byte for byte
    std::string sha256;  // of yaml, hex
};

// A profile from its text; name is for messages. The error is a sentence with file and key.
std::expected<Profile, std::string> parse_profile(std::string_view yaml, const std::string& name);

// By embedded name ("k8s-ai-1.37") or by path of a file. The error lists the names there are.
std::expected<Profile, std::string> load_profile(const std::string& name_or_file);

std::vector<std::string> profile_names();

}  // namespace assay
