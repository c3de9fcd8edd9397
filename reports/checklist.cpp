// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/checklist.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>
#include <stdexcept>

namespace assay::reports {

namespace {

using nlohmann::json;

std::string text_of(const json& item, const char* member, const std::string& where) {
    const auto found = item.find(member);
    if (found == item.end() || found->is_null()) {
        return {};
    }
    if (found->is_structured()) {
        throw std::invalid_argument(fmt::format("{} of {} is to be a text", member, where));
    }
    return found->is_string() ? found->get<std::string>() : found->dump();
}

std::vector<std::string> evidence_of(const json& item, const std::string& where) {
    std::vector<std::string> result;
    const auto found = item.find("evidence");
    if (found == item.end() || found->is_null()) {
        return result;
    }
    if (!found->is_array()) {
        throw std::invalid_argument(fmt::format(
            "evidence of {} is to be a list, one entry a line that begins with \"- \"", where));
    }
    for (const json& link : *found) {
        result.push_back(text_of({{"link", link}}, "link", "the evidence of " + where));
    }
    return result;
}

ChecklistItem item_of(const std::string& category, const json& told) {
    if (!told.is_object()) {
        throw std::invalid_argument(
            fmt::format("an entry of {} is no mapping with id, level and status", category));
    }
    ChecklistItem result;
    result.category = category;
    result.id = text_of(told, "id", "an entry of " + category);
    result.description = text_of(told, "description", result.id);
    result.level = text_of(told, "level", result.id);
    result.status = text_of(told, "status", result.id);
    result.evidence = evidence_of(told, result.id);
    result.notes = text_of(told, "notes", result.id);
    return result;
}

void read_metadata(const json& document, Checklist& checklist) {
    const auto metadata = document.find("metadata");
    if (metadata == document.end() || metadata->is_null()) {
        return;
    }
    if (!metadata->is_object()) {
        throw std::invalid_argument("metadata is to be a mapping");
    }
    checklist.metadata.emplace();
    for (const auto& [name, value] : metadata->items()) {
        if (!value.is_null()) {
            checklist.metadata->push_back(
                {name, value.is_string() ? value.get<std::string>() : "", value.is_string()});
        }
    }
}

void read_spec(const json& document, Checklist& checklist) {
    const auto spec = document.find("spec");
    if (spec == document.end() || spec->is_null()) {
        return;
    }
    if (!spec->is_object()) {
        throw std::invalid_argument("spec is to be a mapping of categories");
    }
    checklist.categories.emplace();
    for (const auto& [category, items] : spec->items()) {
        if (!items.is_null() && !items.is_array()) {
            throw std::invalid_argument(
                fmt::format("the category {} is to be a list of requirements", category));
        }
        checklist.categories->push_back(category);
        for (const json& told : items) {
            checklist.items.push_back(item_of(category, told));
        }
    }
}

}  // namespace

const ChecklistItem* Checklist::item(std::string_view category, std::string_view id) const {
    for (const ChecklistItem& one : std::views::reverse(items)) {
        if (one.category == category && one.id == id) {
            return &one;
        }
    }
    return nullptr;
}

const ChecklistItem* Checklist::item(std::string_view id) const {
    const auto found = std::ranges::find(items, id, &ChecklistItem::id);
    return found == items.end() ? nullptr : &*found;
}

const MetadataField* Checklist::field(std::string_view name) const {
    if (!metadata) {
        return nullptr;
    }
    const auto found = std::ranges::find(*metadata, name, &MetadataField::name);
    return found == metadata->end() ? nullptr : &*found;
}

std::expected<Checklist, std::string> parse_checklist(std::string_view yaml,
                                                      const YamlReader& read_yaml) {
    const auto document = read_yaml(yaml);
    if (!document) {
        return std::unexpected(document.error());
    }
    Checklist result;
    try {
        if (!document->is_object()) {
            throw std::invalid_argument("it is no mapping with metadata and spec");
        }
        read_metadata(*document, result);
        read_spec(*document, result);
    } catch (const std::exception& error) {
        return std::unexpected(error.what());
    }
    return result;
}

const std::vector<KnownField>& known_fields() {
    static const std::vector<KnownField> fields{
        {"kubernetesVersion", "kubernetes_version", true},
        {"platformName", "platform_name", true},
        {"platformVersion", "platform_version", true},
        {"vendorName", "vendor_name", true},
        {"websiteUrl", "website_url", true},
        {"repoUrl", "repo_url", false},
        {"documentationUrl", "documentation_url", true},
        {"productLogoUrl", "product_logo_url", true},
        {"description", "description", true},
        {"contactEmailAddress", "contact_email_address", true},
        {"k8sConformanceUrl", "k8s_conformance_url", true},
    };
    return fields;
}

const MetadataField* known_field_of(const Checklist& product, const KnownField& known) {
    const MetadataField* found = product.field(known.name);
    return found != nullptr ? found : product.field(known.snake_name);
}

bool is_placeholder(std::string_view value) {
    return value.starts_with('[') && value.ends_with(']');
}

}  // namespace assay::reports
