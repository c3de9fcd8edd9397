// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Tells somebody of every request before it goes to the transport behind it: for `--log-requests`,
// and for the tests that hold a run to its plan. Thread contract: as the transport behind it, which
// outlives this one; the listener is called from any thread, one call at a time.
#pragma once

#include <functional>
#include <mutex>

#include "kube/request_facts.h"
#include "kube/transport.h"

namespace assay::kube {

class RecordingTransport : public Transport {
public:
    using Listener = std::function<void(const RequestFacts&)>;

    RecordingTransport(Transport& behind, Listener listener)
        : behind_(&behind), listener_(std::move(listener)) {}

    Result<Response> send(const Request& request, const Limit& limit) override {
        {
            const std::scoped_lock lock(mutex_);
            listener_(facts_of(request));
        }
        return behind_->send(request, limit);
    }

private:
    Transport* behind_;
    std::mutex mutex_;
    Listener listener_;
};

}  // namespace assay::kube
