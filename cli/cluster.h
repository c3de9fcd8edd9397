// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// From the flags to a client that talks to the cluster.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "cli/options.h"
#include "kube/client.h"
#include "kube/curl_transport.h"
#include "kube/recording_transport.h"

namespace assay::cli {

struct ClusterAccess {
    std::unique_ptr<kube::CurlTransport> wire;
    std::unique_ptr<kube::RecordingTransport> recording;  // with --log-requests
    std::string context;
    std::string server;
    kube::Client client() const {
        return recording ? kube::Client(*recording) : kube::Client(*wire);
    }
};

// The error is a sentence with the next step. Exit code 2 for a bad kubeconfig or flag: error.kind
// config; otherwise 3.
kube::Result<ClusterAccess> open_cluster(const Options& options);

// Says it on stderr and gives the exit code: 2 for a configuration error, 3 for everything else.
int complain(const kube::Error& error);

}  // namespace assay::cli
