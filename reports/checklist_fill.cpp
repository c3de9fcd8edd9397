// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/checklist_fill.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/checklist_lines.h"
#include "reports/escape.h"

namespace assay::reports {

namespace {

using nlohmann::json;
using Done = std::expected<void, std::string>;

// Changes the text and, side by side, the tree that the text is to be read as.
class Filler {
public:
    Filler(std::string_view yaml, json tree, const Checklist& checklist)
        : lines_(yaml), tree_(std::move(tree)), checklist_(checklist) {}

    Done fill(const Filling& filling) {
        for (const auto& [name, value] : filling.metadata) {
            if (auto done = fill_metadata(name, value); !done) {
                return done;
            }
        }
        for (const Answer& answer : filling.answers) {
            if (auto done = fill_answer(answer); !done) {
                return done;
            }
        }
        return {};
    }
    const json& tree() const { return tree_; }
    Filled result() { return {lines_.text(), std::move(conflicts_)}; }

private:
    Done fill_metadata(const std::string& name, const std::string& value);
    Done fill_answer(const Answer& answer);
    Done set(const ChecklistItem& item, const char* name, const std::string& value);
    json& tree_of(const ChecklistItem& item);
    void conflict(const std::string& where, std::string_view kept, std::string_view offered) {
        conflicts_.push_back(fmt::format("{}: the checklist says \"{}\", which stays; not \"{}\"",
                                         where, printable_line(kept), printable_line(offered)));
    }

    ChecklistLines lines_;
    json tree_;
    const Checklist& checklist_;
    std::vector<std::string> conflicts_;
};

Done Filler::fill_metadata(const std::string& name, const std::string& value) {
    const auto known = std::ranges::find(known_fields(), name, &KnownField::name);
    const MetadataField* held =
        known == known_fields().end() ? nullptr : known_field_of(checklist_, *known);
    const std::string held_name = held != nullptr ? held->name : name;
    const bool open =
        held == nullptr || (held->is_text && (held->value.empty() || is_placeholder(held->value)));
    if (!open) {
        if (held->value != value) {
            conflict(held_name, held->is_text ? held->value : "what is no text: put it in quotes",
                     value);
        }
        return {};
    }
    tree_["metadata"][held_name] = printable(value);
    return lines_.set_metadata(held_name, value);
}

json& Filler::tree_of(const ChecklistItem& item) {
    for (json& one : tree_["spec"][item.category]) {
        if (one.value("id", "") == item.id) {
            return one;
        }
    }
    return tree_;  // the comparison at the end tells
}

Done Filler::set(const ChecklistItem& item, const char* name, const std::string& value) {
    tree_of(item)[name] = printable(value);
    return lines_.set(item.id, name, value);
}

Done Filler::fill_answer(const Answer& answer) {
    const ChecklistItem* item = checklist_.item(answer.id);
    if (item == nullptr) {
        return {};
    }
    if (!answer.status.empty() && !item->status.empty() && item->status != answer.status) {
        conflict(item->id + ", status", item->status, answer.status);
        return {};  // what speaks for another status is no evidence of this one
    }
    if (!answer.status.empty() && item->status.empty()) {
        if (auto done = set(*item, "status", answer.status); !done) {
            return done;
        }
    }
    std::vector<std::string> more;
    std::ranges::copy_if(answer.evidence, std::back_inserter(more), [&](const std::string& link) {
        return std::ranges::find(item->evidence, link) == item->evidence.end();
    });
    if (!more.empty()) {
        json& evidence = tree_of(*item)["evidence"];
        evidence = evidence.is_array() ? evidence : json::array();
        for (const std::string& link : more) {
            evidence.push_back(printable(link));
        }
        if (auto done = lines_.add_evidence(item->id, more, item->evidence.empty()); !done) {
            return done;
        }
    }
    if (answer.notes.empty() || item->notes.find(answer.notes) != std::string::npos) {
        return {};
    }
    if (!item->notes.empty()) {
        conflict(item->id + ", notes", item->notes, answer.notes);
        return {};
    }
    return set(*item, "notes", answer.notes);
}

}  // namespace

std::expected<Filled, std::string> fill_checklist(std::string_view yaml, const Filling& filling,
                                                  const YamlReader& read_yaml) {
    auto tree = read_yaml(yaml);
    const auto checklist = parse_checklist(yaml, read_yaml);
    if (!tree || !checklist) {
        return std::unexpected(!tree ? tree.error() : checklist.error());
    }
    Filler filler(yaml, *std::move(tree), *checklist);
    if (auto done = filler.fill(filling); !done) {
        return std::unexpected(done.error());
    }
    Filled result = filler.result();
    if (const auto read = read_yaml(result.yaml); !read || *read != filler.tree()) {
        return std::unexpected(
            "the checklist is laid out in a way that cannot be filled in without changing more; "
            "begin with a fresh copy of the programme's");
    }
    return result;
}

}  // namespace assay::reports
