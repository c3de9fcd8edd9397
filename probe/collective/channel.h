// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A connection on which JSON messages go both ways without blocking. Owns its descriptor. One
// thread.
#pragma once

#include <optional>
#include <string>

#include "probe/collective/frame.h"
#include "probe/document.h"
#include "probe/traffic/wire.h"

namespace assay::probe::collective {

class Channel {
public:
    // `descriptor`: a connected stream that does not block; the channel closes it.
    Channel(int descriptor, std::size_t limit);

    int descriptor() const { return wire_.descriptor(); }
    // What poll(2) should wait for.
    short events() const;

    void allow(std::size_t limit) { frames_.allow(limit); }
    void send(const std::string& message);
    void send(const Json& message);

    // Sends what it can and reads what is there.
    void pump();
    // Sends what it can and leaves unread what is there.
    void flush();
    // Sends what it can and then the end: nothing more is to come.
    void finish();
    // The next whole message that was read.
    std::optional<std::string> next() { return frames_.next(); }

    bool all_sent() const { return wire_.waiting() == 0; }
    // "" while it is open. Messages read before its end are still there; so take next() first.
    std::string ended() const;

    // Gives up the descriptor with what was read and not taken lost; the channel is then of no use.
    int release();

private:
    void read_all();

    Wire wire_;
    Unframer frames_;
    std::string ended_;
    bool broken_ = false;  // nothing can be sent; who has only ended his side still hears
};

// Waits until one of the descriptors is ready or so much time has passed, whichever is first.
struct Awaited {
    int descriptor = -1;  // -1 is passed over
    short events = 0;
};
void wait_for(std::initializer_list<Awaited> awaited, int milliseconds);

}  // namespace assay::probe::collective
