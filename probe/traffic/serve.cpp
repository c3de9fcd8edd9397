// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/serve.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "probe/document.h"
#include "probe/exit_codes.h"
#include "probe/output.h"
#include "probe/traffic/server.h"

namespace assay::probe {

namespace {

constexpr int backlog = 512;

int complain(const ServeOptions& options, const char* why) {
    std::fprintf(stderr, "assay-probe: cannot listen on %s port %u: %s\n", options.address.c_str(),
                 static_cast<unsigned>(options.port), why);
    return exit_internal;
}

std::string serve_document(const ServeOptions& options, std::uint16_t port) {
    Json head = opening("serve", "full");
    head["address"] = options.address;
    head["port"] = port;
    head["name"] = options.identity.name;
    head["marker"] = options.identity.marker;
    head["pod"] = options.identity.pod;
    return fit(std::move(head), {}, full_limit);
}

}  // namespace

int run_serve(const ServeOptions& options) {
    Address address;
    if (!parse_address(options.address, options.port, address)) {
        return complain(options, "no address in figures");
    }
    const int listener = listen_on(address, backlog);
    if (listener < 0) {
        return complain(options, std::strerror(errno));
    }
    EventLoop loop;
    Routes routes(options.identity);
    const Server server(loop, routes, listener);
    if (!write_line(serve_document(options, server.address().port()))) {
        return exit_internal;
    }
    loop.run();
    return exit_done;
}

}  // namespace assay::probe
