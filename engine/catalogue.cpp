// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "engine/embedded.h"
#include "engine/yaml_reader.h"

namespace assay {

namespace {

CataloguedModel model_of(Mapping entry) {
    CataloguedModel result;
    result.name = entry.text("model");
    result.source = entry.text("source");
    result.date = entry.text("date");
    Mapping peaks = entry.mapping("peaks");
    const kube::Json all = entry.tree("peaks");
    for (const auto& [measure, peak] : all.items()) {
        result.peaks[measure] = peaks.integer(measure, 0);
        if (result.peaks[measure] <= 0) {
            throw DataError(fmt::format("{}: {}: a peak is above 0", peaks.where(), measure));
        }
    }
    entry.finish();
    return result;
}

std::vector<CataloguedModel> embedded_models() {
    std::vector<CataloguedModel> result;
    for (const EmbeddedFile& file : embedded_files()) {
        if (file.path.starts_with("catalogue/")) {
            auto models = parse_catalogue(file.content, std::string(file.path));
            if (!models) {
                throw std::logic_error(models.error());
            }
            result.insert(result.end(), models->begin(), models->end());
        }
    }
    return result;
}

}  // namespace

std::expected<std::vector<CataloguedModel>, std::string> parse_catalogue(std::string_view yaml,
                                                                         const std::string& name) {
    try {
        Mapping root = single_document(yaml, "Catalogue", name);
        std::vector<CataloguedModel> result;
        for (const Mapping& entry : root.mappings("accelerators")) {
            result.push_back(model_of(entry));
        }
        root.finish();
        return result;
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

std::optional<int> peak_of(std::string_view model, std::string_view measure) {
    static const std::vector<CataloguedModel> models = embedded_models();
    const auto found = std::ranges::find(models, model, &CataloguedModel::name);
    if (found == models.end()) {
        return std::nullopt;
    }
    const auto peak = found->peaks.find(std::string(measure));
    return peak == found->peaks.end() ? std::nullopt : std::optional(peak->second);
}

}  // namespace assay
