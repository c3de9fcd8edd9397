// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Removes what runs left in a cluster, and nothing else: objects are found by the run's labels, or
// by the journal of the run, and deleted by uid. Any thread. What could not be removed comes back
// as a Leftover that says what holds it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/journal.h"
#include "engine/result.h"
#include "kube/client.h"
#include "kube/discovery.h"

namespace assay {

// An object that a run made, as the cluster shows it.
struct SweptObject {
    kube::Resource resource;
    std::string namespace_name = {};
    std::string name;
    std::string uid;
    std::string run_id;
    std::string created_at = {};                  // RFC 3339, the server's clock
    std::optional<std::int64_t> lifetime_s = {};  // after created_at; none: for ever
};

struct RunTrace {
    std::string run_id;
    std::vector<SweptObject> objects;  // without what goes with its namespace
};

struct Traces {
    std::vector<RunTrace> runs;
    std::vector<std::string> not_looked_for;  // kinds this account may not list, and why
};

// Told of each object whose deletion the server has accepted.
using Told = std::function<void(const SweptObject&)>;

// The kinds that runs make and this server has.
std::vector<kube::Resource> swept_kinds(const kube::Discovery& discovery);

// The labels of everything that a run made, or all runs (run_id ""), for one requirement or all.
std::string labels_of(const std::string& run_id, const std::string& requirement = {});

// Every run that left something. The error is that of namespaces, without which nothing is known.
kube::Result<Traces> traces(const kube::Client& client, const std::vector<kube::Resource>& kinds,
                            const kube::Limit& limit);

// Whether no run that still lives can need any of it. now: seconds since 1970. A run left with
// --keep is never stale: a person is to look at it.
bool is_stale(const RunTrace& run, std::int64_t now);

// What of the journal's objects is still there: those whose uid is the journal's, and those it does
// not know the uid of, if they carry the run's label. Without what goes with its namespace.
kube::Result<std::vector<SweptObject>> still_there(const kube::Client& client,
                                                   const std::vector<JournalObject>& objects,
                                                   const std::string& run_id,
                                                   const kube::Limit& limit);

// Deletes the objects and waits until they are gone.
std::vector<Leftover> remove_all(const kube::Client& client,
                                 const std::vector<SweptObject>& objects, const Told& told,
                                 const kube::Limit& limit);

// Objects of one kind in a namespace ("" for all namespaces, or none), by labels.
kube::Result<std::vector<SweptObject>> labelled(const kube::Client& client,
                                                const kube::Resource& kind,
                                                const std::string& space, const std::string& labels,
                                                const kube::Limit& limit);

}  // namespace assay
