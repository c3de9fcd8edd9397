// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The Transport on the wire. One thread owned by this object runs a libcurl multi handle (HTTP/2
// multiplexed); callers wait on it with deadline and stop_token and return within 100 ms of a stop.
// Credentials never follow a redirect and never appear in an Error. Thread contract: send() from
// any thread; the destructor cancels what is in flight and joins.
#pragma once

#include <memory>

#include "kube/kubeconfig.h"
#include "kube/transport.h"

namespace assay::kube {

class CurlTransport : public Transport {
public:
    static Result<std::unique_ptr<CurlTransport>> connect(Connection connection);
    ~CurlTransport() override;

    Result<Response> send(const Request& request, const Limit& limit) override;

private:
    class Loop;
    explicit CurlTransport(std::unique_ptr<Loop> loop);
    std::unique_ptr<Loop> loop_;
};

}  // namespace assay::kube
