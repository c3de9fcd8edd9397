// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The two connections a rank has in the ring: to the next, on which it sends, and from the one
// before, on which it receives. Both greet as the rendezvous does. One thread.
#pragma once

#include <memory>
#include <string>

#include "probe/collective/member.h"
#include "probe/collective/reception.h"

namespace assay::probe::collective {

// Owns both descriptors; -1 where there is none.
class Links {
public:
    Links() = default;
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;
    Links(Links&& other) noexcept;
    Links& operator=(Links&&) = delete;
    ~Links();

    void take_to_next(int descriptor) { to_next_ = descriptor; }
    void take_from_previous(int descriptor) { from_previous_ = descriptor; }
    void close_both();

    int to_next() const { return to_next_; }
    int from_previous() const { return from_previous_; }

private:
    int to_next_ = -1;
    int from_previous_ = -1;
};

struct Ring {
    int rank = 0;
    int ranks = 1;
    Hello hello;  // what this rank says of itself to the next
    Peer next_peer;
    std::string next_ip;  // as this rank reaches it
    double hang_s = 30;   // until both must stand

    int next() const { return (rank + 1) % ranks; }
    int previous() const { return (rank + ranks - 1) % ranks; }
};

// Throws Broken, naming the neighbour, where a connection does not come about within the limit, is
// refused or the greeting fails; and whatever member.beat() throws.
Links connect_ring(const Ring& ring, const std::string& secret, Reception& reception,
                   Member& member);

}  // namespace assay::probe::collective
