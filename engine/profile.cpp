// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/profile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "engine/catalogue.h"
#include "engine/digest.h"
#include "engine/embedded.h"
#include "engine/yaml_reader.h"

namespace assay {

namespace {

constexpr std::string_view folder = "profiles/";
constexpr std::string_view suffix = ".yaml";
constexpr int max_observe_s = 3600;

Level level_of(const std::string& word, const std::string& where) {
    for (const Level level : {Level::must, Level::should, Level::informative}) {
        if (word == to_string(level)) {
            return level;
        }
    }
    throw DataError(fmt::format("{}: level is must, should or informative, not {}", where, word));
}

Requirement requirement_of(Mapping entry) {
    Requirement result;
    result.id = entry.text("id");
    result.category = entry.text("category");
    result.level = level_of(entry.text("level"), entry.where());
    result.kar = entry.text("kar", "");
    const std::string allowed = entry.text("not_applicable", "never");
    if (allowed != "never" && allowed != "allowed") {
        throw DataError(entry.where() + ": not_applicable is never or allowed");
    }
    result.may_be_not_applicable = allowed == "allowed";
    entry.finish();
    return result;
}

Floor floor_of(Mapping entry) {
    Floor result;
    result.model = entry.text("model");
    result.measure = entry.text("measure");
    result.at_least = entry.integer("at_least", 0);
    result.source = entry.text("source");
    result.date = entry.text("date");
    entry.finish();
    if (result.source.empty() || result.date.empty()) {
        throw DataError(entry.where() + ": a floor needs its source and its date");
    }
    const auto peak = peak_of(result.model, result.measure);
    if (!peak) {
        throw DataError(
            fmt::format("{}: the catalogue has no peak of {} for {}, so that no floor "
                        "can be held against it",
                        entry.where(), result.measure, result.model));
    }
    result.peak = *peak;
    if (100 * result.at_least < lowest_floor_percent * result.peak ||
        result.at_least > result.peak) {
        throw DataError(fmt::format("{}: at_least {} is not between {} and 100 % of the peak, {}",
                                    entry.where(), result.at_least, lowest_floor_percent,
                                    result.peak));
    }
    return result;
}

Profile profile_of(std::string_view yaml, const std::string& name) {
    Mapping root = single_document(yaml, "Profile", name);
    Profile result;
    result.id = root.text("id");
    result.kubernetes = root.text("kubernetes", "");
    if (root.has("gate")) {
        result.gate.clear();
        for (const std::string& word : root.texts("gate")) {
            result.gate.push_back(level_of(word, name + ": gate"));
        }
    }
    result.strict = root.boolean("strict", false);
    Mapping limits = root.mapping("limits");
    result.observe_s = limits.integer("observe_s", result.observe_s);
    if (result.observe_s < 1 || result.observe_s > max_observe_s) {
        throw DataError(
            fmt::format("{}: observe_s is from 1 to {} seconds", limits.where(), max_observe_s));
    }
    limits.finish();
    std::set<std::string> seen;
    for (const Mapping& entry : root.mappings("requirements")) {
        result.requirements.push_back(requirement_of(entry));
        if (!seen.insert(result.requirements.back().id).second) {
            throw DataError(entry.where() + ": this id is there twice");
        }
    }
    for (const Mapping& entry : root.mappings("floors")) {
        result.floors.push_back(floor_of(entry));
    }
    root.finish();
    if (result.requirements.empty()) {
        throw DataError(name + ": requirements: at least one is needed");
    }
    result.yaml = yaml;
    result.sha256 = sha256_hex(yaml);
    return result;
}

}  // namespace

std::expected<Profile, std::string> parse_profile(std::string_view yaml, const std::string& name) {
    try {
        return profile_of(yaml, name);
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

std::vector<std::string> profile_names() {
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files()) {
        if (file.path.starts_with(folder)) {
            names.emplace_back(
                file.path.substr(folder.size(), file.path.size() - folder.size() - suffix.size()));
        }
    }
    std::ranges::sort(names);
    return names;
}

std::expected<Profile, std::string> load_profile(const std::string& name_or_file) {
    if (const auto embedded = embedded_file(fmt::format("{}{}{}", folder, name_or_file, suffix))) {
        return parse_profile(*embedded, name_or_file);
    }
    if (!std::filesystem::is_regular_file(name_or_file)) {
        return std::unexpected(fmt::format("no profile '{}': neither a file nor one of {}",
                                           name_or_file, fmt::join(profile_names(), ", ")));
    }
    std::ifstream stream(name_or_file, std::ios::binary);
    if (!stream) {
        return std::unexpected(fmt::format("profile {} cannot be read", name_or_file));
    }
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    return parse_profile(content, name_or_file);
}

}  // namespace assay
