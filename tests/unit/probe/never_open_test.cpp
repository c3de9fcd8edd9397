// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/never_open.h"

#include <gtest/gtest.h>

namespace assay::probe {
namespace {

constexpr const char* proc_devices = R"(Character devices:
  1 mem
  4 /dev/vc/0
  4 tty
  4 ttyS
 10 misc
136 pts
195 nvidia-frontend
226 drm
234 nvidia-uvm
245 accel
248 rtc
249 watchdog
250 tpm
251 ipmidev
252 ttyHS

Block devices:
  7 loop
195 not-a-character-device
)";

struct Case {
    const char* path;
    DeviceNumber number;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest calls it by this name
void PrintTo(const Case& one, std::ostream* out) {
    *out << one.path << " " << one.number.text();
}

std::string_view reason(const Case& one) {
    static const NeverOpen never(parse_drivers(proc_devices));
    return never.reason(one.number, one.path);
}

class Forbidden : public testing::TestWithParam<Case> {};

TEST_P(Forbidden, HasAReason) {
    EXPECT_NE(reason(GetParam()), "");
}

INSTANTIATE_TEST_SUITE_P(
    Nodes, Forbidden,
    testing::Values(Case{"/dev/null", {'c', 1, 3}}, Case{"/dev/zero", {'c', 1, 5}},
                    Case{"/dev/full", {'c', 1, 7}}, Case{"/dev/random", {'c', 1, 8}},
                    Case{"/dev/urandom", {'c', 1, 9}}, Case{"/dev/tty", {'c', 5, 0}},
                    Case{"/dev/console", {'c', 5, 1}}, Case{"/dev/ptmx", {'c', 5, 2}},
                    Case{"/dev/pts/0", {'c', 136, 0}}, Case{"/dev/pts/300", {'c', 137, 44}},
                    Case{"/dev/mem", {'c', 1, 1}}, Case{"/dev/port", {'c', 1, 4}},
                    Case{"/dev/kmsg", {'c', 1, 11}}, Case{"/dev/tty1", {'c', 4, 1}},
                    Case{"/dev/sda", {'b', 8, 0}}, Case{"/dev/nvme0n1", {'b', 259, 0}},
                    Case{"/dev/watchdog", {'c', 10, 130}}, Case{"/dev/vfio/vfio", {'c', 10, 196}},
                    Case{"/dev/st0", {'c', 9, 0}}));

// These majors are given out at boot: only the driver's name tells, whatever the node is called.
INSTANTIATE_TEST_SUITE_P(Drivers, Forbidden,
                         testing::Values(Case{"/dev/innocent", {'c', 249, 0}},
                                         Case{"", {'c', 249, 0}}, Case{"", {'c', 248, 0}},
                                         Case{"", {'c', 250, 0}}, Case{"", {'c', 251, 0}},
                                         Case{"", {'c', 252, 3}}));

// And where /proc/devices says nothing, the node's name does.
INSTANTIATE_TEST_SUITE_P(
    Names, Forbidden,
    testing::Values(Case{"/dev/watchdog0", {'c', 500, 0}},
                    Case{"/dev/hp-watchdog-2", {'c', 500, 0}}, Case{"/dev/rtc", {'c', 500, 0}},
                    Case{"/dev/rtc1", {'c', 500, 0}}, Case{"/dev/tpm0", {'c', 500, 0}},
                    Case{"/dev/tpmrm0", {'c', 500, 0}}, Case{"/dev/ipmi/0", {'c', 500, 0}},
                    Case{"/dev/ipmi0", {'c', 500, 0}}, Case{"/dev/kmem", {'c', 500, 0}}));

class Allowed : public testing::TestWithParam<Case> {};

TEST_P(Allowed, HasNoReason) {
    EXPECT_EQ(reason(GetParam()), "");
}

INSTANTIATE_TEST_SUITE_P(
    Accelerators, Allowed,
    testing::Values(Case{"/dev/nvidia0", {'c', 195, 0}}, Case{"/dev/nvidiactl", {'c', 195, 255}},
                    Case{"/dev/nvidia-uvm", {'c', 234, 0}},
                    Case{"/dev/nvidia-caps/nvidia-cap1", {'c', 237, 1}},
                    Case{"/dev/nvidia-caps-imex-channels/channel0", {'c', 236, 0}},
                    Case{"/dev/dri/card0", {'c', 226, 0}},
                    Case{"/dev/dri/renderD128", {'c', 226, 128}}, Case{"/dev/kfd", {'c', 511, 0}},
                    Case{"/dev/accel/accel0", {'c', 245, 0}}, Case{"/dev/neuron0", {'c', 240, 0}},
                    Case{"/dev/vfio/12", {'c', 241, 0}}, Case{"", {'c', 195, 7}}));

// A part of a name is not the name: an accelerator must not be passed over for its spelling.
INSTANTIATE_TEST_SUITE_P(Spellings, Allowed,
                         testing::Values(Case{"/dev/memory-accelerator0", {'c', 500, 0}},
                                         Case{"/dev/portal3", {'c', 500, 0}},
                                         Case{"/dev/hbmem0", {'c', 500, 0}},
                                         Case{"/dev/rtcore0", {'c', 500, 0}},
                                         Case{"/dev/tpu0", {'c', 500, 0}}));

TEST(Drivers, AreTheCharacterDevicesOnly) {
    const Drivers drivers = parse_drivers(proc_devices);
    EXPECT_EQ(drivers.at(195), "nvidia-frontend");
    EXPECT_EQ(drivers.at(4), "/dev/vc/0 tty ttyS");
    EXPECT_FALSE(drivers.contains(7));
}

TEST(Drivers, OfNoProcAreNone) {
    EXPECT_TRUE(parse_drivers("").empty());
}

TEST(DeviceNumbers, AreWrittenWithTheirType) {
    EXPECT_EQ((DeviceNumber{'c', 195, 255}.text()), "c:195:255");
    EXPECT_EQ((DeviceNumber{'b', 8, 0}.text()), "b:8:0");
}

}  // namespace
}  // namespace assay::probe
