// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Nodes of a fake API server, to be watched while a thread changes them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <thread>

#include "tests/api/fake_api_server.h"

namespace assay::kube {

inline Json node(const std::string& name, const std::string& state = "") {
    Json object;
    object["metadata"]["name"] = name;
    object["status"]["phase"] = state;
    return object;
}

class WatchedNodes : public testing::Test {
protected:
    // Changes the cluster once a watch is open.
    std::jthread later(std::function<void()> change) {
        return std::jthread([this, change = std::move(change)] {
            while (std::ranges::none_of(server_.requests(), [](const Request& request) {
                return request.path.find("watch=true") != std::string::npos;
            })) {
                std::this_thread::yield();
            }
            change();
        });
    }

    FakeApiServer server_;
    Client client_{server_};
};

}  // namespace assay::kube
