// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One repository of a registry, over the OCI distribution API (1.1): asks what is there and uploads
// what is not. Credentials go to the registry's own origin and its token server, nowhere else.
// Thread contract: one thread; every call ends at the limit's deadline or when it is stopped.
// Errors are one sentence that says what to do. Sizes are bytes.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "images/registry_auth.h"

namespace assay::images {

struct RegistryTarget {
    std::string host;        // "registry.example:5000"
    std::string repository;  // "tools/assay-probe"
    std::string tag;         // "" if none was given

    std::string name() const { return host + "/" + repository; }
};

// Of "REGISTRY/REPOSITORY[:TAG]"; the registry cannot be left out.
std::expected<RegistryTarget, std::string> registry_target(std::string_view text);

struct RegistryAccess {
    Login login;
    std::string ca_pem;          // "" means the system's trust store
    bool insecure_http = false;  // a loopback registry may speak plain http without
    std::size_t chunk_bytes = 16u * 1024 * 1024;  // larger blobs go up in pieces
};

class Registry {
public:
    Registry(RegistryTarget target, RegistryAccess access, Connect connect, kube::Limit limit);

    // Finds out how the registry is spoken to, and logs in where it wants that.
    std::expected<void, std::string> open();

    std::expected<bool, std::string> has_blob(const std::string& digest);
    // uploaded(bytes so far) after each piece.
    std::expected<void, std::string> upload_blob(const std::string& digest, std::string_view bytes,
                                                 const std::function<void(std::size_t)>& uploaded);
    // reference is a digest or a tag.
    std::expected<bool, std::string> has_manifest(const std::string& reference,
                                                  const std::string& digest,
                                                  const std::string& media_type);
    std::expected<void, std::string> put_manifest(const std::string& reference,
                                                  const std::string& digest,
                                                  const std::string& media_type,
                                                  const std::string& content);

private:
    using Answer = std::expected<kube::Response, std::string>;

    Answer send(const std::string& where, kube::Request request);
    Answer sent_once(const std::string& where, kube::Request request);
    std::expected<bool, std::string> answer_challenge(const kube::Response& refused);
    std::expected<kube::Transport*, std::string> transport_to(const std::string& origin);
    // Where an upload goes on: absolute, or a path of the registry.
    std::expected<std::string, std::string> location_of(const kube::Response& answer) const;
    // The answer, if it has the status; else what was refused, in words.
    Answer accepted(Answer answer, int status, const std::string& what) const;
    std::string refusal(const kube::Response& answer, std::string_view what) const;

    RegistryTarget target_;
    RegistryAccess access_;
    Connect connect_;
    kube::Limit limit_;
    std::string origin_;  // "https://registry.example:5000", once open
    std::string authorization_;
    std::map<std::string, std::unique_ptr<kube::Transport>> transports_;  // by origin
};

}  // namespace assay::images
