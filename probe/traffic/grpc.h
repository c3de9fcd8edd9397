// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// gRPC's framing and the two messages of assay.probe.v1.Echo (docs/probe.md), by hand: six fields
// are no reason to bring a protobuf library into the image. Pure functions; any thread. Unknown
// fields are passed over, as protobuf demands; what is no protobuf is std::nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::probe {

struct EchoRequest {
    std::string message;
    std::uint32_t count = 0;
    std::uint32_t interval_ms = 0;
};

struct EchoReply {
    std::string message;
    std::string backend;
    std::string marker;
    std::uint32_t index = 0;
};

std::string encode(const EchoRequest& request);
std::string encode(const EchoReply& reply);
std::optional<EchoRequest> decode_echo_request(std::string_view bytes);
std::optional<EchoReply> decode_echo_reply(std::string_view bytes);

// Five bytes of head (not compressed, length) and the message.
std::string grpc_frame(std::string_view message);

// Takes frames out of a stream of bytes.
class GrpcFrames {
public:
    // The messages that became whole; std::nullopt: compressed, or longer than 4 MiB.
    std::optional<std::vector<std::string>> take(std::string_view bytes);
    bool in_the_middle() const { return !pending_.empty(); }

private:
    std::string pending_;
};

inline constexpr const char* grpc_say_path = "/assay.probe.v1.Echo/Say";
inline constexpr const char* grpc_stream_path = "/assay.probe.v1.Echo/Stream";

}  // namespace assay::probe
