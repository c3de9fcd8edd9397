// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the real program does with memory of GPUs, with the lab's simulated driver: its memory
// outlives a process, and others may have it.

#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/probe/child_process.h"
#include "tests/unit/probe/document_schema.h"

namespace assay::probe {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* mark = "00112233445566778899aabbccddeeff";
constexpr std::int64_t memory_bytes = ASSAY_LAB_MEMORY_BYTES;
constexpr const char* first = "GPU-00000000-0000-4000-8000-000000000000";

class MemoryProgram : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
        std::filesystem::create_directory(folder_ + "/dev");
        std::ofstream(file()).close();
        std::filesystem::resize_file(file(), ASSAY_LAB_GPUS * memory_bytes);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string file() const { return folder_ + "/memory"; }

    // Behind the memory, where the stand-in looks for them.
    void plant(const std::string& fault) const {
        std::ofstream(file(), std::ios::app | std::ios::binary) << fault;
    }

    std::vector<std::string> isolate(const std::vector<std::string>& more) const {
        std::vector<std::string> all{ASSAY_PROBE_PROGRAM, "isolate",
                                     "--dev-root",        folder_ + "/dev",
                                     "--termination-log", folder_ + "/message"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    std::vector<std::string> having(const std::string& gpus) const {
        return {"LD_LIBRARY_PATH=" ASSAY_MEMORY_CUDA_FOLDER, "SIMULATED_GPUS=" + gpus,
                "SIMULATED_MEMORY=" + file()};
    }

    Json told(const std::string& gpus, const std::vector<std::string>& more) const {
        const Finished finished = run(isolate(more), having(gpus));
        EXPECT_EQ(finished.code, 0) << finished.err;
        EXPECT_EQ(schema_errors(finished.out), "");
        return Json::parse(finished.out);
    }

    // By an owner of the first GPU, who holds it until this is called.
    Json marked_and_ended(const std::function<void(const Json&)>& meanwhile = {}) const {
        ChildProcess owner(isolate({"--hold", "--mark", mark}), having("0"));
        const std::string line = owner.read_line();
        EXPECT_EQ(schema_errors(line), "");
        const Json document = Json::parse(line);
        if (meanwhile) {
            meanwhile(document.at("shared_memory"));
        }
        EXPECT_EQ(::kill(owner.pid(), SIGTERM), 0);
        EXPECT_EQ(owner.wait().code, 0);
        return document.at("shared_memory");
    }

    std::string folder_ = "/tmp/assay-probe-test-XXXXXX";
};

TEST_F(MemoryProgram, MarksAndSharesWhatASecondProcessReads) {
    const Json shared = marked_and_ended();
    EXPECT_EQ(shared.at("uuid"), first);
    EXPECT_EQ(shared.at("marked_bytes"), memory_bytes);
    EXPECT_EQ(shared.at("second_process"),
              (Json{{"answer", "opened"}, {"words", ""}, {"begins", mark}}));
    EXPECT_FALSE(shared.contains("why"));
}

TEST_F(MemoryProgram, FindsNothingWhereTheDriverClearsAndAllWhereItDoesNot) {
    marked_and_ended();
    EXPECT_EQ(told("0", {"--search", mark}).at("searched_memory"),
              (Json{{"uuid", first},
                    {"total_bytes", memory_bytes},
                    {"searched_bytes", memory_bytes},
                    {"found_bytes", 0}}));
    marked_and_ended();
    plant("keeps-memory");
    EXPECT_EQ(told("0", {"--search", mark}).at("searched_memory").at("found_bytes"), memory_bytes);
    EXPECT_EQ(told("0", {"--search", std::string(32, '7')}).at("searched_memory").at("found_bytes"),
              0);
}

TEST_F(MemoryProgram, OpensAHandleOfItsOwnGpuAloneUnlessTheDriverLetsItDoMore) {
    marked_and_ended([this](const Json& shared) {
        const auto handle = shared.at("handle").get<std::string>();
        EXPECT_EQ(told("1", {"--open", handle}).at("opened_handle"),
                  (Json{{"answer", "refused"},
                        {"words", "cuIpcOpenMemHandle_v2: CUDA_ERROR_INVALID_DEVICE"}}));
        EXPECT_EQ(told("0", {"--open", handle}).at("opened_handle").at("begins"), mark);
        plant("opens-any-handle");
        EXPECT_EQ(told("1", {"--open", handle}).at("opened_handle"),
                  (Json{{"answer", "opened"}, {"words", ""}, {"begins", mark}}));
    });
}

TEST_F(MemoryProgram, SaysWhatIsInTheWay) {
    const Json document = told("", {"--search", mark, "--open", std::string(128, '0')});
    EXPECT_EQ(document.at("opened_handle"),
              (Json{{"answer", "not_tried"}, {"words", "cuInit: CUDA_ERROR_NO_DEVICE"}}));
    EXPECT_EQ(document.at("searched_memory").at("why"), "cuInit: CUDA_ERROR_NO_DEVICE");
    const Finished without = run(isolate({"--search", mark}));
    EXPECT_EQ(Json::parse(without.out).at("searched_memory").at("why"), "there is no libcuda.so.1");
}

TEST_F(MemoryProgram, LeavesAloneWhatIsShared) {
    plant("half-is-taken");
    const std::string why =
        "somebody else holds memory of the GPU: of 1048576 bytes 524288 are free";
    const Json searched = told("0", {"--search", mark}).at("searched_memory");
    EXPECT_EQ(searched.at("why"), why);
    EXPECT_EQ(searched.at("searched_bytes"), 0);
    const Json shared = marked_and_ended();
    EXPECT_EQ(shared.at("why"), why);
    EXPECT_EQ(shared.at("marked_bytes"), 0);
    EXPECT_EQ(shared.at("handle"), "");
    EXPECT_EQ(shared.at("second_process").at("answer"), "not_tried");
}

TEST_F(MemoryProgram, RefusesWhatIsNoMarkAndNoHandle) {
    for (const std::vector<std::string>& wrong :
         {std::vector<std::string>{"--search", "12"}, {"--open", "12"}, {"--mark", mark}}) {
        const Finished finished = run(isolate(wrong));
        EXPECT_EQ(finished.code, 2);
        EXPECT_THAT(finished.err, HasSubstr(wrong.front() == "--search" ? "32 hexadecimal digits"
                                            : wrong.front() == "--open" ? "128 hexadecimal digits"
                                                                        : "give --hold, too"));
    }
}

}  // namespace
}  // namespace assay::probe
