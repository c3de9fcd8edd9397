// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/creator.h"

#include <algorithm>

namespace assay {

namespace {

// Whether the server has said that the object was not made. After a lost connection, a timeout or
// an error inside the server it may have been.
bool was_not_made(const kube::Error& error) {
    return error.http_status >= 400 && error.http_status < 500;
}

}  // namespace

kube::Result<kube::Json> Creator::create(const kube::Resource& resource, const std::string& space,
                                         kube::Json object, const kube::Limit& limit) {
    if (setting_.lifetime.count() > 0) {
        object["metadata"]["annotations"][lifetime_annotation] =
            std::to_string(setting_.lifetime.count());
    }
    const JournalObject entry{.resource = resource,
                              .requirement = setting_.requirement,
                              .namespace_name = space,
                              .name = kube::name_of(object)};
    {
        const std::scoped_lock lock(mutex_);
        std::erase(kinds_, resource);
        kinds_.insert(kinds_.begin(), resource);
    }
    if (setting_.journal == nullptr) {
        return setting_.client->create(resource, space, object, limit);
    }
    if (const auto written = setting_.journal->intent(entry); !written) {
        return std::unexpected(
            kube::Error{kube::Error::Kind::config, 0, "Journal", written.error()});
    }
    auto created = setting_.client->create(resource, space, object, limit);
    if (created) {
        setting_.journal->created(entry, kube::uid_of(*created));
    } else if (was_not_made(created.error())) {
        setting_.journal->refused(entry, created.error().message);
    }
    return created;
}

kube::Result<void> Creator::remove(const kube::Resource& resource, const std::string& space,
                                   const std::string& name, const std::string& uid,
                                   const kube::Limit& limit) {
    auto removed = setting_.client->remove(resource, space, name, uid, limit);
    if (removed || removed.error().kind == kube::Error::Kind::not_found) {
        was_removed(resource, space, name, uid);
    }
    return removed;
}

kube::Result<void> Creator::attach(const std::string& space, const std::string& pod,
                                   const kube::Json& containers, const kube::Limit& limit) {
    kube::Json change;
    change["spec"]["ephemeralContainers"] = containers;
    const auto attached = setting_.client->patch(kube::pods, space, pod, kube::Patch::merge, change,
                                                 limit, "ephemeralcontainers");
    return attached ? kube::Result<void>{} : std::unexpected(attached.error());
}

kube::Result<kube::Json> Creator::change(const kube::Resource& resource, const std::string& space,
                                         const std::string& name, const kube::Json& merge,
                                         const kube::Limit& limit, std::string_view subresource) {
    return setting_.client->patch(resource, space, name, kube::Patch::merge, merge, limit,
                                  subresource);
}

void Creator::was_removed(const kube::Resource& resource, const std::string& space,
                          const std::string& name, const std::string& uid) {
    if (setting_.journal != nullptr) {
        setting_.journal->deleted({.resource = resource,
                                   .requirement = setting_.requirement,
                                   .namespace_name = space,
                                   .name = name,
                                   .uid = uid});
    }
}

std::vector<kube::Resource> Creator::kinds() const {
    const std::scoped_lock lock(mutex_);
    return kinds_;
}

}  // namespace assay
