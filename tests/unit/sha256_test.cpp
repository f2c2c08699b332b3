#include "library/sha256.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace picfind {
namespace {

std::span<const uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// NIST's example values for SHA-256 (FIPS 180 examples and the CAVS short messages).
TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(
      sha256_hex(bytes("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlm"
                       "nopqrsmnopqrstnopqrstu")),
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  const std::vector<uint8_t> one_byte{0xd3};
  EXPECT_EQ(sha256_hex(one_byte), "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
}

TEST(Sha256, MatchesTheVectorOfAMillionLettersGivenInUnequalPieces) {
  const std::string letters(1'000'000, 'a');
  Sha256 hash;
  std::span<const uint8_t> rest = bytes(letters);
  for (std::size_t piece = 1; !rest.empty(); piece = piece * 7 % 1009 + 1) {
    const std::size_t taken = std::min(piece, rest.size());
    hash.update(rest.first(taken));
    rest = rest.subspan(taken);
  }
  EXPECT_EQ(to_hex(hash.digest()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInOnePieceAsByteByByteAtEveryLengthAroundABlock) {
  std::vector<uint8_t> message;
  for (int length = 0; length < 200; ++length) {
    Sha256 hash;
    for (const uint8_t byte : message) {
      hash.update({&byte, 1});
      static_cast<void>(hash.digest());  // asking in between changes nothing
    }
    EXPECT_EQ(hash.digest(), sha256(message)) << length;
    message.push_back(static_cast<uint8_t>(length * 37));
  }
}

TEST(Sha256, ReadsBackOnlyWholeLowerCaseHex) {
  const Digest digest = sha256({});
  const std::string hex = to_hex(digest);
  EXPECT_EQ(digest_from_hex(hex), digest);
  EXPECT_FALSE(digest_from_hex(hex.substr(1)));
  EXPECT_FALSE(digest_from_hex("E" + hex.substr(1)));
  EXPECT_FALSE(digest_from_hex("g" + hex.substr(1)));
}

}  // namespace
}  // namespace picfind
