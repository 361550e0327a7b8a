#include "url_list.hpp"

#include <gmock/gmock.h>

namespace stream::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> urls(std::string_view text) {
  const auto parsed = parse_url_list(text);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().message;
  return parsed.value_or(std::vector<std::string>{});
}

std::string error(std::string_view text) {
  const auto parsed = parse_url_list(text);
  return parsed ? "none" : parsed.error().message;
}

TEST(UrlList, NothingIsNone) {
  EXPECT_THAT(urls(""), IsEmpty());
  EXPECT_THAT(urls("  "), IsEmpty());
  EXPECT_THAT(urls("[]"), IsEmpty());
}

TEST(UrlList, CommasSeparate) {
  EXPECT_THAT(urls("http://a/x"), ElementsAre("http://a/x"));
  EXPECT_THAT(urls("http://a/x, https://b:9/y"), ElementsAre("http://a/x", "https://b:9/y"));
}

TEST(UrlList, ListsOfPythonAndJsonAreRead) {
  EXPECT_THAT(urls("['http://a/x', 'http://b/y']"), ElementsAre("http://a/x", "http://b/y"));
  EXPECT_THAT(urls(R"(["http://a/x","http://b/y"])"), ElementsAre("http://a/x", "http://b/y"));
  EXPECT_THAT(urls("[ 'http://a/x,y' ]"), ElementsAre("http://a/x,y")) << "quoted, a comma is part of it";
}

TEST(UrlList, WhatIsNoListIsAnError) {
  for (const char* text : {"[http://a]", "['http://a'", "['http://a]", "['http://a' 'http://b']"}) {
    EXPECT_THAT(error(text), HasSubstr("expected a list such as ['http://a/x', 'http://b/x']")) << text;
  }
}

TEST(UrlList, WhatIsNoUrlIsAnErrorWithoutItsPassword) {
  EXPECT_THAT(error("http://a,ftp://b"), HasSubstr(R"(found "ftp://b", expected http:// or https://)"));
  EXPECT_THAT(error("http://a,,http://b"), HasSubstr("expected http:// or https://"));
  EXPECT_THAT(error("['ftp://user:secret@b']"), Not(HasSubstr("secret")));
  EXPECT_THAT(error("['http://user:secret@b'"), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace stream::client
