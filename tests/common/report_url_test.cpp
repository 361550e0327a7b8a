#include "stream/common/report_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ReportUrl parsed(std::string_view text) {
  const auto url = parse_report_url(text);
  EXPECT_TRUE(url) << url.error().message;
  return url.value_or(ReportUrl{});
}

std::string error_of(std::string_view text) {
  const auto url = parse_report_url(text);
  return url ? "no error" : url.error().message;
}

TEST(ReportUrl, TakesPartsAndDefaults) {
  EXPECT_EQ(parsed("http://172.18.0.123:9092/upload/data"),
            (ReportUrl{false, "172.18.0.123", 9092, "/upload/data", ""}));
  EXPECT_EQ(parsed("http://host"), (ReportUrl{false, "host", 80, "/", ""}));
  EXPECT_EQ(parsed("HTTPS://host/a?b=c&d#e"), (ReportUrl{true, "host", 443, "/a?b=c&d", ""}));
  EXPECT_EQ(parsed("http://host?q"), (ReportUrl{false, "host", 80, "/?q", ""}));
  EXPECT_EQ(parsed("http://host:/x"), (ReportUrl{false, "host", 80, "/x", ""}));
  EXPECT_EQ(parsed("http://[fe80::1]:81/"), (ReportUrl{false, "fe80::1", 81, "/", ""}));
  EXPECT_EQ(parsed("http://h/a@b:c").host, "h");
}

TEST(ReportUrl, CredentialsBecomeAHeader) {
  EXPECT_EQ(parsed("http://user:p%40ss@h/").authorization, "Basic dXNlcjpwQHNz");
}

TEST(ReportUrl, HostHeaderNamesThePortUnlessItIsTheSchemesOwn) {
  EXPECT_EQ(parsed("http://h/").host_header(), "h");
  EXPECT_EQ(parsed("http://h:8080/").host_header(), "h:8080");
  EXPECT_EQ(parsed("https://h:443/").host_header(), "h");
  EXPECT_EQ(parsed("https://h:80/").host_header(), "h:80");
  EXPECT_EQ(parsed("http://[::1]:81/").host_header(), "[::1]:81");
}

TEST(ReportUrl, ErrorsSayWhatWasExpected) {
  EXPECT_THAT(error_of(""), HasSubstr("expected http:// or https://"));
  EXPECT_THAT(error_of("ftp://h/"), HasSubstr("found \"ftp://h/\", expected http:// or https://"));
  EXPECT_THAT(error_of("http://"), HasSubstr("expected a host"));
  EXPECT_THAT(error_of("http:///path"), HasSubstr("expected a host"));
  EXPECT_THAT(error_of("http://h:0/"), HasSubstr("expected a port"));
  EXPECT_THAT(error_of("http://h:65536/"), HasSubstr("expected a port"));
  EXPECT_THAT(error_of("http://h:8x/"), HasSubstr("expected a port"));
  EXPECT_THAT(error_of("http://[::1"), HasSubstr("expected an IPv6 address"));
  EXPECT_THAT(error_of("http://[::1]x/"), HasSubstr("expected a port"));
  EXPECT_THAT(error_of("http://[h]/"), HasSubstr("expected an IPv6 address"));
  EXPECT_THAT(error_of("http://h/" + std::string(5000, 'x')), HasSubstr("at most 4096"));
}

TEST(ReportUrl, NothingThatCouldEndTheRequestLineGetsThrough) {
  for (const auto* text :
       {"http://h/a b", "http://h/\r\nX: y", "http://h/\t", "http://h/上报", " http://h/"}) {
    EXPECT_THAT(error_of(text), HasSubstr("expected them percent-encoded")) << text;
  }
}

TEST(ReportUrl, ErrorsHoldNoPassword) {
  EXPECT_THAT(error_of("http://user:hunter2@h:x/"), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace stream
