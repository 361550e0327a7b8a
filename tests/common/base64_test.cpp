#include "stream/common/base64.hpp"

#include <gtest/gtest.h>

#include "stream/common/random.hpp"

namespace stream {
namespace {

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, GivesBackWhatWasEncoded) {
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string bytes = random_hex(length).substr(0, length);
    const auto back = base64_decode(base64_encode(bytes));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, bytes);
  }
}

TEST(Base64, RefusesEverythingButTheStrictForm) {
  for (const char* text : {"Zg=", "Zg", "Z===", "Zg==Zg==", "Zm9v\n", " Zm9", "Zm9 ", "Zm-_", "Z=9v",
                           "====", "Zm9v\nAAA", "data:image/jpeg;base64,Zm9v"}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

}  // namespace
}  // namespace stream
