// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A stand-in for libcublasLt.so.13, which computes in the memory of the stand-in for CUDA's driver
// whatever its descriptors say, and refuses what the real one refuses. Its heuristic puts two
// algorithms first that must not be taken: one that is not supported, one that needs more workspace
// than there is. What it does amiss is asked for by variables:
//   FAKE_CUBLASLT_FAILS    a function that answers FAKE_CUBLASLT_STATUS (14)
//   FAKE_CUBLASLT_VERSION  what it says it is (131000)
//   FAKE_CUBLASLT_NONE     its heuristic knows no algorithm that can be used
//   FAKE_CUBLASLT_NEEDS    bytes of workspace that its algorithm needs (0)
//   FAKE_CUBLASLT_WRONG    every second element is wrong
//   FAKE_CUBLASLT_IDLE     it says success and does nothing
//   FAKE_CUBLASLT_SLOW_MS  how long a product takes at least
//   FAKE_CUBLASLT_LOG      a file with a line of each product, and of each end
//   FAKE_CUBLASLT_BREAKS   a CUDA error that every call of the driver's answers from now on
// Compiled with FAKE_CUBLASLT_LACKS it has no cublasLtMatmul.

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "probe/compute/number_type.h"

namespace {

namespace compute = assay::probe::compute;
using compute::NumberType;

// cublasStatus_t
constexpr int success = 0;
constexpr int invalid_value = 7;
constexpr int internal_error = 14;
constexpr int not_supported = 15;

constexpr int fp32 = 0;
constexpr int int32 = 10;
constexpr std::uint64_t right_algorithm = 0x600dULL;

struct Layout {
    int type = 0;
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::int64_t leading = 0;

    bool operator==(const Layout&) const = default;
    bool is_possible() const { return leading >= static_cast<std::int64_t>(rows) && rows > 0; }
};

struct Operation {
    int compute_type = 0;
    int scale_type = 0;
    int transpose_a = 0;
    int transpose_b = 0;
    std::int8_t fast = 0;
};

struct Preference {
    std::uint64_t workspace = 0;
};

struct Algorithm {
    std::uint64_t data[8];
    std::size_t workspace;
    int state;
    float waves;
    int reserved[4];
};

int number(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::atoi(text) : otherwise;
}

int answer(const char* function) {
    const char* fails = std::getenv("FAKE_CUBLASLT_FAILS");
    return fails != nullptr && std::string(fails) == function
               ? number("FAKE_CUBLASLT_STATUS", internal_error)
               : success;
}

// What the handle is: nothing of it is used.
void* the_handle() {
    static int one = 0;
    return &one;
}

// Descriptors that were made and not given back.
int& lent() {
    static int count = 0;
    return count;
}

template <typename Object>
int make(Object** place, const Object& object, const char* function) {
    const int status = answer(function);
    if (status == success) {
        *place = new Object(object);
        ++lent();
    }
    return status;
}

template <typename Object>
int give_back(Object* object) {
    delete object;
    --lent();
    return success;
}

void log(const std::string& line) {
    if (const char* path = std::getenv("FAKE_CUBLASLT_LOG"); path != nullptr) {
        std::ofstream(path, std::ios::app) << line << "\n";
    }
}

// The library's table of types, as far as it is asked here.
const NumberType* type_of(const Operation& operation, const Layout& operand, const Layout& result) {
    static constexpr NumberType types[] = {NumberType::int8, NumberType::fp16, NumberType::bf16,
                                           NumberType::tf32, NumberType::fp8_e4m3};
    static constexpr int operands[] = {3, 2, 14, fp32, 28};
    static constexpr int computes[] = {72, 68, 68, 77, 68};
    for (std::size_t index = 0; index < std::size(types); ++index) {
        const int c = types[index] == NumberType::int8 ? int32 : fp32;
        if (operand.type == operands[index] && operation.compute_type == computes[index] &&
            operation.scale_type == c && result.type == c) {
            return &types[index];
        }
    }
    return nullptr;
}

std::uint64_t rows_of(const Layout& layout, int transpose) {
    return transpose == 0 ? layout.rows : layout.columns;
}

std::uint64_t columns_of(const Layout& layout, int transpose) {
    return transpose == 0 ? layout.columns : layout.rows;
}

int judged(const Operation& operation, const Layout& a, const Layout& b, const Layout& c,
           const Layout& d) {
    if (!a.is_possible() || !b.is_possible() || !(c == d) || !c.is_possible() || a.type != b.type) {
        return invalid_value;
    }
    const NumberType* type = type_of(operation, a, d);
    if (type == nullptr) {
        return not_supported;
    }
    const bool eight_bits = bytes_of(*type) == 1;
    if (eight_bits && (operation.transpose_a != 1 || operation.transpose_b != 0)) {
        return not_supported;  // both must lie along k
    }
    const bool fp8 = eight_bits && !is_whole(*type);
    if (operation.fast != (fp8 ? 1 : 0)) {
        return not_supported;  // the real one takes both: this one sees that it is asked for
    }
    const bool fits = rows_of(a, operation.transpose_a) == d.rows &&
                      columns_of(b, operation.transpose_b) == d.columns &&
                      columns_of(a, operation.transpose_a) == rows_of(b, operation.transpose_b);
    return fits ? success : invalid_value;
}

float element(NumberType type, const void* from, const Layout& layout, int transpose,
              std::uint64_t row, std::uint64_t column) {
    const std::uint64_t leading = static_cast<std::uint64_t>(layout.leading);
    const std::uint64_t place = transpose == 0 ? column * leading + row : row * leading + column;
    std::uint32_t bits = 0;
    std::memcpy(&bits, static_cast<const unsigned char*>(from) + place * bytes_of(type),
                bytes_of(type));
    return decode(type, bits);
}

void multiply(NumberType type, const Operation& operation, const void* a, const Layout& of_a,
              const void* b, const Layout& of_b, std::uint32_t* d, const Layout& of_d) {
    const bool wrong = std::getenv("FAKE_CUBLASLT_WRONG") != nullptr;
    const std::uint64_t inner = columns_of(of_a, operation.transpose_a);
    for (std::uint64_t column = 0; column < of_d.columns; ++column) {
        for (std::uint64_t row = 0; row < of_d.rows; ++row) {
            float sum = wrong && row % 2 == 0 ? 1000 : 0;
            for (std::uint64_t i = 0; i < inner; ++i) {
                sum += element(type, a, of_a, operation.transpose_a, row, i) *
                       element(type, b, of_b, operation.transpose_b, i, column);
            }
            d[column * static_cast<std::uint64_t>(of_d.leading) + row] =
                is_whole(type) ? static_cast<std::uint32_t>(static_cast<std::int32_t>(sum))
                               : std::bit_cast<std::uint32_t>(sum);
        }
    }
}

// One and zero in the type they are scaled with.
bool are_one_and_zero(int scale_type, const void* alpha, const void* beta) {
    std::uint32_t one = 0;
    std::uint32_t zero = 1;
    std::memcpy(&one, alpha, sizeof one);
    std::memcpy(&zero, beta, sizeof zero);
    return one == (scale_type == int32 ? 1 : std::bit_cast<std::uint32_t>(1.0F)) && zero == 0;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): cuBLASLt's own names
extern "C" {

std::size_t cublasLtGetVersion() {
    return static_cast<std::size_t>(number("FAKE_CUBLASLT_VERSION", 131000));
}

const char* cublasLtGetStatusName(int status) {
    return status == not_supported    ? "CUBLAS_STATUS_NOT_SUPPORTED"
           : status == invalid_value  ? "CUBLAS_STATUS_INVALID_VALUE"
           : status == internal_error ? "CUBLAS_STATUS_INTERNAL_ERROR"
                                      : "CUBLAS_STATUS_OF_THE_STAND_IN";
}

int cublasLtCreate(void** handle) {
    *handle = the_handle();
    return answer("cublasLtCreate");
}

int cublasLtDestroy(void* handle) {
    log("the end, " + std::to_string(lent()) + " not given back");
    return handle == the_handle() ? success : invalid_value;
}

int cublasLtMatmulDescCreate(Operation** operation, int compute_type, int scale_type) {
    return make(operation, {.compute_type = compute_type, .scale_type = scale_type},
                "cublasLtMatmulDescCreate");
}

int cublasLtMatmulDescDestroy(Operation* operation) {
    return give_back(operation);
}

int cublasLtMatmulDescSetAttribute(Operation* operation, int attribute, const void* value,
                                   std::size_t bytes) {
    if ((attribute == 3 || attribute == 4) && bytes == sizeof(int)) {
        int& transpose = attribute == 3 ? operation->transpose_a : operation->transpose_b;
        std::memcpy(&transpose, value, bytes);
    } else if (attribute == 25 && bytes == 1) {
        std::memcpy(&operation->fast, value, bytes);
    } else {
        return invalid_value;
    }
    return answer("cublasLtMatmulDescSetAttribute");
}

int cublasLtMatrixLayoutCreate(Layout** layout, int type, std::uint64_t rows, std::uint64_t columns,
                               std::int64_t leading) {
    return make(layout, {.type = type, .rows = rows, .columns = columns, .leading = leading},
                "cublasLtMatrixLayoutCreate");
}

int cublasLtMatrixLayoutDestroy(Layout* layout) {
    return give_back(layout);
}

int cublasLtMatmulPreferenceCreate(Preference** preference) {
    return make(preference, {}, "cublasLtMatmulPreferenceCreate");
}

int cublasLtMatmulPreferenceDestroy(Preference* preference) {
    return give_back(preference);
}

int cublasLtMatmulPreferenceSetAttribute(Preference* preference, int attribute, const void* value,
                                         std::size_t bytes) {
    if (attribute != 1 || bytes != sizeof preference->workspace) {
        return invalid_value;
    }
    std::memcpy(&preference->workspace, value, bytes);
    return answer("cublasLtMatmulPreferenceSetAttribute");
}

int cublasLtMatmulAlgoGetHeuristic(void* handle, const Operation* operation, const Layout* a,
                                   const Layout* b, const Layout* c, const Layout* d,
                                   const Preference* preference, int asked_for,
                                   Algorithm* algorithms, int* count) {
    *count = 0;
    const int status = handle != the_handle() ? invalid_value : judged(*operation, *a, *b, *c, *d);
    if (status != success || answer("cublasLtMatmulAlgoGetHeuristic") != success) {
        return status != success ? status : answer("cublasLtMatmulAlgoGetHeuristic");
    }
    const auto needs = static_cast<std::size_t>(number("FAKE_CUBLASLT_NEEDS", 0));
    const bool none = std::getenv("FAKE_CUBLASLT_NONE") != nullptr;
    const Algorithm known[] = {
        {.data = {1}, .workspace = 0, .state = not_supported, .waves = 0, .reserved = {}},
        {.data = {2},
         .workspace = preference->workspace + 1,
         .state = success,
         .waves = 0,
         .reserved = {}},
        {.data = {right_algorithm},
         .workspace = needs,
         .state = success,
         .waves = 1,
         .reserved = {}}};
    for (const Algorithm& one : known) {
        const bool right = one.data[0] == right_algorithm;
        if (*count < asked_for && !(right && (none || needs > preference->workspace))) {
            algorithms[(*count)++] = one;
        }
    }
    return success;
}

#ifndef FAKE_CUBLASLT_LACKS
int cublasLtMatmul(void* handle, const Operation* operation, const void* alpha, const void* a,
                   const Layout* of_a, const void* b, const Layout* of_b, const void* beta,
                   const void* c, const Layout* of_c, void* d, const Layout* of_d,
                   const std::uint64_t* algorithm, void* workspace, std::size_t workspace_bytes,
                   void* /*stream*/) {
    const int status = judged(*operation, *of_a, *of_b, *of_c, *of_d);
    if (status != success) {
        return status;
    }
    const auto needs = static_cast<std::size_t>(number("FAKE_CUBLASLT_NEEDS", 0));
    if (handle != the_handle() || *algorithm != right_algorithm || c != d ||
        (workspace == nullptr) != (workspace_bytes == 0) || workspace_bytes < needs ||
        !are_one_and_zero(operation->scale_type, alpha, beta)) {
        return invalid_value;
    }
    if (workspace_bytes > 0) {
        std::memset(workspace, 0xa5, workspace_bytes);  // it is its to write
    }
    if (const char* code = std::getenv("FAKE_CUBLASLT_BREAKS"); code != nullptr) {
        ::setenv("FAKE_CUDA_FAILS", "every", 1);
        ::setenv("FAKE_CUDA_CODE", code, 1);
    }
    if (std::getenv("FAKE_CUBLASLT_IDLE") == nullptr) {
        multiply(*type_of(*operation, *of_a, *of_d), *operation, a, *of_a, b, *of_b,
                 static_cast<std::uint32_t*>(d), *of_d);
    }
    log("product");
    std::this_thread::sleep_for(std::chrono::milliseconds(number("FAKE_CUBLASLT_SLOW_MS", 0)));
    return answer("cublasLtMatmul");
}
#endif

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
