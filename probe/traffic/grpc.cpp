// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/grpc.h"

#include <functional>

namespace assay::probe {

namespace {

constexpr std::size_t head_size = 5;
constexpr std::size_t longest_message = std::size_t{4} * 1024 * 1024;
constexpr unsigned varint_type = 0;
constexpr unsigned fixed64_type = 1;
constexpr unsigned bytes_type = 2;
constexpr unsigned fixed32_type = 5;

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80U) {
        out += static_cast<char>((value & 0x7FU) | 0x80U);
        value >>= 7U;
    }
    out += static_cast<char>(value);
}

// As proto3 does: what has its default is left out.
void put_text(std::string& out, unsigned field, const std::string& text) {
    if (!text.empty()) {
        put_varint(out, (field << 3U) | bytes_type);
        put_varint(out, text.size());
        out += text;
    }
}

void put_number(std::string& out, unsigned field, std::uint32_t number) {
    if (number != 0) {
        put_varint(out, (field << 3U) | varint_type);
        put_varint(out, number);
    }
}

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) {
            return value;
        }
    }
    return std::nullopt;
}

struct Field {
    std::uint64_t id = 0;
    std::uint64_t number = 0;  // of a varint
    std::string_view text;     // of a length-delimited one
};

std::optional<Field> take_sized(std::string_view& bytes, Field field, std::uint64_t size) {
    if (size > bytes.size()) {
        return std::nullopt;
    }
    field.text = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return field;
}

std::optional<Field> take_field(std::string_view& bytes) {
    const std::optional<std::uint64_t> tag = take_varint(bytes);
    if (!tag) {
        return std::nullopt;
    }
    Field field{.id = *tag >> 3U, .number = 0, .text = {}};
    switch (*tag & 7U) {
        case varint_type: {
            const std::optional<std::uint64_t> number = take_varint(bytes);
            field.number = number.value_or(0);
            return number ? std::optional(field) : std::nullopt;
        }
        case bytes_type: {
            const std::optional<std::uint64_t> size = take_varint(bytes);
            return size ? take_sized(bytes, field, *size) : std::nullopt;
        }
        case fixed64_type:
            return take_sized(bytes, field, 8);
        case fixed32_type:
            return take_sized(bytes, field, 4);
        default:
            return std::nullopt;
    }
}

bool each_field(std::string_view bytes, const std::function<void(const Field&)>& take) {
    while (!bytes.empty()) {
        const std::optional<Field> field = take_field(bytes);
        if (!field) {
            return false;
        }
        take(*field);
    }
    return true;
}

}  // namespace

std::string encode(const EchoRequest& request) {
    std::string out;
    put_text(out, 1, request.message);
    put_number(out, 2, request.count);
    put_number(out, 3, request.interval_ms);
    return out;
}

std::string encode(const EchoReply& reply) {
    std::string out;
    put_text(out, 1, reply.message);
    put_text(out, 2, reply.backend);
    put_text(out, 3, reply.marker);
    put_number(out, 4, reply.index);
    return out;
}

std::optional<EchoRequest> decode_echo_request(std::string_view bytes) {
    EchoRequest request;
    const bool good = each_field(bytes, [&](const Field& field) {
        if (field.id == 1) {
            request.message = field.text;
        } else if (field.id == 2) {
            request.count = static_cast<std::uint32_t>(field.number);
        } else if (field.id == 3) {
            request.interval_ms = static_cast<std::uint32_t>(field.number);
        }
    });
    return good ? std::optional(request) : std::nullopt;
}

std::optional<EchoReply> decode_echo_reply(std::string_view bytes) {
    EchoReply reply;
    const bool good = each_field(bytes, [&](const Field& field) {
        if (field.id == 1) {
            reply.message = field.text;
        } else if (field.id == 2) {
            reply.backend = field.text;
        } else if (field.id == 3) {
            reply.marker = field.text;
        } else if (field.id == 4) {
            reply.index = static_cast<std::uint32_t>(field.number);
        }
    });
    return good ? std::optional(reply) : std::nullopt;
}

std::string grpc_frame(std::string_view message) {
    std::string frame(1, '\0');
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        frame += static_cast<char>((message.size() >> (shift - 8)) & 0xFFU);
    }
    frame += message;
    return frame;
}

std::optional<std::vector<std::string>> GrpcFrames::take(std::string_view bytes) {
    pending_ += bytes;
    std::vector<std::string> messages;
    std::string_view rest = pending_;
    while (rest.size() >= head_size) {
        std::size_t size = 0;
        for (std::size_t index = 1; index < head_size; ++index) {
            size = (size << 8U) | static_cast<unsigned char>(rest[index]);
        }
        if (rest[0] != '\0' || size > longest_message) {
            return std::nullopt;
        }
        if (rest.size() - head_size < size) {
            break;
        }
        messages.emplace_back(rest.substr(head_size, size));
        rest.remove_prefix(head_size + size);
    }
    pending_.erase(0, pending_.size() - rest.size());
    return messages;
}

}  // namespace assay::probe
