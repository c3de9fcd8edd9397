// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The certification programme's checklist, blank (docs/AIConformance-1.NN.yaml of its repository)
// or filled in (a submission's PRODUCT.yaml), as its validator reads it: a scalar of any type is a
// text where a text is wanted, members it does not know are passed over. The file is the user's;
// none is shipped. Pure, any thread. Errors are one sentence.
#pragma once

#include <expected>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::reports {

// The first document of a YAML text; the error is a sentence with line and column.
using YamlReader = std::function<std::expected<nlohmann::json, std::string>(std::string_view yaml)>;

inline constexpr const char* implemented = "Implemented";
inline constexpr const char* not_applicable_status = "N/A";

struct ChecklistItem {
    std::string category;
    std::string id;
    std::string description;
    std::string level;  // "MUST", "SHOULD"
    std::string status;
    std::vector<std::string> evidence;
    std::string notes;
};

struct MetadataField {
    std::string name;   // as the file has it
    std::string value;  // "" where it is no text
    bool is_text = false;
};

struct Checklist {
    std::optional<std::vector<MetadataField>> metadata;  // nullopt: the file has none
    std::optional<std::vector<std::string>> categories;  // nullopt: the file has no spec
    std::vector<ChecklistItem> items;                    // category by category

    // nullptr where there is none. Of an id that is there twice in a category the last one counts.
    const ChecklistItem* item(std::string_view category, std::string_view id) const;
    const ChecklistItem* item(std::string_view id) const;
    const MetadataField* field(std::string_view name) const;
};

std::expected<Checklist, std::string> parse_checklist(std::string_view yaml,
                                                      const YamlReader& read_yaml);

// A metadata field the validator knows, by both names it takes.
struct KnownField {
    const char* name;
    const char* snake_name;
    bool required;
};
const std::vector<KnownField>& known_fields();

// Under either name; nullptr where it is missing or empty of any value.
const MetadataField* known_field_of(const Checklist& product, const KnownField& known);

// "[Platform Name]": what the blank checklist has where the vendor writes.
bool is_placeholder(std::string_view value);

}  // namespace assay::reports
