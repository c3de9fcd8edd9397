// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A stand-in for libnccl.so.2 for ranks on one machine: they meet in a directory whose path is the
// id. As a communicator that does not block does, it goes on when asked for its state. Of the
// environment: ASSAY_FAKE_NCCL_INIT is what ncclCommInitRankConfig returns; ASSAY_FAKE_NCCL_MARK is
// a file that is made when the second operation begins.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr int success = 0, invalid_argument = 4, in_progress = 7;

struct UniqueId {
    char internal[128];
};

struct Config {
    std::size_t size;
    unsigned magic, version;
    int blocking;
};

struct Communicator {
    std::string folder;
    int rank = 0, ranks = 0, operation = 0;
    std::size_t count = 0;
    float* out = nullptr;  // of an operation that goes on

    std::string path(int of_rank) const {
        return folder + "/" + std::to_string(operation) + "-" + std::to_string(of_rank);
    }
};

bool add_from(const std::string& path, std::vector<float>& sum) {
    std::ifstream file(path, std::ios::binary);
    std::vector<float> data(sum.size());
    if (!file.read(reinterpret_cast<char*>(data.data()),
                   static_cast<std::streamsize>(data.size() * sizeof(float)))) {
        return false;
    }
    for (std::size_t at = 0; at < sum.size(); ++at) {
        sum[at] += data[at];
    }
    return true;
}

void log_channel(const Communicator& communicator) {
    const char* path = std::getenv("NCCL_DEBUG_FILE");
    if (path != nullptr) {
        std::ofstream(path, std::ios::app)
            << "pod:1:2 [0] NCCL INFO Channel 00/0 : " << communicator.rank << "[0] -> "
            << (communicator.rank + 1) % communicator.ranks << "[0] [send] via NET/Socket/0\n";
    }
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): NCCL's own names
extern "C" {

int ncclGetUniqueId(UniqueId* id) {
    std::memset(id, 0, sizeof *id);
    const char* folder = std::getenv("TMPDIR");  // of the test, which takes it away
    std::snprintf(id->internal, sizeof id->internal, "%s/nccl-XXXXXX",
                  folder != nullptr ? folder : "/tmp");
    return ::mkdtemp(id->internal) != nullptr ? success : 2;
}
const char* ncclGetErrorString(int result) {
    return result == invalid_argument ? "invalid argument" : "unhandled system error";
}
int ncclCommInitRankConfig(Communicator** communicator, int ranks, UniqueId id, int rank,
                           const Config* config) {
    if (config->magic != 0xcafebeef || config->blocking != 0 || config->size != 24) {
        return invalid_argument;
    }
    if (const char* result = std::getenv("ASSAY_FAKE_NCCL_INIT"); result != nullptr) {
        std::error_code ignored;
        std::filesystem::remove_all(id.internal, ignored);
        return std::atoi(result);
    }
    *communicator = new Communicator{
        .folder = id.internal, .rank = rank, .ranks = ranks, .operation = 0, .count = 0};
    log_channel(**communicator);
    return in_progress;
}
int ncclAllReduce(const void* in, void* out, std::size_t count, int /*type*/, int /*operation*/,
                  Communicator* communicator, void* /*stream*/) {
    ++communicator->operation;
    communicator->count = count;
    communicator->out = static_cast<float*>(out);
    const std::string path = communicator->path(communicator->rank);
    std::ofstream(path + ".part", std::ios::binary)
        .write(static_cast<const char*>(in), static_cast<std::streamsize>(count * sizeof(float)));
    std::filesystem::rename(path + ".part", path);
    if (const char* mark = std::getenv("ASSAY_FAKE_NCCL_MARK");
        mark != nullptr && communicator->operation == 2) {
        std::ofstream(mark) << "\n";
    }
    return in_progress;
}
int ncclCommGetAsyncError(Communicator* communicator, int* state) {
    *state = success;
    if (communicator->out == nullptr) {
        return success;
    }
    std::vector<float> sum(communicator->count);
    for (int rank = 0; rank < communicator->ranks; ++rank) {
        if (!add_from(communicator->path(rank), sum)) {
            *state = in_progress;
            return success;
        }
    }
    std::memcpy(communicator->out, sum.data(), sum.size() * sizeof(float));
    communicator->out = nullptr;
    return success;
}
int ncclCommAbort(Communicator* communicator) {
    std::error_code ignored;
    std::filesystem::remove_all(communicator->folder, ignored);
    delete communicator;
    return success;
}
}
// NOLINTEND(readability-identifier-naming)
