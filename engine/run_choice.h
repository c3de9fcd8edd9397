// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a run is about: which requirements, which accelerator, what cannot be asked here at all.
// Pure functions; any thread. Errors are sentences that list what there is.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "engine/check.h"
#include "engine/component.h"
#include "engine/inventory.h"
#include "engine/profile.h"

namespace assay {

// Ids of the profile that select and skip leave. The error names a pattern that matches nothing.
std::expected<std::vector<std::string>, std::string> selected_requirements(
    const Profile& profile, const std::vector<std::string>& select,
    const std::vector<std::string>& skip);

// Whether the others of the run would feel the first of them, as much as is allowed.
bool disturb(const std::vector<const Check*>& checks, const Changes& allowed);

// The checks of the catalogue that settle these requirements, in their order.
std::vector<const Check*> checks_for(std::span<const Check* const> catalog,
                                     const std::vector<std::string>& requirements);

// Whether --accelerator may call it so: by its own name, its driver's or its adapter's.
bool is_called(const AcceleratorKind& kind, std::string_view name);

// The kind to examine: the one named (by name, driver or adapter), or the only one. nullptr if the
// cluster has none, whatever was named: what is missing is then the run's finding. The error lists
// them when none was named and there are several, or the name means none or several.
std::expected<const AcceleratorKind*, std::string> chosen_kind(const Inventory& inventory,
                                                               const std::string& name);

// Whether it matters to any of these checks which kind is examined.
bool ask_for_accelerators(const std::vector<const Check*>& checks);

// What a check is asked of: the chosen kind, but for a check that needs claims where a device
// plugin hands that one out: then the kind of a DRA driver that the same adapter knows, or the only
// one of any driver. The chosen one if there is neither.
const AcceleratorKind* kind_for(const Check& check, const Inventory& inventory,
                                const AcceleratorKind* chosen);

// The kinds that these checks are asked of, the chosen one first; it alone where there is no check.
std::vector<const AcceleratorKind*> examined_kinds(const std::vector<const Check*>& checks,
                                                   const Inventory& inventory,
                                                   const AcceleratorKind* chosen);

// A sentence for each check that is asked of another kind than the chosen one.
std::vector<std::string> asked_of_others(const std::vector<const Check*>& checks,
                                         const Inventory& inventory, const AcceleratorKind* chosen);

// Why a requirement cannot be asked of this cluster at all, whoever asks; "" if it can. check is
// nullptr where this version has none.
std::string reason_not_to_start(const Check* check, const Inventory& inventory,
                                const AcceleratorKind* kind,
                                const std::vector<Component>& components);

// The namespace that a run makes for a check.
std::string check_namespace(std::string_view run_id, std::string_view check);

}  // namespace assay
