// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The API server's URL in parts. Pure. Errors: config.
#pragma once

#include <string>
#include <string_view>

#include "kube/result.h"

namespace assay::kube {

struct ServerUrl {
    std::string scheme;     // "https" or "http"
    std::string host;       // an IPv6 address in brackets
    std::string port;       // always there
    std::string base_path;  // "" or "/k8s/clusters/c-1", without a slash at the end

    std::string text() const { return scheme + "://" + host + ":" + port + base_path; }
    // Whether a proxy is of no use: the server is on this machine.
    bool is_local() const;
};

// Of "https://10.0.0.1:6443/base"; without a scheme it is https, as for kubectl.
Result<ServerUrl> server_url(std::string_view text);

}  // namespace assay::kube
