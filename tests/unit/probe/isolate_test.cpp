// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/isolate.h"

#include <gmock/gmock.h>

#include "tests/unit/probe/fake_machine.h"

namespace assay::probe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> paths_of(const std::vector<Attempt>& attempts) {
    std::vector<std::string> paths;
    for (const Attempt& attempt : attempts) {
        paths.push_back(attempt.path);
    }
    return paths;
}

class Isolate : public testing::Test {
protected:
    Attempts attempt() {
        targets_.dev_root = machine_.path("dev");
        return attempt_all(targets_, NeverOpen({{249, "watchdog"}}), machine_.calls());
    }

    std::string dev(const std::string& name) const { return machine_.path("dev/" + name); }

    FakeMachine machine_;
    Targets targets_;
};

TEST_F(Isolate, SortsNodesByWhatOpeningThemAnswers) {
    machine_.add("dev/nvidia0", {'c', 195, 0}, 0);
    machine_.add("dev/nvidia1", {'c', 195, 1}, EPERM);
    machine_.add("dev/nvidia2", {'c', 195, 2}, ENXIO);
    machine_.add("dev/nvidia3", {'c', 195, 3}, EACCES);
    machine_.add("dev/nvidia4", {'c', 195, 4}, EINVAL);
    const Attempts found = attempt();
    EXPECT_THAT(paths_of(found.reachable), ElementsAre(dev("nvidia0"), dev("nvidia2")));
    EXPECT_EQ(found.reachable.at(0).error, "");
    EXPECT_EQ(found.reachable.at(1).error, "ENXIO");
    EXPECT_EQ(found.reachable.at(1).number, "c:195:2");
    EXPECT_EQ(found.reachable.at(1).by, "node");
    EXPECT_THAT(paths_of(found.refused), ElementsAre(dev("nvidia1")));
    EXPECT_THAT(paths_of(found.unclear), ElementsAre(dev("nvidia3"), dev("nvidia4")));
    EXPECT_EQ(found.tried(), 5U);
}

TEST_F(Isolate, FindsNodesHoweverDeepTheyLie) {
    machine_.add("dev/dri/by/path/renderD128", {'c', 226, 128});
    machine_.add("dev/accel/accel0", {'c', 261, 0});
    std::ofstream(dev("accel/notes")) << "no device";
    EXPECT_THAT(paths_of(attempt().reachable),
                ElementsAre(dev("accel/accel0"), dev("dri/by/path/renderD128")));
}

TEST_F(Isolate, NeverOpensWhatHarms) {
    machine_.add("dev/watchdog", {'c', 10, 130});
    machine_.add("dev/watchdog0", {'c', 249, 0});
    machine_.add("dev/harmless", {'c', 249, 1});
    machine_.add("dev/sda", {'b', 8, 0});
    machine_.add("dev/tpm0", {'c', 10, 224});
    const Attempts found = attempt();
    EXPECT_THAT(machine_.opened, IsEmpty());
    EXPECT_EQ(found.skipped.size(), 5U);
    for (const Attempt& one : found.skipped) {
        EXPECT_NE(one.why, "") << one.path;
    }
    EXPECT_EQ(found.tried(), 0U);
}

TEST_F(Isolate, NeverOpensAWatchdogByAnotherPath) {
    machine_.add("elsewhere/dog", {'c', 10, 130});
    machine_.add("dev/nvidia0", {'c', 195, 0});
    std::filesystem::create_symlink(machine_.path("elsewhere/dog"), dev("nvidia9"));
    targets_.nodes = {machine_.path("elsewhere/dog"), dev("nvidia9")};
    const Attempts found = attempt();
    EXPECT_THAT(machine_.opened, ElementsAre(dev("nvidia0")));
    EXPECT_THAT(paths_of(found.skipped),
                ElementsAre(dev("nvidia9"), machine_.path("elsewhere/dog")));
}

TEST_F(Isolate, FollowsLinksOnlyOutOfTheTree) {
    machine_.add("dev/nvidia0", {'c', 195, 0});
    machine_.add("run/nvidia/dev/nvidia1", {'c', 195, 1});
    std::filesystem::create_directories(dev("char"));
    std::filesystem::create_symlink("../nvidia0", dev("char/195:0"));
    std::filesystem::create_symlink(machine_.path("run/nvidia/dev/nvidia1"), dev("nvidia1"));
    std::filesystem::create_symlink("nowhere", dev("dangling"));
    std::filesystem::create_symlink("loop", dev("loop"));
    EXPECT_THAT(paths_of(attempt().reachable), ElementsAre(dev("nvidia0"), dev("nvidia1")));
}

TEST_F(Isolate, TriesNamedPathsToo) {
    machine_.add("dev/nvidia0", {'c', 195, 0});
    machine_.add("other/nvidia1", {'c', 195, 1}, EPERM);
    std::ofstream(machine_.path("other/text")) << "";
    targets_.nodes = {dev("nvidia0"), dev("nvidia7"), machine_.path("other/nvidia1"),
                      machine_.path("other/text"), machine_.path("other/hidden")};
    machine_.unseeable[machine_.path("other/hidden")] = EACCES;
    const Attempts found = attempt();
    EXPECT_THAT(machine_.opened, ElementsAre(dev("nvidia0"), machine_.path("other/nvidia1")));
    EXPECT_THAT(paths_of(found.refused),
                ElementsAre(dev("nvidia7"), machine_.path("other/nvidia1")));
    EXPECT_EQ(found.refused.at(0).error, "ENOENT");
    EXPECT_EQ(found.refused.at(0).number, "");
    EXPECT_THAT(paths_of(found.skipped), ElementsAre(machine_.path("other/text")));
    EXPECT_THAT(paths_of(found.unclear), ElementsAre(machine_.path("other/hidden")));
}

// What could not be looked at is unknown; a silent "nothing there" would be a false green.
TEST_F(Isolate, CallsUnclearWhatItCouldNotLookInto) {
    machine_.add("dev/dri/card0", {'c', 226, 0});
    machine_.unseeable[dev("dri")] = EACCES;
    const Attempts found = attempt();
    EXPECT_THAT(paths_of(found.unclear), ElementsAre(dev("dri")));
    EXPECT_EQ(found.unclear.at(0).error, "EACCES");
}

TEST_F(Isolate, CallsUnclearAMissingTree) {
    const Attempts found = attempt();
    ASSERT_THAT(paths_of(found.unclear), ElementsAre(machine_.path("dev")));
    EXPECT_EQ(found.unclear.at(0).error, "ENOENT");
}

}  // namespace
}  // namespace assay::probe
