// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Removes what runs left in a cluster, and nothing else: objects are found by the run's labels and
// deleted by uid. Any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "kube/client.h"

namespace assay {

struct RunTrace {
    std::string run_id;
    std::vector<std::string> namespaces;  // made by the run
    int objects = 0;                      // of the run in namespaces it did not make
};

// Every run that left something.
kube::Result<std::vector<RunTrace>> traces(const kube::Client& client, const kube::Limit& limit);

// Deletes a namespace the run made and waits until it is gone. The leftovers name what holds it.
std::vector<Leftover> remove_namespace(const kube::Client& client, const std::string& name,
                                       const std::string& uid, const kube::Limit& limit);

// Deletes the run's objects in a namespace it did not make ("" for all namespaces) and waits.
std::vector<Leftover> remove_objects(const kube::Client& client, const std::string& namespace_name,
                                     const std::string& run_id, const std::string& dra_version,
                                     const kube::Limit& limit);

// All of one run, wherever it is.
std::vector<Leftover> remove_run(const kube::Client& client, const std::string& run_id,
                                 const std::string& dra_version, const kube::Limit& limit);

}  // namespace assay
