// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Runs the selected checks of a profile against one cluster: makes a namespace for each, gives it a
// scenario, folds what it found, cleans up. Checks that need accelerators run one after the other,
// beside them a few of those that need none. Thread contract: run() blocks its caller; the observer
// is called from the checks' threads, one call at a time.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/budget.h"
#include "engine/change.h"
#include "engine/check.h"
#include "engine/component.h"
#include "engine/inventory.h"
#include "engine/journal.h"
#include "engine/placement.h"
#include "engine/profile.h"
#include "engine/result.h"
#include "engine/run_choice.h"
#include "kube/client.h"

namespace assay {

class Creator;
class Ground;

// Told what happens as it happens; no logic of its own.
class RunObserver {
public:
    virtual ~RunObserver() = default;
    virtual void check_started(const std::string& requirement) = 0;
    virtual void progressed(const std::string& requirement, const std::string& what) = 0;
    // What is not to be missed: a node that is bad, as soon as it is found.
    virtual void noticed(const std::string& requirement, const std::string& what) {
        progressed(requirement, what);
    }
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
    NodePool pool = {};                           // --pool
    std::vector<std::string> architectures = {};  // of the images: "amd64"; none if not known
    std::chrono::seconds timeout{0};              // of each check; 0: the check's own
    bool keep = false;                            // leave everything for the user to look at
    bool intrusive = true;
    Changes allowed = {};                    // --allow
    std::string metric = {};                 // --metric
    std::string scale_resource = {};         // --scale-resource
    std::vector<Component> components = {};  // that adapters know, installed or not
    std::chrono::seconds wait_settled{0};    // how long to wait for it; 0: not at all
    std::optional<Settling> settling = {};   // how that went
    Budget budget = {};
    std::optional<EarlierRun> rerun_of = {};   // select is what was unsettled there
    Journal* journal = nullptr;                // nullptr: nothing is written down
    const JournalContents* resumed = nullptr;  // what an earlier process of this run wrote down
    std::map<std::string, std::string> unaskable = {};  // by requirement: the right it lacks
};

class Runner {
public:
    Runner(const kube::Client& client, const Inventory& inventory, const AcceleratorKind* kind,
           RunObserver& observer)
        : client_(&client), inventory_(&inventory), kind_(kind), observer_(&observer) {}

    // Fills requirements, leftovers, times, simulated and exit_code of the result.
    RunResult run(const RunPlan& plan, const std::string& run_id,
                  const std::stop_token& stop) const;

private:
    struct Session;  // what the checks of one run() share
    std::vector<SettledCheck> settle_all(const Session& session,
                                         const std::vector<const Requirement*>& asked) const;
    SettledCheck kept_or_settled(const Session& session, const Requirement& requirement) const;
    SettledCheck settle(const Session& session, const Requirement& requirement) const;
    std::string reason_not_to_ask(const Session& session, const std::string& id,
                                  const Check* check) const;
    void examine(const Session& session, const Check& check, SettledCheck& settled) const;
    std::expected<void, std::string> sweep_remains(const Session& session, const Check& check,
                                                   const kube::Limit& limit) const;
    void ask(const Session& session, const Check& check, const Ground& ground, Creator& creator,
             const kube::Limit& limit, RequirementResult& result) const;

    const kube::Client* client_;
    const Inventory* inventory_;
    const AcceleratorKind* kind_;
    RunObserver* observer_;
};

}  // namespace assay
