// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Asks the cluster what this account may do, before anything is created: a SelfSubjectAccessReview
// for each right, which every account may make (system:basic-user). The rules review, one request
// for all, is not used: it is incomplete wherever another authorizer than RBAC has a say, which is
// almost everywhere. Thread contract: blocks its caller, asks on several threads of its own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/rights.h"
#include "kube/client.h"

namespace assay {

struct Denied {
    const Right* right = nullptr;
    std::string reason;  // the authorizer's own words, often ""
};

// Those of the rights that the account lacks, in their order. A group that the cluster does not
// serve is not asked about. space: the namespace of --namespace, or "" for all.
kube::Result<std::vector<Denied>> denied_rights(const kube::Client& client,
                                                const std::vector<const Right*>& rights,
                                                const std::string& space, const kube::Limit& limit);

// Whether none of what a run reads first is denied.
bool can_read(const std::vector<Denied>& denied);
// Nor, in a run that waits, of what it waits with.
bool can_wait(const std::vector<Denied>& denied);

// What the account lacks for a run of these checks.
struct Preflight {
    std::vector<Denied> denied;  // that the run would use
    // Why a requirement cannot be asked; those that can be are not in it.
    std::map<std::string, std::string> unaskable;
};

// space: as above; whether there is one is not asked of the manner.
Preflight preflight_of(const std::vector<Denied>& denied, const std::vector<const Check*>& checks,
                       const std::string& space, Manner manner = {});

// A line for each denied right, in kubectl's terms, and how to get it. Empty if nothing is denied.
std::vector<std::string> sentences(const std::vector<Denied>& denied, const std::string& space);

}  // namespace assay
