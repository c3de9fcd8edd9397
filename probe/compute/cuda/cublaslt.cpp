// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cuda/cublaslt.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "probe/compute/cuda/timed.h"
#include "probe/driver_library.h"

namespace assay::probe::compute {

namespace {

constexpr int oldest_known = 12;  // of its major versions
constexpr int newest_known = 13;

constexpr int transposed = 1;               // CUBLAS_OP_T
constexpr int transpose_of_a = 3;           // CUBLASLT_MATMUL_DESC_TRANSA
constexpr int fast_accumulation = 25;       // CUBLASLT_MATMUL_DESC_FAST_ACCUM
constexpr int most_bytes_of_workspace = 1;  // CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES
constexpr int lt_success = 0;
constexpr int lt_function_missing = -1;  // no cublasStatus_t is negative

constexpr std::size_t algorithms_asked_for = 8;
constexpr std::array<std::size_t, 4> workspaces = {64U << 20U, 32U << 20U, 8U << 20U, 1U << 20U};

// Why there is nothing to be judged against.
class ReferenceMissing : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// cudaDataType_t of the operands and of C, cublasComputeType_t; alpha and beta are of C's type.
struct Recipe {
    int operand;
    int result;
    int compute;
};

std::optional<Recipe> recipe_for(NumberType type) {
    constexpr int fp32 = 0;
    constexpr int int32 = 10;
    constexpr int in_fp32 = 68;
    switch (type) {
        case NumberType::int8:
            return Recipe{3, int32, 72};
        case NumberType::fp16:
            return Recipe{2, fp32, in_fp32};
        case NumberType::bf16:
            return Recipe{14, fp32, in_fp32};
        case NumberType::tf32:
            return Recipe{fp32, fp32, 77};
        case NumberType::fp8_e4m3:
            return Recipe{28, fp32, in_fp32};
        case NumberType::fp8_e5m2:
            break;  // only with the other operand in e4m3
    }
    return std::nullopt;
}

// cublasLtMatmulHeuristicResult_t
struct Algorithm {
    std::uint64_t data[8] = {};
    std::size_t workspace_bytes = 0;
    int state = 0;  // cublasStatus_t
    float waves = 0;
    int reserved[4] = {};
};
static_assert(sizeof(Algorithm) == 96 && offsetof(Algorithm, state) == 72);

class LtLibrary {
public:
    // The newest whose CUDA the driver speaks. Throws ReferenceMissing.
    explicit LtLibrary(int driver_version) {
        std::string tried;
        for (const std::string& name : names_for(driver_version)) {
            const DriverLibrary found = load_driver_library(driver_library_places(name));
            library_ = found.handle;
            if (library_ != nullptr) {
                learn_version(name);
                return;
            }
            tried += (tried.empty() ? "" : "; ") +
                     (found.complaint.empty() ? "there is no " + name : found.complaint);
        }
        throw ReferenceMissing(tried);
    }

    const std::string& version() const { return version_; }  // "13.10.0"

    template <typename... Parameters>
    int call(const char* function, Parameters... arguments) const {
        using Function = int (*)(Parameters...);
        const auto entry = entry_of<Function>(function);
        return entry == nullptr ? lt_function_missing : entry(arguments...);
    }

    template <typename... Parameters>
    void must(const char* function, Parameters... arguments) const {
        if (const int status = call(function, arguments...); status != lt_success) {
            throw ReferenceMissing(std::string(function) + ": " + words_for(status));
        }
    }

    std::string words_for(int status) const {
        if (status == lt_function_missing) {
            return "cuBLASLt " + version_ + " lacks this function";
        }
        const auto name = entry_of<const char* (*)(int)>("cublasLtGetStatusName");
        const char* words = name == nullptr ? nullptr : name(status);
        return words == nullptr ? "status " + std::to_string(status) : words;
    }

private:
    static std::vector<std::string> names_for(int driver_version) {
        const int spoken = driver_version == 0 ? newest_known : driver_version / 1000;
        std::vector<std::string> names;
        for (int major = std::min(newest_known, spoken); major >= oldest_known; --major) {
            names.push_back("libcublasLt.so." + std::to_string(major));
        }
        names.emplace_back("libcublasLt.so");
        return names;
    }

    template <typename Function>
    Function entry_of(const char* function) const {
        return reinterpret_cast<Function>(::dlsym(library_, function));
    }

    void learn_version(const std::string& name) {
        const auto asked = entry_of<std::size_t (*)()>("cublasLtGetVersion");
        const std::size_t number = asked == nullptr ? 0 : asked();
        version_ = std::to_string(number / 10000) + "." + std::to_string(number / 100 % 100) + "." +
                   std::to_string(number % 100);
        if (number / 10000 < oldest_known || number / 10000 > newest_known) {
            throw ReferenceMissing(name + " is of version " + version_ +
                                   ", whose interface this program does not know");
        }
    }

    void* library_ = nullptr;
    std::string version_;
};

// What the library lends, given back at its end.
class LtObject {
public:
    template <typename... Parameters>
    LtObject(const LtLibrary& library, const char* create, const char* destroy,
             Parameters... parameters)
        : library_(library), destroy_(destroy) {
        library_.must(create, &handle_, parameters...);
    }
    LtObject(const LtObject&) = delete;
    LtObject& operator=(const LtObject&) = delete;
    ~LtObject() { library_.call(destroy_, handle_); }

    void* handle() const { return handle_; }

    template <typename Value>
    void set(const char* function, int attribute, const Value& value) const {
        const std::size_t bytes = sizeof value;
        library_.must(function, handle_, attribute, static_cast<const void*>(&value), bytes);
    }

private:
    const LtLibrary& library_;
    const char* destroy_;
    void* handle_ = nullptr;
};

class LtLayout : public LtObject {
public:
    // Column by column, as the library counts: a row of ours is a column there.
    LtLayout(const LtLibrary& library, int type, std::uint64_t rows, std::uint64_t columns)
        : LtObject(library, "cublasLtMatrixLayoutCreate", "cublasLtMatrixLayoutDestroy", type, rows,
                   columns, static_cast<std::int64_t>(rows)) {}
};

void* place_of(const DeviceBuffer* buffer) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): as the library takes it
    return buffer == nullptr ? nullptr : reinterpret_cast<void*>(buffer->pointer());
}

// C transposed, for that is how C looks column by column: n x m, of B and A, which both lie along
// k. So the library's first operand is B, to be transposed, and its second A, as it is.
class LtProduct {
public:
    // Throws ReferenceMissing where nothing computes it within the workspace.
    LtProduct(const LtLibrary& library, NumberType type, const Recipe& recipe, const Shape& shape,
              std::size_t workspace_bytes)
        : library_(library),
          whole_(is_whole(type)),
          handle_(library, "cublasLtCreate", "cublasLtDestroy"),
          operation_(library, "cublasLtMatmulDescCreate", "cublasLtMatmulDescDestroy",
                     recipe.compute, recipe.result),
          first_(library, recipe.operand, shape.k, shape.n),
          second_(library, recipe.operand, shape.k, shape.m),
          result_(library, recipe.result, shape.n, shape.m) {
        operation_.set("cublasLtMatmulDescSetAttribute", transpose_of_a, transposed);
        if (bytes_of(type) == 1 && !whole_) {
            // Without it, it stops now and then to add in fp32, which our kernels do not.
            const std::int8_t fast = 1;
            operation_.set("cublasLtMatmulDescSetAttribute", fast_accumulation, fast);
        }
        choose(workspace_bytes);
    }

    void launch(const DeviceBuffer& a, const DeviceBuffer& b, const DeviceBuffer& c,
                const DeviceBuffer* workspace, const CudaStream& stream) const {
        const float one = 1;
        const float zero = 0;
        const std::int32_t whole_one = 1;
        const std::int32_t whole_zero = 0;
        const void* alpha = whole_ ? static_cast<const void*>(&whole_one) : &one;
        const void* beta = whole_ ? static_cast<const void*>(&whole_zero) : &zero;
        const void* algorithm = algorithm_.data;
        const std::size_t bytes = workspace == nullptr ? 0 : workspace->bytes();
        library_.must("cublasLtMatmul", handle_.handle(), operation_.handle(), alpha, place_of(&b),
                      first_.handle(), place_of(&a), second_.handle(), beta, place_of(&c),
                      result_.handle(), place_of(&c), result_.handle(), algorithm,
                      place_of(workspace), bytes, stream.handle());
    }

private:
    // The first that can be used: the library has them in the order of its guess at their time.
    void choose(std::size_t workspace_bytes) {
        const LtObject wishes(library_, "cublasLtMatmulPreferenceCreate",
                              "cublasLtMatmulPreferenceDestroy");
        wishes.set("cublasLtMatmulPreferenceSetAttribute", most_bytes_of_workspace,
                   workspace_bytes);
        std::array<Algorithm, algorithms_asked_for> found{};
        const int asked_for = static_cast<int>(found.size());
        int count = 0;
        library_.must("cublasLtMatmulAlgoGetHeuristic", handle_.handle(), operation_.handle(),
                      first_.handle(), second_.handle(), result_.handle(), result_.handle(),
                      wishes.handle(), asked_for, found.data(), &count);
        for (int index = 0; index < std::min(count, asked_for); ++index) {
            const Algorithm& one = found[static_cast<std::size_t>(index)];
            if (one.state == lt_success && one.workspace_bytes <= workspace_bytes) {
                algorithm_ = one;
                return;
            }
        }
        throw ReferenceMissing("cuBLASLt " + library_.version() +
                               " has no algorithm for this product on this GPU");
    }

    const LtLibrary& library_;
    bool whole_;
    LtObject handle_;
    LtObject operation_;
    LtLayout first_;
    LtLayout second_;
    LtLayout result_;
    Algorithm algorithm_;
};

// As much of what is wished for as can be lent; null where nothing can.
std::unique_ptr<DeviceBuffer> workspace_on(const CudaDriver& driver) {
    for (const std::size_t bytes : workspaces) {
        CudaPointer pointer = 0;
        if (driver.call("cuMemAlloc_v2", &pointer, bytes) == cuda_success) {
            return std::make_unique<DeviceBuffer>(driver, pointer, bytes);
        }
    }
    return nullptr;
}

void multiply(const CudaDriver& driver, const Recipe& recipe, const SpeedJob& job,
              ReferenceRun& run) {
    const LtLibrary library(driver.version());
    run.version = library.version();
    const DeviceBuffer a(driver, job.a.size());
    const DeviceBuffer b(driver, job.b.size());
    const DeviceBuffer c(driver, std::size_t{job.shape.m} * job.shape.n * sizeof(std::uint32_t));
    a.upload(job.a.data(), job.a.size());
    b.upload(job.b.data(), job.b.size());
    c.fill(poison);
    const std::unique_ptr<DeviceBuffer> workspace = workspace_on(driver);
    run.workspace_bytes = workspace == nullptr ? 0 : workspace->bytes();
    const LtProduct product(library, job.type, recipe, job.shape, run.workspace_bytes);
    const CudaStream stream(driver);
    run.timed.seconds =
        timed(driver, stream, job, [&] { product.launch(a, b, c, workspace.get(), stream); });
    run.timed.c.resize(c.bytes() / sizeof(std::uint32_t));
    c.download(run.timed.c.data(), c.bytes());
}

// After some errors a context answers nothing else any more, whoever made them.
void must_live(const CudaDriver& driver, NumberType type, const std::string& what, bool broken) {
    const std::string words = "while cuBLASLt computed " + std::string(name_of(type)) + ": " + what;
    try {
        driver.must("cuCtxSynchronize");
    } catch (const DeviceError& error) {
        throw DeviceError(words + "; " + error.what(), broken || error.hardware());
    }
    if (broken) {
        throw DeviceError(words, true);
    }
}

}  // namespace

ReferenceRun time_cublaslt(const CudaDriver& driver, const SpeedJob& job) {
    ReferenceRun run;
    const std::optional<Recipe> recipe = recipe_for(job.type);
    if (!recipe) {
        run.left_out =
            "cuBLASLt has no product of two matrices of " + std::string(name_of(job.type));
        return run;
    }
    try {
        multiply(driver, *recipe, job, run);
    } catch (const ReferenceMissing& why) {
        run.missing = why.what();
        must_live(driver, job.type, run.missing, false);
    } catch (const DeviceError& error) {
        run.missing = error.what();
        must_live(driver, job.type, run.missing, error.hardware());
    }
    return run;
}

}  // namespace assay::probe::compute
