// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A fault proxy before the API server in memory, and the product's own client before both.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kube/client.h"
#include "kube/curl_transport.h"
#include "kube/kubeconfig.h"
#include "kube/watch.h"
#include "tests/api/fake_api_server.h"
#include "tests/api/fault_proxy.h"
#include "tests/unit/kube/scratch_folder.h"

namespace assay::kube {

class FaultProxyTest : public testing::Test {
protected:
    // Rules without a name get one.
    void plant(std::vector<Json> rules) {
        for (Json& rule : rules) {
            rule["name"] = rule.value("name", "planted");
        }
        proxy_ = std::make_unique<FaultProxy>(server_, Json{{"rules", rules}},
                                              [this](const Json& entry) { log_.push_back(entry); });
        const auto file = folder_.write("kubeconfig", proxy_->kubeconfig());
        auto connection = load_connection({.path = file.string(), .context = {}});
        ASSERT_TRUE(connection) << connection.error().message;
        auto transport = CurlTransport::connect(std::move(*connection));
        ASSERT_TRUE(transport) << transport.error().message;
        transport_ = std::move(*transport);
        client_ = std::make_unique<Client>(*transport_);
    }
    void TearDown() override {
        transport_.reset();
        proxy_.reset();
    }

    static Limit soon() { return Limit::of(std::chrono::seconds(20)); }
    static Json node(const std::string& name, const std::string& phase = "") {
        return {{"metadata", {{"name", name}, {"labels", {{"is", name}}}}},
                {"status", {{"phase", phase}}}};
    }
    // Once, whatever comes back: the client asks again where it may.
    Result<Response> asked(const std::string& path) {
        Request request;
        request.path = path;
        return transport_->send(request, soon());
    }
    Result<Response> posted(const std::string& path, const Json& object) {
        Request request;
        request.method = "POST";
        request.path = path;
        request.headers["Content-Type"] = "application/json";
        request.body = object.dump();
        return transport_->send(request, soon());
    }

    // What each entry of the log says was done.
    std::vector<std::string> done() const {
        std::vector<std::string> result;
        for (const Json& entry : log_) {
            result.push_back(text(entry, {"what"}));
        }
        return result;
    }

    ScratchFolder folder_;
    FakeApiServer server_;
    std::vector<Json> log_;  // written while the client waits for the answer
    std::unique_ptr<FaultProxy> proxy_;
    std::unique_ptr<CurlTransport> transport_;
    std::unique_ptr<Client> client_;
};

}  // namespace assay::kube
