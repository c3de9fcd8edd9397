// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What models of accelerators can do at most, as data (catalogue/*.yaml). Immutable once loaded;
// any thread.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct CataloguedModel {
    std::string name;  // as its driver has it, whole
    std::string source;
    std::string date;                  // "2026-11", of the figures
    std::map<std::string, int> peaks;  // by measure with its unit: "hbm_copy_gb_per_s"
};

std::expected<std::vector<CataloguedModel>, std::string> parse_catalogue(std::string_view yaml,
                                                                         const std::string& name);

// Of the embedded files; nullopt where they do not have the model or the measure.
std::optional<int> peak_of(std::string_view model, std::string_view measure);

}  // namespace assay
