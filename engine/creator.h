// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The one way in which the engine makes objects in a cluster, and removes one before its check has
// ended: each object says for how long a live run can need it, and what happens to it is written
// into the journal, the intent before the request is sent. One for each check. Thread contract: any
// thread; the client and the journal outlive it. Errors are the client's; a journal that cannot be
// written is Error::Kind::config, and nothing is created.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/journal.h"
#include "kube/client.h"

namespace assay {

// Annotation of every object that a run makes: the seconds after its creation from which on no run
// that still lives can need it. Decimal; absent with --keep, where a person is to look at it.
inline constexpr const char* lifetime_annotation = "assay/lifetime-seconds";

class Creator {
public:
    struct Setting {
        const kube::Client* client = nullptr;
        Journal* journal = nullptr;  // nullptr: nothing is written down
        std::string requirement;
        std::chrono::seconds lifetime{0};  // 0: not limited
    };

    explicit Creator(Setting setting) : setting_(std::move(setting)) {}

    kube::Result<kube::Json> create(const kube::Resource& resource, const std::string& space,
                                    kube::Json object, const kube::Limit& limit);
    // Puts ephemeral containers into a pod that it made; they go with the pod.
    kube::Result<void> attach(const std::string& space, const std::string& pod,
                              const kube::Json& containers, const kube::Limit& limit);
    // A merge patch of an object that it made, or of a subresource of it.
    kube::Result<kube::Json> change(const kube::Resource& resource, const std::string& space,
                                    const std::string& name, const kube::Json& merge,
                                    const kube::Limit& limit, std::string_view subresource = {});
    // Deletes that object and no other of the same name.
    kube::Result<void> remove(const kube::Resource& resource, const std::string& space,
                              const std::string& name, const std::string& uid,
                              const kube::Limit& limit);
    // Writes down that somebody else has deleted it for the check.
    void was_removed(const kube::Resource& resource, const std::string& space,
                     const std::string& name, const std::string& uid);

    // Of everything it made or tried to make, the latest first, each once.
    std::vector<kube::Resource> kinds() const;

private:
    Setting setting_;
    mutable std::mutex mutex_;
    std::vector<kube::Resource> kinds_;
};

}  // namespace assay
