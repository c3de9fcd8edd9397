// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/run_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>

namespace assay {

namespace {

bool matches_any(const std::string& id, const std::vector<std::string>& patterns) {
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        return fnmatch(pattern.c_str(), id.c_str(), 0) == 0;
    });
}

// "secure_accelerator_access" -> "secure-accelerator-access"
std::string dns_label(std::string_view id) {
    std::string label(id);
    std::ranges::replace(label, '_', '-');
    return label;
}

// By its own name or its driver's; else by its adapter's, which several kinds may share.
std::expected<const AcceleratorKind*, std::string> named_kind(const Inventory& inventory,
                                                              const std::string& name) {
    std::vector<const AcceleratorKind*> of_adapter;
    std::vector<std::string> names;
    for (const AcceleratorKind& kind : inventory.kinds) {
        if (kind.name == name || kind.driver == name) {
            return &kind;
        }
        names.push_back(kind.name);
        if (is_called(kind, name)) {
            of_adapter.push_back(&kind);
        }
    }
    if (of_adapter.size() == 1) {
        return of_adapter.front();
    }
    if (of_adapter.empty()) {
        return std::unexpected(fmt::format("no accelerator '{}' in this cluster; it has {}", name,
                                           fmt::join(names, ", ")));
    }
    names.clear();
    for (const AcceleratorKind* kind : of_adapter) {
        names.push_back(kind->name);
    }
    return std::unexpected(
        fmt::format("'{}' means several kinds of accelerator in this cluster and a run examines "
                    "one: choose with --accelerator {}",
                    name, fmt::join(names, " or --accelerator ")));
}

}  // namespace

std::expected<std::vector<std::string>, std::string> selected_requirements(
    const Profile& profile, const std::vector<std::string>& select,
    const std::vector<std::string>& skip) {
    std::vector<std::string> all;
    std::ranges::transform(profile.requirements, std::back_inserter(all), &Requirement::id);
    for (const auto* patterns : {&select, &skip}) {
        for (const std::string& pattern : *patterns) {
            const bool known = std::ranges::any_of(
                all, [&](const std::string& id) { return matches_any(id, {pattern}); });
            if (!known) {
                return std::unexpected(fmt::format(
                    "no requirement '{}' in profile {}; it has {}; 'assay list' says what they ask",
                    pattern, profile.id, fmt::join(all, ", ")));
            }
        }
    }
    std::erase_if(all, [&](const std::string& id) {
        return (!select.empty() && !matches_any(id, select)) || matches_any(id, skip);
    });
    return all;
}

bool is_called(const AcceleratorKind& kind, std::string_view name) {
    return kind.name == name || kind.driver == name ||
           (kind.adapter != nullptr && kind.adapter->name == name);
}

bool disturb(const std::vector<const Check*>& checks, const Changes& allowed) {
    return !checks.empty() && checks.front()->needs.disturbs &&
           allowed.contains(*checks.front()->needs.disturbs);
}

std::vector<const Check*> checks_for(std::span<const Check* const> catalog,
                                     const std::vector<std::string>& requirements) {
    std::vector<const Check*> result;
    for (const std::string& id : requirements) {
        const auto found = std::ranges::find(catalog, std::string_view(id), &Check::id);
        if (found != catalog.end()) {
            result.push_back(*found);
        }
    }
    return result;
}

std::expected<const AcceleratorKind*, std::string> chosen_kind(const Inventory& inventory,
                                                               const std::string& name) {
    std::vector<std::string> names;
    const AcceleratorKind* only = nullptr;
    for (const AcceleratorKind& kind : inventory.kinds) {
        if (!kind.only_by_name) {
            names.push_back(kind.name);
            only = &kind;
        }
    }
    if (name.empty()) {
        if (names.size() > 1) {
            return std::unexpected(fmt::format(
                "this cluster has several kinds of accelerator and a run examines one: choose with "
                "--accelerator {}",
                fmt::join(names, " or --accelerator ")));
        }
        return only;
    }
    return inventory.kinds.empty() ? nullptr : named_kind(inventory, name);
}

bool ask_for_accelerators(const std::vector<const Check*>& checks) {
    return std::ranges::any_of(checks, [](const Check* check) {
        return check->needs.accelerators > 0 || check->needs.new_accelerator;
    });
}

const AcceleratorKind* kind_for(const Check& check, const Inventory& inventory,
                                const AcceleratorKind* chosen) {
    if (chosen == nullptr || !chosen->by_plugin() || !check.needs.claims) {
        return chosen;
    }
    std::vector<const AcceleratorKind*> published;
    for (const AcceleratorKind& kind : inventory.kinds) {
        if (kind.by_plugin()) {
            continue;
        }
        if (kind.adapter != nullptr && kind.adapter == chosen->adapter) {
            return &kind;
        }
        published.push_back(&kind);
    }
    return published.size() == 1 ? published.front() : chosen;
}

std::vector<const AcceleratorKind*> examined_kinds(const std::vector<const Check*>& checks,
                                                   const Inventory& inventory,
                                                   const AcceleratorKind* chosen) {
    if (chosen == nullptr) {
        return {};
    }
    std::vector<const AcceleratorKind*> kinds;
    for (const Check* check : checks) {
        const AcceleratorKind* kind = kind_for(*check, inventory, chosen);
        if (std::ranges::find(kinds, kind) == kinds.end()) {
            kinds.insert(kind == chosen ? kinds.begin() : kinds.end(), kind);
        }
    }
    return checks.empty() ? std::vector{chosen} : kinds;
}

std::vector<std::string> asked_of_others(const std::vector<const Check*>& checks,
                                         const Inventory& inventory,
                                         const AcceleratorKind* chosen) {
    std::vector<std::string> sentences;
    for (const Check* check : checks) {
        if (const AcceleratorKind* kind = kind_for(*check, inventory, chosen); kind != chosen) {
            sentences.push_back(fmt::format(
                "{} is asked of {}: a device plugin hands out {}, and nobody can claim that",
                check->id, kind->name, chosen->name));
        }
    }
    return sentences;
}

std::string check_namespace(std::string_view run_id, std::string_view check) {
    return fmt::format("assay-{}-{}", run_id, dns_label(check));
}

std::string reason_not_to_start(const Check* check, const Inventory& inventory,
                                const AcceleratorKind* kind,
                                const std::vector<Component>& components) {
    if (check == nullptr) {
        return "no check in this version of assay";
    }
    if (!check->needs.component.empty() &&
        installed_of(components, check->needs.component, inventory.api_groups).empty()) {
        return none_installed(components, check->needs.component);
    }
    if (check->needs.accelerators == 0) {
        return {};
    }
    if (kind == nullptr) {
        return fmt::format("no accelerator found; looked for {}",
                           fmt::join(inventory.looked_for, ", "));
    }
    if (!kind->by_plugin() && kind->device_class.empty()) {
        return fmt::format("no DeviceClass selects devices of driver {}, so nobody can request one",
                           kind->driver);
    }
    if (kind->devices.empty() && !check->needs.judges_pools) {
        return fmt::format("no pool of driver {} is complete, so nothing can be allocated",
                           kind->driver);
    }
    return {};
}

}  // namespace assay
