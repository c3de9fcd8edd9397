// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/probe/traffic_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "probe/traffic/wire.h"

namespace assay::probe {

namespace {

constexpr timeval patience{.tv_sec = 20, .tv_usec = 0};

std::vector<std::string> serve_command(const std::vector<std::string>& more) {
    std::vector<std::string> argv = {ASSAY_PROBE_PROGRAM, "serve",    "--port", "0",
                                     "--address",         "127.0.0.1"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
}

// Blocking, as a script of steps likes it.
int blocking_socket() {
    return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int bound_socket(std::uint16_t& port) {
    const int bound = blocking_socket();
    sockaddr_in address = loopback(0);
    EXPECT_EQ(::bind(bound, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    port = local_address(bound).port();
    return bound;
}

}  // namespace

RealServer::RealServer(const std::vector<std::string>& more,
                       const std::vector<std::string>& environment)
    : process_(serve_command(more), environment), document_(process_.read_line()) {
    const auto document = nlohmann::json::parse(document_, nullptr, false);
    port_ = document.is_object() ? document.value("port", std::uint16_t{0}) : std::uint16_t{0};
    EXPECT_NE(port_, 0) << document_;
}

std::string RealServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

ScriptedServer::ScriptedServer(std::function<void(int)> handle)
    : handle_(std::move(handle)), listener_(bound_socket(port_)) {
    EXPECT_EQ(::listen(listener_, 64), 0);
    thread_ = std::thread([this] { run(); });
}

ScriptedServer::~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends the accept
    thread_.join();
    ::close(listener_);
}

std::string ScriptedServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void ScriptedServer::run() {
    for (int socket = 0; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        handle_(socket);
        ::close(socket);
    }
}

std::string read_until(int socket, const std::string& until) {
    std::string read;
    std::array<char, 4096> buffer{};
    while (read.find(until) == std::string::npos) {
        const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count <= 0) {
            break;
        }
        read.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return read;
}

void send_all(int socket, const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t count =
            ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) {
            return;
        }
        sent += static_cast<std::size_t>(count);
    }
}

void reset_on_close(int socket) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

RawClient::RawClient(std::uint16_t port) : socket_(blocking_socket()) {
    const sockaddr_in address = loopback(port);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

RawClient::~RawClient() {
    ::close(socket_);
}

std::uint16_t closed_port() {
    std::uint16_t port = 0;
    ::close(bound_socket(port));
    return port;
}

}  // namespace assay::probe
