// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/product_file.h"

#include <algorithm>
#include <utility>

#include "engine/yaml_reader.h"
#include "kube/manifest.h"
#include "reports/files.h"

namespace assay::cli {

namespace {

constexpr std::string_view statuses[] = {"", "Implemented", "Not Implemented",
                                         "Partially Implemented", "N/A"};

reports::ProductAnswer answer_of(Mapping entry) {
    reports::ProductAnswer result;
    result.owner = entry.text("owner", "");
    result.status = entry.text("status", "");
    if (std::ranges::find(statuses, result.status) == std::end(statuses)) {
        throw DataError(entry.where() +
                        ": status is Implemented, Not Implemented, Partially Implemented or N/A");
    }
    if (entry.has("evidence")) {
        result.evidence = entry.texts("evidence");
    }
    result.notes = entry.text("notes", "");
    entry.finish();
    return result;
}

reports::Product product_of(std::string_view yaml, const std::string& name) {
    Mapping root = single_document(yaml, "Product", name);
    reports::Product result;
    result.directory = root.text("directory");
    if (!reports::is_plain_path(result.directory) ||
        result.directory.find('/') != std::string::npos) {
        throw DataError(root.where() +
                        ": directory is one name of letters, digits, '.', '_' and '-'");
    }
    result.owner = root.text("owner", "");
    if (root.has("metadata")) {
        result.metadata = root.mapping("metadata").pairs();
    }
    for (const auto& [field, value] : result.metadata) {
        if (std::ranges::find(reports::known_fields(), field, &reports::KnownField::name) ==
            reports::known_fields().end()) {
            throw DataError(root.where() + ": metadata." + field +
                            " is no field of the programme's checklist");
        }
    }
    const kube::Json requirements = root.tree("requirements");
    for (const auto& [id, entry] : requirements.items()) {
        result.requirements.emplace(id, answer_of({entry, root.where() + ": requirements." + id}));
    }
    root.finish();
    return result;
}

}  // namespace

std::expected<reports::Product, std::string> parse_product(std::string_view yaml,
                                                           const std::string& name) {
    try {
        return product_of(yaml, name);
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

std::expected<reports::Product, std::string> load_product(const std::filesystem::path& file) {
    const auto text = reports::read_plain_file(file);
    return text ? parse_product(*text, file.filename().string()) : std::unexpected(text.error());
}

reports::YamlReader yaml_reader() {
    return [](std::string_view yaml) -> std::expected<kube::Json, std::string> {
        auto documents = kube::documents_of_yaml(yaml);
        if (!documents) {
            return std::unexpected(documents.error().message);
        }
        return documents->empty() ? kube::Json() : std::move(documents->front());
    };
}

}  // namespace assay::cli
