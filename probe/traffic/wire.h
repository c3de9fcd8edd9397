// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A connected TCP socket that never blocks, with the bytes that wait to be sent. Closes what it
// owns. Errors are errno values, kept for whoever asks. One thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::probe {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
    std::string text() const;  // "10.0.0.1:80", "[::1]:80"
    std::uint16_t port() const;
};

class Wire {
public:
    enum class Read { bytes, nothing_yet, end, failed };

    explicit Wire(int descriptor) : descriptor_(descriptor) {}
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    ~Wire();

    int descriptor() const { return descriptor_; }

    // One read; `bytes` is valid until the next.
    Read receive(std::string_view& bytes);

    void queue(std::string_view bytes) { waiting_.append(bytes); }
    // Sends what it can; false: the connection is broken.
    bool flush();
    std::size_t waiting() const { return waiting_.size() - sent_; }

    int error() const { return error_; }  // errno of what failed last

private:
    int descriptor_;
    int error_ = 0;
    std::string waiting_;
    std::size_t sent_ = 0;  // of waiting_
};

// A socket that listens, or -1 with errno. `backlog`: connections not yet accepted.
int listen_on(const Address& address, int backlog);

// A socket that connects; writable once that is settled. -1 with errno where it fails at once.
int start_connecting(const Address& address);

// What came of connecting: 0 or an errno.
int connecting_error(int descriptor);

Address local_address(int descriptor);

// A numeric address such as "0.0.0.0" or "::"; false if it is none.
bool parse_address(const std::string& text, std::uint16_t port, Address& address);

// By the machine's resolver, the first address it names; "" or what it says is wrong. Blocks.
std::string resolve(const std::string& host, std::uint16_t port, Address& address);

}  // namespace assay::probe
