#include "api_token.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ApiTokenTest : public testing::Test {
 protected:
  fs::path file(const std::string& text,
                fs::perms permissions = fs::perms::owner_read | fs::perms::owner_write) {
    const fs::path path = folder_.path() / "token";
    std::ofstream(path, std::ios::trunc) << text;
    fs::permissions(path, permissions);
    return path;
  }
  static std::string failure(const fs::path& path) {
    const auto token = ApiToken::read(path);
    return token ? "read" : token.error().message;
  }

  const stream::test::TemporaryFolder folder_;
};

TEST_F(ApiTokenTest, OnlyTheWholeTokenIsAdmitted) {
  const auto token = ApiToken::read(file("0123456789abcdef\n"));
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_TRUE(token->admits("Bearer 0123456789abcdef"));
  EXPECT_TRUE(token->admits("bearer 0123456789abcdef")) << "schemes have no case";
  for (const char* other :
       {"", "Bearer", "Bearer ", "Bearer 0", "Bearer 0123456789abcdeF", "Bearer 0123456789abcde",
        "Bearer 0123456789abcdef0", "Bearer 0123456789abcdef0123456789abcdef", "Bearer  0123456789abcdef",
        "Basic 0123456789abcdef", "0123456789abcdef"}) {
    EXPECT_FALSE(token->admits(other)) << other;
  }
}

TEST_F(ApiTokenTest, FileThatOthersMayReadIsRefused) {
  const auto readable = file("0123456789abcdef", fs::perms::owner_read | fs::perms::others_read);
  EXPECT_THAT(failure(readable), HasSubstr("token: found the permissions 404, expected 600"));
  EXPECT_THAT(failure(folder_.path() / "none"), HasSubstr("none: cannot be read: No such file"));
}

TEST_F(ApiTokenTest, FileThatHoldsSomethingElseIsRefusedWithoutShowingIt) {
  for (const char* text : {"", "geheim7890abcde", "geheim7890abcdef\nandmore", "geheim7890abcdef:"}) {
    EXPECT_THAT(failure(file(text)),
                AllOf(HasSubstr("expected one token of 16 to 1024"), Not(HasSubstr("geheim"))))
        << text;
  }
}

}  // namespace
}  // namespace stream::api
