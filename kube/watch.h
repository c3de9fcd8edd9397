// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Waiting is list + watch with a pure condition over what the server shows: no polling, no
// sleeping. A watch that ends, or whose connection breaks, goes on from the last version seen; one
// that expires (410), sends garbage or goes on beyond the time the server was asked to end it is
// listed anew. Thread contract: as Client; the condition, or the follower, is
// called on the calling thread only.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "kube/client.h"

namespace assay::kube {

enum class Progress { waiting, met, impossible };

struct Verdict {
    Progress progress = Progress::waiting;
    std::string reason;  // why it waits or can never be met; goes into the timeout's message

    static Verdict waiting(std::string why) { return {Progress::waiting, std::move(why)}; }
    static Verdict met() { return {Progress::met, {}}; }
    static Verdict impossible(std::string why) { return {Progress::impossible, std::move(why)}; }
};

// The selected objects of one collection, by "name" for a namespaced watch, "namespace/name" when
// every namespace is watched.
using Snapshot = std::map<std::string, Json>;
using Condition = std::function<Verdict(const Snapshot&)>;

struct Waited {
    Verdict verdict;    // met or impossible
    Snapshot snapshot;  // what it was decided on
};

// Follows the collection until the condition is met or impossible. Error::Kind::timeout carries the
// last reason the condition gave; 401, 403 and an event longer than 16 MiB (protocol) end it at
// once.
Result<Waited> wait_until(const Client& client, const Resource& resource, std::string_view ns,
                          const Selection& selection, const Condition& condition,
                          const Limit& limit);

// Told of every object of a collection as it comes, changes and goes, and keeps of it what it
// likes: a collection of thousands is never in memory as a whole. Keys are those of a Snapshot.
class Follower {
public:
    virtual ~Follower() = default;
    // The collection is listed, from the beginning or anew: what it held that is not seen before
    // `listed` is gone.
    virtual void listing() = 0;
    virtual void seen(const std::string& key, Json&& object) = 0;
    virtual void gone(const std::string& key) = 0;
    // After a list was seen whole, and after each change; all but waiting ends it.
    virtual Verdict verdict() = 0;
};

// As wait_until; the value is the verdict, met or impossible.
Result<Verdict> follow(const Client& client, const Resource& resource, std::string_view ns,
                       const Selection& selection, Follower& follower, const Limit& limit);

}  // namespace assay::kube
