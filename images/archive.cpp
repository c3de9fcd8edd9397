// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <functional>
#include <memory>

namespace assay::images {

namespace {

using Writer = std::unique_ptr<::archive, decltype(&::archive_write_free)>;
using Reader = std::unique_ptr<::archive, decltype(&::archive_read_free)>;
using Header = std::unique_ptr<::archive_entry, decltype(&::archive_entry_free)>;

la_ssize_t append(::archive* /*archive*/, void* bytes, const void* buffer, std::size_t length) {
    static_cast<std::string*>(bytes)->append(static_cast<const char*>(buffer), length);
    return static_cast<la_ssize_t>(length);
}

std::unexpected<std::string> failure(std::string_view what, ::archive* archive) {
    const char* why = ::archive_error_string(archive);
    return std::unexpected(std::string(what) + ": " + (why != nullptr ? why : "unknown error"));
}

bool write_entry(::archive* archive, const Entry& entry) {
    const Header header(::archive_entry_new(), &::archive_entry_free);
    ::archive_entry_set_pathname(header.get(), entry.path.c_str());
    ::archive_entry_set_filetype(header.get(), entry.directory ? AE_IFDIR : AE_IFREG);
    ::archive_entry_set_perm(header.get(), static_cast<__LA_MODE_T>(entry.mode));
    ::archive_entry_set_uid(header.get(), 0);
    ::archive_entry_set_gid(header.get(), 0);
    ::archive_entry_set_mtime(header.get(), 0, 0);
    ::archive_entry_set_size(header.get(), static_cast<la_int64_t>(entry.content.size()));
    if (::archive_write_header(archive, header.get()) != ARCHIVE_OK) {
        return false;
    }
    return ::archive_write_data(archive, entry.content.data(), entry.content.size()) ==
           static_cast<la_ssize_t>(entry.content.size());
}

// The archive with all of them; choose gives it its format.
std::expected<std::string, std::string> written(const std::function<void(::archive*)>& choose,
                                                const std::vector<Entry>& entries,
                                                const std::string& what) {
    std::string bytes;  // outlives the writer, which writes its end when it is freed
    const Writer writer(::archive_write_new(), &::archive_write_free);
    choose(writer.get());
    ::archive_write_set_bytes_in_last_block(writer.get(), 1);
    if (::archive_write_open(writer.get(), &bytes, nullptr, append, nullptr) != ARCHIVE_OK) {
        return failure("a " + what + " could not be begun", writer.get());
    }
    for (const Entry& entry : entries) {
        if (!write_entry(writer.get(), entry)) {
            return failure(entry.path + " could not be put into the " + what, writer.get());
        }
    }
    if (::archive_write_close(writer.get()) != ARCHIVE_OK) {
        return failure("a " + what + " could not be ended", writer.get());
    }
    return bytes;
}

}  // namespace

std::expected<std::string, std::string> tar(const std::vector<Entry>& entries) {
    return written([](::archive* writer) { ::archive_write_set_format_ustar(writer); }, entries,
                   "tar");
}

std::expected<std::string, std::string> zip(const std::vector<Entry>& entries) {
    const auto deflated = [](::archive* writer) {
        ::archive_write_set_format_zip(writer);
        ::archive_write_zip_set_compression_deflate(writer);
    };
    return written(deflated, entries, "zip");
}

std::expected<std::string, std::string> gzip(std::string_view bytes) {
    constexpr int gzip_header = 15 + 16;  // the largest window, and a gzip header instead of zlib's
    constexpr int memory_level = 9;
    z_stream stream{};
    if (::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_header, memory_level,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
        return std::unexpected("gzip could not be begun");
    }
    gz_header header{};  // no time, no name
    header.os = 255;     // unknown
    ::deflateSetHeader(&stream, &header);
    std::string compressed(::deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_out = static_cast<uInt>(compressed.size());
    const int result = ::deflate(&stream, Z_FINISH);
    compressed.resize(stream.total_out);
    ::deflateEnd(&stream);
    if (result != Z_STREAM_END) {
        return std::unexpected("gzip did not come to an end");
    }
    return compressed;
}

std::expected<std::string, std::string> member(std::span<const std::byte> tar,
                                               std::string_view path) {
    const Reader reader(::archive_read_new(), &::archive_read_free);
    ::archive_read_support_format_tar(reader.get());
    if (::archive_read_open_memory(reader.get(), tar.data(), tar.size()) != ARCHIVE_OK) {
        return failure("the tar could not be read", reader.get());
    }
    ::archive_entry* entry = nullptr;
    int result = ARCHIVE_OK;
    while ((result = ::archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
        if (path != ::archive_entry_pathname(entry)) {
            continue;
        }
        std::string content(static_cast<std::size_t>(::archive_entry_size(entry)), '\0');
        if (::archive_read_data(reader.get(), content.data(), content.size()) !=
            static_cast<la_ssize_t>(content.size())) {
            return failure(std::string(path) + " could not be read", reader.get());
        }
        return content;
    }
    if (result != ARCHIVE_EOF) {
        return failure("the tar could not be read", reader.get());
    }
    return std::unexpected(std::string(path) + " is not in the tar");
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    ::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, ::EVP_sha256(), nullptr);
    std::string hex;
    for (unsigned index = 0; index < length; ++index) {
        constexpr char digits[] = "0123456789abcdef";
        hex += digits[digest[index] >> 4U];
        hex += digits[digest[index] & 15U];
    }
    return hex;
}

}  // namespace assay::images
