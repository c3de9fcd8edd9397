// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>

#include "probe/compute/compute.h"
#include "probe/compute/cpu_device.h"
#include "probe/compute/digest.h"
#include "probe/compute/numa.h"
#include "probe/compute/random_product.h"

namespace assay::probe::compute {
namespace {

constexpr Shape small{64, 96, 128};
constexpr std::uint64_t entropy = 20261122;

struct Computed {
    Operands operands;
    ExactProduct product;
};

Computed computed(NumberType type, const Shape& shape = small, std::uint32_t rotation = 0) {
    Computed done{.operands = exact_operands(type, shape, 1), .product = {}};
    const std::vector<std::byte> a = encoded(type, done.operands.a);
    const std::vector<std::byte> b = encoded(type, done.operands.b);
    done.product =
        CpuDevice().multiply({.type = type, .shape = shape, .a = a, .b = b, .rotation = rotation});
    return done;
}

Verification verified(NumberType type, const Computed& one) {
    return verify(type, one.operands, one.product, entropy);
}

TEST(NumberTypes, OneHasTheBitsThatItsFormatSays) {
    EXPECT_EQ(encode(NumberType::int8, -1), 0xffU);
    EXPECT_EQ(encode(NumberType::fp16, 1), 0x3c00U);
    EXPECT_EQ(encode(NumberType::bf16, 1), 0x3f80U);
    EXPECT_EQ(encode(NumberType::tf32, -1), 0xbf800000U);
    EXPECT_EQ(encode(NumberType::fp8_e4m3, 1), 0x38U);
    EXPECT_EQ(encode(NumberType::fp8_e5m2, -1), 0xbcU);
    EXPECT_EQ(encode(NumberType::fp8_e4m3, 3), 0x44U);
}

TEST(NumberTypes, HoldEachWholeNumberThatAnOperandMayHave) {
    for (const NumberType type : number_types) {
        const std::int32_t largest = largest_operand(type, 1);
        for (std::int32_t value = -largest; value <= largest; ++value) {
            ASSERT_EQ(decode(type, encode(type, value)), static_cast<float>(value))
                << name_of(type) << " " << value;
        }
    }
}

TEST(NumberTypes, KeepEveryPartialSumExact) {
    EXPECT_EQ(largest_operand(NumberType::int8, 65536), 127);
    EXPECT_EQ(largest_operand(NumberType::fp16, 8192), 22);
    EXPECT_EQ(largest_operand(NumberType::tf32, 4096), 32);
    EXPECT_EQ(largest_operand(NumberType::bf16, 1), 256);
    EXPECT_EQ(largest_operand(NumberType::fp8_e4m3, 4096), 1);
    EXPECT_EQ(largest_operand(NumberType::fp8_e5m2, 8192), 0) << "none is exact";
}

TEST(NumberTypes, RandomOnesAreBetweenAHalfAndTwo) {
    for (const NumberType type : number_types) {
        for (std::uint32_t random = 0; random < 100000; random += 7) {
            const std::uint32_t bits = random_number(type, random * 2654435761U);
            const float magnitude = std::fabs(decode(type, bits));
            if (!is_whole(type)) {
                ASSERT_GE(magnitude, 0.5F) << name_of(type) << " " << bits;
                ASSERT_LT(magnitude, 2.0F) << name_of(type) << " " << bits;
            }
        }
    }
}

// The constants come from a program of its own: golden_digests.py.
TEST(ExactProducts, OfTheProcessorHaveTheGoldenDigests) {
    for (const NumberType type : number_types) {
        const Shape shape = default_shape(CpuDevice());
        const std::optional<std::string> golden = golden_digest(type, shape, 1);
        ASSERT_TRUE(golden) << name_of(type);
        EXPECT_EQ(verified(type, computed(type, shape)).digest, golden.value_or(""))
            << name_of(type);
    }
}

TEST(ExactProducts, HaveADigestThatDependsOnNothingButTheOperands) {
    EXPECT_EQ(verified(NumberType::fp16, computed(NumberType::fp16)).digest,
              verified(NumberType::tf32, computed(NumberType::tf32, small, 5)).digest);
    EXPECT_NE(verified(NumberType::fp16, computed(NumberType::fp16)).digest,
              verified(NumberType::int8, computed(NumberType::int8)).digest);
}

TEST(ExactProducts, AreFoundRightWhereTheyAre) {
    for (const NumberType type : number_types) {
        const Verification found = verified(type, computed(type));
        EXPECT_TRUE(found.right()) << name_of(type);
        EXPECT_TRUE(found.tiles.empty());
        EXPECT_EQ(found.digest.size(), 32U);
    }
}

TEST(ExactProducts, EachFlippedBitIsFoundWithItsTileAndUnit) {
    for (const NumberType type : number_types) {
        Computed one = computed(type);
        std::uint32_t& bits = one.product.c[std::size_t{40} * small.n + 70];
        for (unsigned bit = 0; bit < 32; ++bit) {
            bits ^= 1U << bit;
            const Verification found = verified(type, one);
            ASSERT_FALSE(found.right()) << name_of(type) << " bit " << bit;
            ASSERT_EQ(found.tiles.size(), 1U) << name_of(type) << " bit " << bit;
            EXPECT_EQ(found.tiles[0].row, 1U);
            EXPECT_EQ(found.tiles[0].column, 2U);
            EXPECT_EQ(found.tiles[0].unit, one.product.units[5]);
            bits ^= 1U << bit;
        }
    }
}

TEST(ExactProducts, AnErrorThatCancelsOutInItsRowIsSeenInTheColumns) {
    Computed one = computed(NumberType::int8);
    std::swap(one.product.c[0], one.product.c[small.n]);
    const Verification found = verified(NumberType::int8, one);
    EXPECT_FALSE(found.rows);
    EXPECT_FALSE(found.columns);
    EXPECT_EQ(found.wrong_rows, 2U);
    EXPECT_EQ(found.wrong_columns, 1U);
}

TEST(ExactProducts, AZeroThatIsPoisonOrNoNumberIsFound) {
    Computed one = computed(NumberType::fp8_e4m3);
    const auto zero = std::find(one.product.c.begin(), one.product.c.end(), 0U);
    ASSERT_NE(zero, one.product.c.end());
    *zero = poison;
    const Verification unwritten = verified(NumberType::fp8_e4m3, one);
    EXPECT_FALSE(unwritten.written);
    EXPECT_EQ(unwritten.tiles.size(), 1U);
    EXPECT_EQ(unwritten.digest, "");
    *zero = 0x7f800000U;
    const Verification infinite = verified(NumberType::fp8_e4m3, one);
    EXPECT_FALSE(infinite.whole);
    EXPECT_EQ(infinite.tiles.size(), 1U);
    EXPECT_EQ(infinite.examples.at(0).found, "infinite");
}

TEST(ExactProducts, OfATallInnerDimensionAreVerifiedWithoutOverflow) {
    const Shape tall{32, 32, 65536};
    const Computed one = computed(NumberType::int8, tall);
    EXPECT_TRUE(verified(NumberType::int8, one).right());
}

GemmPlan exact_plan(NumberType type) {
    GemmPlan plan;
    plan.types = {type};
    plan.speed = false;
    return plan;
}

GemmReport with(std::string_view fault, NumberType type) {
    const std::unique_ptr<Device> device =
        with_fault(std::make_unique<CpuDevice>(), *fault_named(fault));
    return run_gemm(*device, exact_plan(type), nullptr);
}

TEST(Gemm, FindsEachFaultOfAProductInEachType) {
    for (const Fault& fault : faults()) {
        if (fault.verb != Examined::gemm || fault.name == other_operands_fault ||
            fault.name == "speed-unwritten" || fault.name == "few-samples" ||
            fault.name == wrong_reference_fault) {
            continue;
        }
        for (const NumberType type : number_types) {
            EXPECT_EQ(with(fault.name, type).judgement.verdict(), fault.verdict)
                << fault.name << " " << name_of(type);
        }
    }
}

TEST(Gemm, PassesWithoutAFaultInEachType) {
    for (const NumberType type : number_types) {
        CpuDevice device;
        const GemmReport report = run_gemm(device, exact_plan(type), nullptr);
        EXPECT_EQ(report.judgement.verdict(), Verdict::pass);
        EXPECT_TRUE(report.judgement.reasons().empty());
        EXPECT_TRUE(report.suspects.empty());
        ASSERT_EQ(report.exact.size(), 2U);
        EXPECT_NE(report.exact[0].found.digest, report.exact[1].found.digest);
        EXPECT_NE(report.exact[0].units, report.exact[1].units);
    }
}

TEST(Gemm, TellsAnErringUnitFromAnErringAddressFromAnErrorThatPassed) {
    const GemmReport unit = with("bad-unit", NumberType::bf16);
    ASSERT_EQ(unit.suspects.size(), 1U);
    EXPECT_EQ(unit.suspects[0].kind, "unit");
    EXPECT_EQ(unit.suspects[0].unit, 3U);
    EXPECT_EQ(with("bad-address", NumberType::bf16).suspects.at(0).kind, "address");
    EXPECT_EQ(with("bitflip", NumberType::bf16).suspects.at(0).kind, "once");
}

TEST(Gemm, NamesTheTileThatWasSkipped) {
    const GemmReport report = with("skip-tile", NumberType::int8);
    ASSERT_EQ(report.exact[0].found.tiles.size(), 1U);
    EXPECT_EQ(report.exact[0].found.tiles[0].row, 1U);
    EXPECT_EQ(report.exact[0].found.tiles[0].column, 1U);
    EXPECT_EQ(report.exact[0].found.examples.at(0).found, "poison");
}

TEST(Gemm, IsInconclusiveWhereNothingWasComputed) {
    GemmPlan plan = exact_plan(NumberType::int8);
    plan.exact = false;
    CpuDevice device;
    EXPECT_EQ(run_gemm(device, plan, nullptr).judgement.verdict(), Verdict::inconclusive);
}

// A processor that does not compute in fp8.
class Older : public CpuDevice {
public:
    std::string kernel_for(NumberType type) const override {
        return bytes_of(type) == 1 && !is_whole(type) ? "" : CpuDevice::kernel_for(type);
    }
};

TEST(Gemm, LeavesOutWhatADeviceDoesNotComputeAndSaysSoWhereItWasAsked) {
    Older device;
    GemmPlan all = exact_plan(NumberType::int8);
    all.types.clear();
    EXPECT_EQ(run_gemm(device, all, nullptr).judgement.verdict(), Verdict::pass);
    EXPECT_EQ(run_gemm(device, all, nullptr).exact.size(), 8U);
    const GemmReport named = run_gemm(device, exact_plan(NumberType::fp8_e4m3), nullptr);
    EXPECT_EQ(named.judgement.verdict(), Verdict::inconclusive);
    EXPECT_EQ(named.judgement.reasons().at(0).code, "type_unsupported");
}

TEST(Gemm, RefusesShapesThatDoNotFit) {
    CpuDevice device;
    GemmPlan plan = exact_plan(NumberType::int8);
    for (const Shape shape : {Shape{33, 32, 32}, Shape{32, 32, 65537}, Shape{0, 32, 32}}) {
        plan.shape = shape;
        EXPECT_THROW(run_gemm(device, plan, nullptr), std::invalid_argument);
    }
}

TEST(RandomProducts, AreHeldAgainstSumsOfTheProcessorsOwn) {
    for (const NumberType type : number_types) {
        const RandomProduct random(type, small, 1);
        CpuDevice device;
        const SpeedRun run = device.time_multiply({.type = type,
                                                   .shape = small,
                                                   .a = random.a(),
                                                   .b = random.b(),
                                                   .warm_ups = 1,
                                                   .samples = 5});
        EXPECT_EQ(run.seconds.size(), 5U);
        EXPECT_EQ(random.hold_against(run.c, entropy).wrong, 0U) << name_of(type);
        const std::vector<std::uint32_t> zeros(run.c.size());
        EXPECT_GT(random.hold_against(zeros, entropy).wrong, 32U) << name_of(type);
        EXPECT_EQ(random.hold_against({}, entropy).wrong, 64U);
    }
}

TEST(Numa, ReadsTheKernelsListOfProcessors) {
    EXPECT_EQ(processors_in("0-2,5,8-9"), (std::vector<int>{0, 1, 2, 5, 8, 9}));
    EXPECT_TRUE(processors_in("").empty());
}

TEST(Numa, FindsTheNodeOfADeviceAndMovesThereOnlyIfItMay) {
    std::string folder = "/tmp/assay-numa-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string device = folder + "/bus/pci/devices/0000:fe:00.0";
    const std::string node = folder + "/devices/system/node/node1";
    std::filesystem::create_directories(device);
    std::filesystem::create_directories(node);
    std::ofstream(device + "/numa_node") << "1\n";
    EXPECT_EQ(numa_node_of("00000000:FE:00.0", folder), 1);
    std::ofstream(device + "/numa_node") << "-1\n";
    EXPECT_EQ(numa_node_of("0000:FE:00.0", folder), std::nullopt);
    EXPECT_EQ(numa_node_of("0000:01:00.0", folder), std::nullopt);
    EXPECT_FALSE(stay_on_node(1, folder));
    std::ofstream(node + "/cpulist") << "1020-1023\n";
    EXPECT_FALSE(stay_on_node(1, folder));
    std::ofstream(node + "/cpulist") << "0-1023\n";
    EXPECT_TRUE(stay_on_node(1, folder));
    std::filesystem::remove_all(folder);
}

TEST(SelfTest, CountsAFaultAsFoundOnlyByItsVerdictAndItsReason) {
    SelfTested one{.fault = "bitflip",
                   .verb = "gemm",
                   .expected = Verdict::fail,
                   .code = "wrong_product",
                   .verdict = Verdict::fail,
                   .codes = {"wrong_product"}};
    EXPECT_TRUE(one.found());
    one.codes = {"wrong_digest"};
    EXPECT_FALSE(one.found());
    one.codes = {"wrong_product"};
    one.verdict = Verdict::pass;
    EXPECT_FALSE(one.found());
    const SelfTested alarm{.fault = "none",
                           .verb = "gemm",
                           .expected = Verdict::pass,
                           .code = "",
                           .verdict = Verdict::pass,
                           .codes = {"wrong_product"}};
    EXPECT_FALSE(alarm.found());
}

TEST(Faults, HaveNamesOfTheirOwn) {
    std::set<std::string_view> names;
    for (const Fault& fault : faults()) {
        EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
        EXPECT_NE(fault.verdict, Verdict::pass);
    }
    EXPECT_EQ(fault_named("nonsense"), nullptr);
}

TEST(Faults, StandInTheDocumentation) {
    std::ifstream file(ASSAY_SOURCE_DIR "/docs/probe.md");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (const Fault& fault : faults()) {
        EXPECT_THAT(text, testing::HasSubstr("`" + std::string(fault.name) + "`"));
        EXPECT_THAT(text, testing::HasSubstr("`" + std::string(fault.code) + "`"));
    }
}

}  // namespace
}  // namespace assay::probe::compute
