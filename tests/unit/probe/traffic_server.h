// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Servers for the client's tests, on loopback: the real one as a process of its own, and one that
// does to each connection whatever a test says. One thread uses them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/probe/child_process.h"

namespace assay::probe {

// `assay-probe serve` on a free port.
class RealServer {
public:
    explicit RealServer(const std::vector<std::string>& more = {},
                        const std::vector<std::string>& environment = {});

    const std::string& document() const { return document_; }
    std::uint16_t port() const { return port_; }
    std::string url(const std::string& path = "/") const;
    ChildProcess& process() { return process_; }

private:
    ChildProcess process_;
    std::string document_;
    std::uint16_t port_ = 0;
};

// Accepts, and lets `handle` do with the connected socket what it will; closes it afterwards.
class ScriptedServer {
public:
    explicit ScriptedServer(std::function<void(int)> handle);
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer();

    std::string url(const std::string& path = "/") const;

private:
    void run();

    std::function<void(int)> handle_;
    std::uint16_t port_ = 0;
    int listener_;  // sets the port
    std::thread thread_;
};

// Reads until `until` is in what was read, or the end.
std::string read_until(int socket, const std::string& until);
void send_all(int socket, const std::string& bytes);
// Closes with a reset instead of an orderly end.
void reset_on_close(int socket);

// A blocking socket connected to loopback.
class RawClient {
public:
    explicit RawClient(std::uint16_t port);
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient();

    int socket() const { return socket_; }
    std::string read_all() const { return read_until(socket_, std::string(1, '\0') + "never"); }

private:
    int socket_;
};

// A port of loopback nobody listens on.
std::uint16_t closed_port();

}  // namespace assay::probe
