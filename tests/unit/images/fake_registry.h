// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A registry in memory, behind the transport: the part of the OCI distribution API that a push
// needs, with Basic or Bearer logins, and answers that a test puts in. Thread contract: one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "images/registry_auth.h"
#include "kube/transport.h"

namespace assay::images {

class FakeRegistry {
public:
    enum class Wants { nothing, basic, bearer };

    Connect connect();

    Wants wants = Wants::nothing;
    std::string accepted = "Basic dTpw";  // u:p, at the registry or its token server
    std::string accepted_refresh_token = "refresh-me";
    std::string realm = "https://tokens.test/token?account=robot";
    bool speaks_https = true;
    std::string upload_origin;                      // "" or where uploads are sent on to
    std::map<std::string, kube::Response> instead;  // by "METHOD /path", its beginning

    std::map<std::string, std::string> blobs;
    std::map<std::string, std::string> manifests;         // by digest or tag
    std::vector<std::string> log;                         // "METHOD origin/path"
    std::vector<std::string> scopes;                      // that tokens were asked for
    std::map<std::string, std::string> authorization_at;  // by origin, the last one sent there

private:
    friend class FakeRegistryConnection;
    kube::Result<kube::Response> answer(const std::string& origin, const kube::Request& request);
    kube::Response token(const kube::Request& request);
    kube::Response blob(const kube::Request& request, const std::string& path);
    kube::Response manifest(const kube::Request& request, const std::string& path);
    kube::Response upload(const kube::Request& request);

    std::string upload_;  // what has come of the one upload that is going on
};

}  // namespace assay::images
