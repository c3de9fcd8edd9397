// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a Scenario, its pods and reports share: the client, the namespace, the kind examined. Owned
// by the runner, one per check; used by the check's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "engine/accelerator_numbers.h"
#include "engine/budget.h"
#include "engine/change.h"
#include "engine/check.h"
#include "engine/component.h"
#include "engine/creator.h"
#include "engine/inventory.h"
#include "engine/ledger.h"
#include "engine/namespace_view.h"
#include "engine/placement.h"
#include "engine/profile.h"
#include "engine/scenario.h"
#include "kube/client.h"

namespace assay {

// From bound to running or to a document: an image may be pulled, and a kubelet that could not
// start the pod at once may wait over a minute before it tries again.
inline constexpr std::chrono::seconds start_limit{120};

class ScenarioState {
public:
    struct Setting {
        const Check* check = nullptr;
        const kube::Client* client = nullptr;  // for reading
        Creator* creator = nullptr;            // for everything that changes the cluster
        const Inventory* inventory = nullptr;
        const AcceleratorKind* kind = nullptr;
        Fixture fixture;
        Placement placement;
        kube::Limit limit;                 // the check's own
        std::chrono::seconds observe{30};  // for an answer that does not come
        bool intrusive = true;
        Changes allowed = {};
        std::string scale_resource = {};  // --scale-resource
        const std::vector<Component>* components = nullptr;
        std::optional<int> most_accelerators = {};   // that the pods may hold at a time
        bool given = false;                          // the namespace is not the run's own
        std::string metric = {};                     // --metric
        const std::vector<Floor>* floors = nullptr;  // the profile's
        std::function<void(const std::string&)> progress;
        std::function<void(const std::string&)> notice;
    };

    explicit ScenarioState(Setting setting);

    const Setting& setting() const { return setting_; }
    Ledger& ledger() { return ledger_; }
    // Begun when it is first asked for, before the check's first pod: what follows thousands of
    // pods by itself never does.
    NamespaceView& view() const;
    HeldAccelerators& held() { return held_; }
    kube::Limit within(std::chrono::milliseconds duration) const;
    // Whether the check's own time is up: what was watched until then was not watched to the end.
    bool is_over() const { return std::chrono::steady_clock::now() >= setting_.limit.deadline; }
    bool simulated_on(const std::string& node) const;
    // ResourceClaims in the version served; nullopt if devices are not requested by claims.
    std::optional<kube::Resource> claims() const;
    kube::Resource claim_kind() const;  // in the version of the API that is served
    // On any node with the kind examined; on any at all where a check needs no accelerator.
    bool simulated_anywhere() const;
    // Of what the API server or a controller answers about a target.
    Provenance about(std::string target) const;
    // The collection of that kind; ends the check where it is not served.
    kube::Resource kind_of(std::string_view api_version, std::string_view kind) const;
    // From now on a string that is this name is a reference to the object made by that name.
    void add_name(const std::string& name) { setting_.placement.object_names.insert(name); }
    // The device of the kind examined by that name on that node, or nullptr.
    const PublishedDevice* published(const std::string& node, const std::string& name) const;

    // Creates the fixture's claim templates, if the placement allocates by claims at all; call once
    // for a placement, before any pod of it.
    kube::Result<void> create_claim_templates(const Placement& placement);
    // A claim that is not of this run and holds a device of the kind examined, in words; "" if
    // there is none. What is not known is told as if it were one.
    std::string held_by_others() const;

    // Pods that admission refused, and containers that could not be attached ("pod/container").
    std::map<std::string, NoAnswer> refused;
    AcceleratorTable table;  // what the check measured
    // What owners showed an accelerator to look like here: what others open is held against it.
    AcceleratorNumbers numbers;

private:
    Ledger::Whereabouts whereabouts(const Provenance& control) const;

    Setting setting_;
    Ledger ledger_;
    HeldAccelerators held_;
    mutable std::unique_ptr<NamespaceView> view_;
};

inline const NoAnswer watched_too_short{
    .closed = false, .reason = "the check's time was up before it had been watched to the end"};

// Of an error that is no answer; ends the check where the run was interrupted.
NoAnswer unanswered(const kube::Error& error);
// A refusal is the server's own judgement of the object; not one by rights, load or a lost
// connection.
Observed<Answer> answer_of(const kube::Result<kube::Json>& answer, Provenance provenance,
                           const kube::Json& asked);

}  // namespace assay
