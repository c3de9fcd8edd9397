// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Through which proxy a server is reached: the kubeconfig's proxy-url, else what HTTPS_PROXY,
// HTTP_PROXY and NO_PROXY say, read as kubectl reads them (libcurl's own reading differs: it also
// takes ALL_PROXY, and judges NO_PROXY by the name in the certificate). Pure, but for the
// environment. Errors: config, without the password a proxy's URL may hold.
#pragma once

#include <string>

#include "kube/result.h"
#include "kube/server_url.h"

namespace assay::kube {

struct ProxyVariables {
    std::string https;  // HTTPS_PROXY or https_proxy
    std::string http;   // HTTP_PROXY or http_proxy
    std::string none;   // NO_PROXY or no_proxy

    static ProxyVariables of_environment();
};

// The proxy's URL as libcurl takes it, "" for none.
Result<std::string> proxy_for(const ServerUrl& server, const std::string& proxy_url,
                              const ProxyVariables& variables);

}  // namespace assay::kube
