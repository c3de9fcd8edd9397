// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/images/fake_registry.h"

#include "images/archive.h"

namespace assay::images {

namespace {

kube::Response response(int status, std::map<std::string, std::string> headers = {},
                        std::string body = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

std::string header_of(const kube::Request& request, const std::string& name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? "" : found->second;
}

std::string last_part(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

class FakeRegistryConnection : public kube::Transport {
public:
    FakeRegistryConnection(FakeRegistry& registry, std::string origin)
        : registry_(&registry), origin_(std::move(origin)) {}
    kube::Result<kube::Response> send(const kube::Request& request,
                                      const kube::Limit& /*limit*/) override {
        return registry_->answer(origin_, request);
    }

private:
    FakeRegistry* registry_;
    std::string origin_;
};

Connect FakeRegistry::connect() {
    return
        [this](
            const kube::Connection& connection) -> kube::Result<std::unique_ptr<kube::Transport>> {
            return std::make_unique<FakeRegistryConnection>(*this, connection.server);
        };
}

kube::Response FakeRegistry::token(const kube::Request& request) {
    scopes.push_back(request.method == "POST" ? request.body
                                              : request.path.substr(request.path.find('?')));
    const bool refreshed =
        request.body.find("refresh_token=" + accepted_refresh_token) != std::string::npos;
    if (!refreshed && header_of(request, "Authorization") != accepted) {
        return response(401);
    }
    return response(200, {}, R"({"access_token":"a-token"})");
}

kube::Response FakeRegistry::blob(const kube::Request& request, const std::string& path) {
    const auto found = blobs.find(last_part(path));
    return request.method == "HEAD" ? response(found == blobs.end() ? 404 : 200) : response(405);
}

kube::Response FakeRegistry::manifest(const kube::Request& request, const std::string& path) {
    const std::string reference = last_part(path);
    if (request.method == "PUT") {
        manifests[reference] = request.body;
        return response(201, {{"docker-content-digest", "sha256:" + sha256_hex(request.body)}});
    }
    const auto found = manifests.find(reference);
    return found == manifests.end() ? response(404) : response(200, {}, found->second);
}

kube::Response FakeRegistry::upload(const kube::Request& request) {
    const std::string on = upload_origin + "/v2/r/p/blobs/uploads/1?state=x";
    if (request.method == "POST") {
        upload_.clear();
        return response(202, {{"location", on}});
    }
    upload_ += request.body;
    if (request.method == "PATCH") {
        return response(202, {{"location", on}});
    }
    const std::string digest = "sha256:" + sha256_hex(upload_);
    const std::string said = request.path.substr(request.path.find("digest=sha256%3A") + 16);
    if ("sha256:" + said != digest) {
        return response(400);
    }
    blobs[digest] = upload_;
    return response(201);
}

kube::Result<kube::Response> FakeRegistry::answer(const std::string& origin,
                                                  const kube::Request& request) {
    log.push_back(request.method + " " + origin + request.path);
    authorization_at[origin] = header_of(request, "Authorization");
    if (origin.starts_with("https://") && !speaks_https) {
        return std::unexpected(kube::Error{kube::Error::Kind::tls, 0, "", "no https here"});
    }
    if (origin == realm.substr(0, origin.size()) && wants == Wants::bearer) {
        return token(request);
    }
    for (const auto& [what, given] : instead) {
        if ((request.method + " " + request.path).starts_with(what)) {
            return given;
        }
    }
    const std::string path = request.path.substr(0, request.path.find('?'));
    const bool uploading = path.find("/blobs/uploads/") != std::string::npos;
    const std::string expected = wants == Wants::basic ? accepted : "Bearer a-token";
    if (wants != Wants::nothing && header_of(request, "Authorization") != expected &&
        origin != upload_origin) {
        return response(401, {{"www-authenticate", wants == Wants::basic
                                                       ? "Basic realm=\"a, b\""
                                                       : "Bearer realm=\"" + realm +
                                                             "\",service=\"reg\",scope=\"x\""}});
    }
    if (uploading) {
        return upload(request);
    }
    if (path.find("/blobs/") != std::string::npos) {
        return blob(request, path);
    }
    return path.find("/manifests/") != std::string::npos ? manifest(request, path) : response(200);
}

}  // namespace assay::images
