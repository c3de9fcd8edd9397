// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/wire.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace assay::probe {

namespace {

constexpr std::size_t read_size = std::size_t{64} * 1024;

const sockaddr* generic(const sockaddr_storage& storage) {
    return reinterpret_cast<const sockaddr*>(&storage);  // as the socket interface wants it
}

int stream_socket(const Address& address) {
    return ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void set_flag(int descriptor, int level, int option) {
    const int on = 1;
    ::setsockopt(descriptor, level, option, &on, sizeof on);
}

int closing(int descriptor) {
    const int saved = errno;
    ::close(descriptor);
    errno = saved;
    return -1;
}

}  // namespace

std::string Address::text() const {
    std::array<char, INET6_ADDRSTRLEN> host{};
    const bool six = storage.ss_family == AF_INET6;
    const void* bytes =
        six ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr)
            : &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr;
    ::inet_ntop(storage.ss_family, bytes, host.data(), host.size());
    const std::string name = six ? "[" + std::string(host.data()) + "]" : host.data();
    return name + ":" + std::to_string(port());
}

std::uint16_t Address::port() const {
    return storage.ss_family == AF_INET6
               ? ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port)
               : ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

Wire::~Wire() {
    ::close(descriptor_);
}

Wire::Read Wire::receive(std::string_view& bytes) {
    // What is read is taken before the next read.
    thread_local std::array<char, read_size> buffer;
    const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count > 0) {
        bytes = std::string_view(buffer.data(), static_cast<std::size_t>(count));
        return Read::bytes;
    }
    if (count == 0) {
        return Read::end;
    }
    if (errno == EAGAIN || errno == EINTR) {
        return Read::nothing_yet;
    }
    error_ = errno;
    return Read::failed;
}

bool Wire::flush() {
    while (waiting() > 0) {
        const ssize_t count = ::send(descriptor_, waiting_.data() + sent_, waiting(), MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            error_ = errno;
            return errno == EAGAIN;
        }
        sent_ += static_cast<std::size_t>(count);
    }
    waiting_.clear();
    sent_ = 0;
    return true;
}

int listen_on(const Address& address, int backlog) {
    const int descriptor = stream_socket(address);
    if (descriptor < 0) {
        return -1;
    }
    set_flag(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (::bind(descriptor, generic(address.storage), address.length) != 0 ||
        ::listen(descriptor, backlog) != 0) {
        return closing(descriptor);
    }
    return descriptor;
}

int start_connecting(const Address& address) {
    const int descriptor = stream_socket(address);
    if (descriptor < 0) {
        return -1;
    }
    set_flag(descriptor, IPPROTO_TCP, TCP_NODELAY);
    if (::connect(descriptor, generic(address.storage), address.length) != 0 &&
        errno != EINPROGRESS) {
        return closing(descriptor);
    }
    return descriptor;
}

int connecting_error(int descriptor) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

Address local_address(int descriptor) {
    Address address;
    address.length = sizeof address.storage;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
    return address;
}

bool parse_address(const std::string& text, std::uint16_t port, Address& address) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(text.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
        return false;
    }
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.length = found->ai_addrlen;
    ::freeaddrinfo(found);
    return true;
}

std::string resolve(const std::string& host, std::uint16_t port, Address& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (error != 0) {
        return ::gai_strerror(error);
    }
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.length = found->ai_addrlen;
    ::freeaddrinfo(found);
    return "";
}

}  // namespace assay::probe
