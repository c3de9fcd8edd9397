// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>

#include "checks/catalog.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "engine/adapter.h"
#include "engine/component.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

void print_assertion(const Assertion& assertion) {
    fmt::print("\n{}  ({}, {})\n  {}.\n", assertion.id, to_string(assertion.kind),
               to_string(assertion.basis), assertion.sentence);
    if (assertion.control != nullptr) {
        fmt::print(
            "  Counts only beside its control (a probe's: on the same node, of the same image): "
            "{}.\n",
            assertion.control->id);
    }
    if (assertion.forging) {
        fmt::print("  Asks for more than was requested; --no-intrusive leaves it out.\n");
    }
    if (!assertion.next_step.empty()) {
        fmt::print("  If it fails: {}.\n", assertion.next_step);
    }
}

// What must be installed beside Kubernetes, in the words of its adapters.
void print_components(const Check& check) {
    const auto components = load_components();
    if (check.needs.component.empty() || !components) {
        return;
    }
    fmt::print("Needs a {} to be installed, one of:\n", check.needs.component);
    for (const Component& one : *components) {
        if (one.role == check.needs.component) {
            fmt::print("  {:<24} {}\n", one.name,
                       one.tried_with.empty() ? std::string("not tried yet")
                                              : fmt::format("tried with {}", one.tried_with));
        }
    }
}

void print_check(const Check& check) {
    fmt::print(
        "{}\n{}.\n\nIf it fails: {}\nNeeds {} free accelerator(s), {} on one node for every "
        "question.\n",
        check.id, check.title, check.breaks, check.needs.accelerators,
        check.needs.accelerators_on_node);
    print_components(check);
    for (const Assertion* one : check.assertions) {
        print_assertion(*one);
    }
}

int print_adapters() {
    const auto adapters = load_adapters();
    if (!adapters) {
        tell(adapters.error());
        return 2;
    }
    fmt::print("\nAdapters, and what each was tried against:\n");
    for (const Adapter& adapter : *adapters) {
        fmt::print("  {:<12} {:<24} {}{}\n", adapter.role, adapter.name, adapter.tried,
                   adapter.simulated ? ", its devices are simulated" : "");
    }
    return 0;
}

}  // namespace

int explain(const Options& options) {
    const std::string requirement = options.topic.substr(0, options.topic.find('/'));
    const Check* check = check_of(requirement);
    if (check == nullptr) {
        tell(fmt::format("no check '{}' in this version; 'assay list' shows what there is",
                         requirement));
        return 2;
    }
    if (requirement == options.topic) {
        print_check(*check);
        return print_adapters();
    }
    const std::string id = options.topic.substr(requirement.size() + 1);
    const auto found = std::ranges::find_if(check->assertions,
                                            [&](const Assertion* one) { return one->id == id; });
    if (found == check->assertions.end()) {
        tell(fmt::format("{} has no assertion '{}'; try: assay explain {}", requirement, id,
                         requirement));
        return 2;
    }
    print_assertion(**found);
    return 0;
}

}  // namespace assay::cli
