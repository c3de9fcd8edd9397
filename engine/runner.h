// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Runs the selected checks of a profile against one cluster: makes a namespace for each, gives it a
// scenario, folds what it found, cleans up. Thread contract: run() blocks its caller; the observer
// is called from the checks' threads, one call at a time.
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/check.h"
#include "engine/fixture.h"
#include "engine/inventory.h"
#include "engine/profile.h"
#include "engine/result.h"
#include "kube/client.h"

namespace assay {

// Told what happens as it happens; no logic of its own.
class RunObserver {
public:
    virtual ~RunObserver() = default;
    virtual void check_started(const std::string& requirement) = 0;
    virtual void progressed(const std::string& requirement, const std::string& what) = 0;
    virtual void check_settled(const RequirementResult& result) = 0;
};

struct RunPlan {
    Profile profile;
    std::vector<std::string> select;  // requirement ids or globs; empty: all
    std::vector<std::string> skip;
    std::span<const Check* const> catalog;
    std::string namespace_name;  // "": one of its own for each check
    ProbeImages images;
    std::vector<std::string> pull_secrets;
    std::chrono::seconds timeout{0};  // of each check; 0: the check's own
    bool keep = false;                // leave everything for the user to look at
    bool intrusive = true;
    std::map<std::string, std::string> unaskable = {};  // by requirement: the right it lacks
};

// Ids of the profile that select and skip leave. The error names a pattern that matches nothing.
std::expected<std::vector<std::string>, std::string> selected_requirements(
    const Profile& profile, const std::vector<std::string>& select,
    const std::vector<std::string>& skip);

// The kind to examine: the one named (by name, driver or adapter), or the only one. nullptr if the
// cluster has none; the error lists them when none was named and there are several, or the name is
// wrong.
std::expected<const AcceleratorKind*, std::string> chosen_kind(const Inventory& inventory,
                                                               const std::string& name);

// Why a requirement cannot be asked of this cluster at all, whoever asks; "" if it can. check is
// nullptr where this version has none.
std::string reason_not_to_start(const Check* check, const Inventory& inventory,
                                const AcceleratorKind* kind);

// The namespace that a run makes for a check.
std::string check_namespace(std::string_view run_id, std::string_view check);

class Runner {
public:
    Runner(const kube::Client& client, const Inventory& inventory, const AcceleratorKind* kind,
           RunObserver& observer)
        : client_(&client), inventory_(&inventory), kind_(kind), observer_(&observer) {}

    // Fills requirements, leftovers, times, simulated and exit_code of the result.
    RunResult run(const RunPlan& plan, const std::string& run_id, std::stop_token stop) const;

private:
    struct Ground;  // one check's namespace
    RequirementResult settle(const RunPlan& plan, const Requirement& requirement,
                             const std::string& run_id, const std::stop_token& stop,
                             std::vector<Leftover>& leftovers) const;
    void examine(const RunPlan& plan, const Check& check, const std::string& run_id,
                 const std::stop_token& stop, RequirementResult& result,
                 std::vector<Leftover>& leftovers) const;
    std::expected<Ground, std::string> make_ground(const RunPlan& plan, const Check& check,
                                                   const std::string& run_id,
                                                   const kube::Limit& limit) const;
    std::vector<Leftover> clear(const Ground& ground, const std::string& run_id) const;
    void ask(const RunPlan& plan, const Check& check, const Ground& ground,
             const std::string& run_id, const kube::Limit& limit, RequirementResult& result) const;

    const kube::Client* client_;
    const Inventory* inventory_;
    const AcceleratorKind* kind_;
    RunObserver* observer_;
};

}  // namespace assay
