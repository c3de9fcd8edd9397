// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Stands before an API server and alters chosen answers: an HTTPS server on the loopback, with a
// certificate of its own, that asks the server behind it with that server's own credentials and
// passes watches and logs on as they come. Thread contract: built and destroyed by one thread; log
// is called from any thread, one call at a time. Errors: a rule that cannot be read, or no port,
// throws.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kube/json.h"
#include "kube/transport.h"

namespace assay::kube {

class FaultProxy {
public:
    // One entry for each thing altered: {time, rule, what, method, path}; and {time, error, path}
    // where the server behind could not be asked.
    using Log = std::function<void(const Json& entry)>;

    // upstream outlives it. port 0: any that is free.
    FaultProxy(Transport& upstream, const Json& rules, Log log, int port = 0);
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;
    ~FaultProxy();

    std::string url() const;
    std::string ca_pem() const;
    // A kubeconfig that leads to it; it holds no credentials, the proxy has its own.
    std::string kubeconfig() const;

private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace assay::kube
