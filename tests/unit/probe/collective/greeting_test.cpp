// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The secret, the frames and the greeting.

#include "probe/collective/greeting.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "probe/collective/frame.h"
#include "probe/collective/seal.h"

namespace assay::probe::collective {
namespace {

using testing::HasSubstr;

// RFC 4231, test cases 1, 2 and 6.
TEST(Seal, IsHmacSha256) {
    EXPECT_EQ(hmac_sha256_hex(std::string(20, '\x0b'), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hmac_sha256_hex(std::string(131, '\xaa'),
                              "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Seal, ComparesWhole) {
    EXPECT_TRUE(same_seal("abc", "abc"));
    EXPECT_FALSE(same_seal("abc", "abd"));
    EXPECT_FALSE(same_seal("abc", "abcd"));
    EXPECT_FALSE(same_seal("", "a"));
}

TEST(Seal, NoncesDiffer) {
    EXPECT_EQ(fresh_nonce().size(), 64U);
    EXPECT_NE(fresh_nonce(), fresh_nonce());
}

TEST(Seal, HexadecimalDigitsGoBothWays) {
    std::string bytes;
    EXPECT_TRUE(from_hex(to_hex({"\x00\xff\x10", 3}), bytes));
    EXPECT_EQ(bytes, std::string("\x00\xff\x10", 3));
    EXPECT_FALSE(from_hex("0", bytes));
    EXPECT_FALSE(from_hex("0g", bytes));
}

class SecretFile : public testing::Test {
protected:
    SecretFile() { ::close(::mkstemp(path_.data())); }
    ~SecretFile() override { ::unlink(path_.c_str()); }
    void write(const std::string& text) const { std::ofstream(path_) << text; }
    std::string path_ = "/tmp/assay-secret-XXXXXX";
};

TEST_F(SecretFile, IsReadWithoutItsNewline) {
    write("0123456789abcdef\n");
    EXPECT_EQ(read_secret(path_), "0123456789abcdef");
}

TEST_F(SecretFile, MustNotBeShortOrMissing) {
    write("too short\n");
    EXPECT_THROW(read_secret(path_), std::runtime_error);
    EXPECT_THROW(read_secret("/nowhere/secret"), std::runtime_error);
}

TEST(Frames, ComeWholeHoweverTheyAreCut) {
    const std::string stream = framed("one") + framed("two");
    Unframer frames(10);
    std::vector<std::string> messages;
    for (const char byte : stream) {
        frames.add({&byte, 1});
        while (const std::optional<std::string> message = frames.next()) {
            messages.push_back(*message);
        }
    }
    EXPECT_THAT(messages, testing::ElementsAre("one", "two"));
    EXPECT_EQ(frames.cut(), "");
}

TEST(Frames, SayWhereTheyWereCut) {
    Unframer frames(10);
    frames.add(framed("seven").substr(0, 6));
    EXPECT_EQ(frames.next(), std::nullopt);
    EXPECT_EQ(frames.cut(), "a message cut after 6 of 9 bytes");
    Unframer head(10);
    head.add("ab");
    EXPECT_EQ(head.cut(), "a message cut after 2 of at least 4 bytes");
}

TEST(Frames, MustNotBeTooLongOrEmpty) {
    Unframer frames(stranger_limit);
    frames.add("GET / HTTP/1.1\r\n");
    EXPECT_EQ(frames.next(), std::nullopt);
    EXPECT_THAT(frames.wrong(), HasSubstr("a message of 1195725856 bytes"));
    Unframer empty(10);
    empty.add(std::string(4, '\0'));
    EXPECT_EQ(empty.next(), std::nullopt);
    EXPECT_NE(empty.wrong(), "");
}

const std::string secret = "a secret of this run";

Hello hello_of(int rank) {
    return {.purpose = "control",
            .rank = rank,
            .ranks = 4,
            .ring_port = 4000,
            .host = "pod-2",
            .node = "node-1",
            .plan = {{"iterations", 5}}};
}

TEST(Greeting, ShowsTheSecretOnBothSides) {
    Listener listener(secret);
    Dialer dialer(secret, hello_of(2));
    const std::string answer = dialer.take(listener.take(dialer.hello()));
    EXPECT_EQ(listener.state(), Greeted::waiting);
    EXPECT_EQ(listener.take(answer), "");
    ASSERT_EQ(listener.state(), Greeted::welcome);
    EXPECT_EQ(listener.who()->rank, 2);
    EXPECT_EQ(listener.who()->node, "node-1");
    EXPECT_EQ(dialer.take(Listener::welcome()), "");
    EXPECT_EQ(dialer.state(), Greeted::welcome);
}

TEST(Greeting, EndsWhereTheListenersSecretIsAnother) {
    const std::string other = "a secret of another run";
    Listener listener(other);
    Dialer dialer(secret, hello_of(2));
    const std::string refusal = dialer.take(listener.take(dialer.hello()));
    EXPECT_EQ(dialer.state(), Greeted::refused);
    EXPECT_THAT(dialer.reason(), HasSubstr("does not know the secret"));
    listener.take(refusal);
    EXPECT_EQ(listener.state(), Greeted::refused);
    EXPECT_EQ(listener.claimed_rank(), 2);
}

// One who passes over that the listener could not show it.
TEST(Greeting, EndsWhereTheDialersProofIsWrong) {
    Listener listener(secret);
    const Dialer dialer(secret, hello_of(2));
    const Json challenge = Json::parse(listener.take(dialer.hello()));
    // The listener's own proof played back to it.
    const std::string answer = listener.take(Json({{"proof", challenge["proof"]}}).dump());
    EXPECT_EQ(listener.state(), Greeted::refused);
    EXPECT_THAT(answer, HasSubstr("refused"));
    EXPECT_FALSE(listener.who());
}

TEST(Greeting, IsNewEachTime) {
    Listener first(secret);
    Listener second(secret);
    Dialer dialer(secret, hello_of(2));
    const std::string answer = dialer.take(first.take(dialer.hello()));
    second.take(dialer.hello());
    second.take(answer);  // recorded and played back
    EXPECT_EQ(second.state(), Greeted::refused);
}

TEST(Greeting, RefusesWhatItDoesNotKnow) {
    for (
        const char* message :
        {"", "garbage", "[]", "{}", R"({"assay_allreduce":2})", R"({"assay_allreduce":1})",
         R"({"assay_allreduce":1,"purpose":"control","rank":-1,"ranks":4,"nonce":"","host":"","node":"","ring_port":0,"plan":{}})"}) {
        Listener listener(secret);
        EXPECT_THAT(listener.take(message), HasSubstr("refused")) << message;
        EXPECT_NE(listener.reason(), "") << message;
    }
    Listener version(secret);
    version.take(R"({"assay_allreduce":2,"rank":7})");
    EXPECT_EQ(version.reason(), "version 2 of the greeting; this is version 1");
    EXPECT_EQ(version.claimed_rank(), 7);
}

TEST(Greeting, TellsTheDialerWhyItWasRefused) {
    Listener listener(secret);
    Dialer dialer(secret, hello_of(2));
    dialer.take(listener.take(dialer.hello()));
    dialer.take(Listener::refusal("rank 2 is taken"));
    EXPECT_EQ(dialer.reason(), "it refused this rank: rank 2 is taken");
}

}  // namespace
}  // namespace assay::probe::collective
