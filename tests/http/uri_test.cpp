#include "stream/http/uri.hpp"

#include <gtest/gtest.h>

namespace stream::http {
namespace {

TEST(Uri, PercentDecodingGivesTheBytesBack) {
  EXPECT_EQ(percent_decoded("cam%201"), "cam 1");
  EXPECT_EQ(percent_decoded("%e6%97%A5"), "\u65e5");
  EXPECT_EQ(percent_decoded(""), "");
  for (const char* broken : {"%", "%2", "%zz", "a%2", "%-1"}) EXPECT_FALSE(percent_decoded(broken)) << broken;
}

TEST(Uri, AnyTextIsOneSegmentOfAPath) {
  EXPECT_EQ(percent_encoded("cam-1_a.b~c"), "cam-1_a.b~c");
  EXPECT_EQ(percent_encoded("a/b?c d%"), "a%2Fb%3Fc%20d%25");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decoded(percent_encoded(all)), all);
}

TEST(Uri, ParametersAreFoundByTheirWholeName) {
  EXPECT_EQ(query_parameter("last=30s&x=1", "last"), "30s");
  EXPECT_EQ(query_parameter("xlast=1&last=2", "last"), "2");
  EXPECT_EQ(query_parameter("last", "last"), "");
  EXPECT_EQ(query_parameter("last=a=b", "last"), "a=b");
  EXPECT_EQ(query_parameter("", "last"), "");
}

}  // namespace
}  // namespace stream::http
