// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/ledger.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace assay {
namespace {

constexpr Assertion finds{.id = "finds", .kind = Kind::control, .sentence = "the probe finds it"};
constexpr Assertion hidden{
    .id = "hidden", .kind = Kind::negative, .control = &finds, .sentence = "others do not"};
constexpr Assertion unlisted{.id = "unlisted", .sentence = "is in no table"};
constexpr Assertion released{.id = "released",
                             .kind = Kind::negative,
                             .control = &finds,
                             .after_owner = true,
                             .sentence = "nobody finds it once the owner is gone"};
constexpr Assertion forged{.id = "forged",
                           .kind = Kind::negative,
                           .control = &finds,
                           .forging = true,
                           .sentence = "who asks for more does not"};
constexpr auto table = assertions({&finds, &hidden, &released, &forged});

class LedgerTest : public testing::Test {
protected:
    static Judgement judged(bool held, const std::string& node = "n1",
                            const std::string& image = "i1") {
        Judgement judgement{.held = held,
                            .expected = "e",
                            .actual = "a",
                            .provenance = {},
                            .testimony = std::make_shared<Testimony>(Testimony{"{}", "{\"x\":1}"})};
        judgement.provenance.pod = "p";
        judgement.provenance.container = "c";
        judgement.provenance.node = node;
        judgement.provenance.image = image;
        return judgement;
    }

    Ledger::Whereabouts owner_ = Ledger::Whereabouts::running;
    Ledger ledger_{"requirement", table, [this](const Provenance&) { return owner_; }};
};

TEST_F(LedgerTest, ANegativeBesideAControlThatHeldPasses) {
    ledger_.record(finds, judged(true));
    EXPECT_EQ(ledger_.record(hidden, judged(true)), Outcome::passed);
}

TEST_F(LedgerTest, ANegativeBesideAControlThatHeldFails) {
    ledger_.record(finds, judged(true));
    EXPECT_EQ(ledger_.record(hidden, judged(false)), Outcome::failed);
}

TEST_F(LedgerTest, ANegativeWithoutItsControlIsInconclusive) {
    EXPECT_EQ(ledger_.record(hidden, judged(true)), Outcome::inconclusive);
}

TEST_F(LedgerTest, ANegativeWhoseControlFailedIsInconclusive) {
    ledger_.record(finds, judged(false));
    EXPECT_EQ(ledger_.record(hidden, judged(true)), Outcome::inconclusive);
}

TEST_F(LedgerTest, ANegativeOnAnotherNodeThanItsControlIsInconclusive) {
    ledger_.record(finds, judged(true));
    EXPECT_EQ(ledger_.record(hidden, judged(true, "n2")), Outcome::inconclusive);
    const auto results = ledger_.close("");
    EXPECT_EQ(results.at(1).findings.at(0).reason, "it ran on node n2, its control on n1");
}

TEST_F(LedgerTest, AControlOfTheSameDocumentMayHaveEnded) {
    owner_ = Ledger::Whereabouts::ended;
    Judgement one = judged(true);
    one.provenance.pod_uid = "u";
    one.provenance.document_sha256 = "d1";
    ledger_.record(finds, one);
    EXPECT_EQ(ledger_.record(hidden, one), Outcome::passed);
    EXPECT_EQ(ledger_.record(released, one), Outcome::inconclusive);
    one.provenance.document_sha256 = "d2";
    EXPECT_EQ(ledger_.record(hidden, one), Outcome::inconclusive);
    EXPECT_EQ(ledger_.record(hidden, judged(true)), Outcome::inconclusive);
}

TEST_F(LedgerTest, ANegativeFromAnotherImageThanItsControlIsInconclusive) {
    ledger_.record(finds, judged(true));
    EXPECT_EQ(ledger_.record(hidden, judged(true, "n1", "i2")), Outcome::inconclusive);
}

TEST_F(LedgerTest, ANegativeWhoseControlIsGoneIsInconclusive) {
    ledger_.record(finds, judged(true));
    for (const auto owner : {Ledger::Whereabouts::ended, Ledger::Whereabouts::gone}) {
        owner_ = owner;
        EXPECT_EQ(ledger_.record(hidden, judged(true)), Outcome::inconclusive);
    }
}

TEST_F(LedgerTest, WhatIsAskedAfterTheOwnerCountsOnlyOnceTheOwnerIsGone) {
    ledger_.record(finds, judged(true));
    for (const auto owner : {Ledger::Whereabouts::running, Ledger::Whereabouts::ended}) {
        owner_ = owner;
        EXPECT_EQ(ledger_.record(released, judged(true)), Outcome::inconclusive);
    }
    owner_ = Ledger::Whereabouts::gone;
    EXPECT_EQ(ledger_.record(released, judged(true)), Outcome::passed);
    EXPECT_EQ(ledger_.record(released, judged(false)), Outcome::failed);
}

TEST_F(LedgerTest, WhatIsAskedAfterTheOwnerStillNeedsItsNodeAndImage) {
    ledger_.record(finds, judged(true));
    owner_ = Ledger::Whereabouts::gone;
    EXPECT_EQ(ledger_.record(released, judged(true, "n2")), Outcome::inconclusive);
    EXPECT_EQ(ledger_.record(released, judged(true, "n1", "i2")), Outcome::inconclusive);
}

TEST_F(LedgerTest, AnyOfSeveralControlsMayStandBesideANegative) {
    ledger_.record(finds, judged(true, "n1", "i1"));
    ledger_.record(finds, judged(true, "n1", "i2"));
    EXPECT_EQ(ledger_.record(hidden, judged(true, "n1", "i2")), Outcome::passed);
}

TEST_F(LedgerTest, NoAnswerIsInconclusiveAndKeepsItsReason) {
    Judgement none = judged(true);
    none.held = std::unexpected(NoAnswer{.closed = false, .reason = "no document"});
    EXPECT_EQ(ledger_.record(finds, none), Outcome::inconclusive);
    EXPECT_EQ(ledger_.close("").at(0).findings.at(0).reason, "no document");
}

TEST_F(LedgerTest, ARefusedAttemptIsClosedByPolicyAndStandsForNothing) {
    Judgement refused = judged(true);
    refused.held = std::unexpected(NoAnswer{.closed = true, .reason = "denied by webhook"});
    EXPECT_EQ(ledger_.record(forged, refused), Outcome::not_applicable);
    EXPECT_EQ(ledger_.record(hidden, judged(true)), Outcome::inconclusive);
}

TEST_F(LedgerTest, WhoWasRefusedAndAttemptedNothingIsInconclusive) {
    Judgement refused = judged(true);
    refused.held = std::unexpected(NoAnswer{.closed = true, .reason = "denied by webhook"});
    for (const Assertion* one : {&finds, &hidden, &released}) {
        EXPECT_EQ(ledger_.record(*one, refused), Outcome::inconclusive) << one->id;
    }
    EXPECT_EQ(ledger_.close("").at(0).findings.at(0).reason, "denied by webhook");
}

TEST_F(LedgerTest, WhatWasNeverAskedIsInconclusiveWithTheReason) {
    const auto results = ledger_.close("finds did not hold");
    ASSERT_EQ(results.size(), 4U);
    for (const AssertionResult& result : results) {
        EXPECT_EQ(result.outcome, Outcome::inconclusive);
        EXPECT_EQ(result.reason, "never reached: finds did not hold");
    }
}

TEST_F(LedgerTest, AnAssertionOutsideTheTableIsAnError) {
    EXPECT_THROW(ledger_.record(unlisted, judged(true)), std::logic_error);
}

TEST_F(LedgerTest, EvidenceIsKeptUnderRequirementAndAssertion) {
    ledger_.record(finds, judged(true));
    const auto evidence = ledger_.take_evidence();
    ASSERT_EQ(evidence.size(), 1U);
    EXPECT_EQ(evidence[0].path, "artifacts/requirement/finds/01-p-c.json");
    EXPECT_NE(evidence[0].content.find("\"x\": 1"), std::string::npos);
}

TEST_F(LedgerTest, SimulatedTravelsToTheFinding) {
    Judgement judgement = judged(true);
    judgement.provenance.simulated = true;
    ledger_.record(finds, judgement);
    EXPECT_TRUE(ledger_.close("").at(0).findings.at(0).simulated);
}

}  // namespace
}  // namespace assay
