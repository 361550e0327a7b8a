#include "stream/common/json_reader.hpp"

#include <gtest/gtest.h>

namespace stream {
namespace {

std::string parse_failure(const std::string& text) {
  const auto result = parse_json(text);
  return result ? "parsed" : result.error().message;
}

TEST(ParseJson, WellFormedTextIsTheSameAsNlohmannReadsIt) {
  const std::string text = R"({"a":[1,-2,3.5,"x\u00e9",null,true,{}],"b":{"c":[]}})";
  EXPECT_EQ(parse_json(text).value(), nlohmann::json::parse(text));
}

TEST(ParseJson, BrokenTextIsAnErrorThatQuotesNothing) {
  EXPECT_EQ(parse_failure(R"({"Address":"rtsp://u:secret@h/x" oops})"),
            "/Address: found no valid JSON at byte 34, expected JSON text");
  EXPECT_NE(parse_failure(""), "parsed");
  EXPECT_NE(parse_failure("{} {}"), "parsed");
}

TEST(ParseJson, BrokenTextIsFoundWhereItIs) {
  EXPECT_EQ(parse_failure("x"), "found no valid JSON at byte 1, expected JSON text");
  EXPECT_EQ(parse_failure("{x"), "found no valid JSON at byte 2, expected JSON text");
  EXPECT_EQ(parse_failure(R"({"a":[{"b":1},[],x]})"),
            "/a/2: found no valid JSON at byte 18, expected JSON text");
  EXPECT_EQ(parse_failure(R"({"a/b":{"c":x}})"),
            "/a~1b/c: found no valid JSON at byte 13, expected JSON text");
  EXPECT_EQ(parse_failure(R"({"a":{"c":1}x})"), "found no valid JSON at byte 13, expected JSON text");
}

TEST(ParseJson, InvalidUtf8IsAnError) {
  EXPECT_NE(parse_failure("{\"a\":\"\xc3\x28\"}"), "parsed");
  EXPECT_NE(parse_failure(R"({"a":"\ud800"})"), "parsed");
}

TEST(ParseJson, TheSameMemberTwiceIsAnError) {
  EXPECT_EQ(parse_failure(R"({"TaskID":"a","TaskID":"b"})"),
            "found the member \"TaskID\" twice in one object, expected it once");
  EXPECT_EQ(parse_failure(R"([{"a":{"b":1,"b":2}}])"),
            "/0/a: found the member \"b\" twice in one object, expected it once");
}

TEST(ParseJson, NumberThatNoDoubleHoldsIsAnError) {
  EXPECT_NE(parse_failure("[1e999]").find("too large"), std::string::npos);
}

TEST(ParseJson, DeepNestingIsAnErrorWhateverItsDepth) {
  EXPECT_EQ(parse_failure(std::string(64, '[') + std::string(64, ']')), "parsed");
  EXPECT_EQ(parse_failure(std::string(65, '[') + std::string(65, ']')),
            "found more than 64 levels, expected fewer");
  EXPECT_NE(parse_failure(std::string(1'000'000, '[')), "parsed");
}

class Reading : public ::testing::Test {
 protected:
  JsonReader root(const std::string& text) {
    document_ = nlohmann::json::parse(text);
    return {document_, error_};
  }
  std::string error() const { return error_ ? error_->message : ""; }

 private:
  nlohmann::json document_;
  std::optional<Error> error_;
};

TEST_F(Reading, FirstErrorStays) {
  const JsonReader reader = root(R"({"a":"x","b":null})");
  reader["a"].integer(0, 10);
  reader["b"].string();
  EXPECT_EQ(error(), "/a: found \"x\", expected an integer");
}

TEST_F(Reading, MissingMemberIsFoundAsNothing) {
  root("{}")["a"]["b"].string();
  EXPECT_EQ(error(), "/a/b: found nothing, expected a string");
}

TEST_F(Reading, MemberOfSomethingElseIsNamedAtItsParent) {
  root(R"({"a":[1]})")["a"]["b"].string();
  EXPECT_EQ(error(), "/a: found an array, expected an object");
}

TEST_F(Reading, IntegerOutOfRangeNamesTheRange) {
  root(R"([18446744073709551615])")[std::size_t{0}].integer(0, 10);
  EXPECT_EQ(error(), "/0: found 18446744073709551615, expected an integer from 0 to 10");
}

TEST_F(Reading, FloatIsNoInteger) {
  root(R"({"a":3.0})")["a"].integer(0, 10);
  EXPECT_EQ(error(), "/a: found 3.0, expected an integer");
}

TEST_F(Reading, KeysAreEscapedInPaths) {
  root(R"({"a/b~c":1})")["a/b~c"].string();
  EXPECT_EQ(error(), "/a~1b~0c: found 1, expected a string");
}

TEST_F(Reading, PasswordsAreMaskedInWhatWasFound) {
  root(R"({"a":"rtsp://user:secret@camera/1"})")["a"].integer(0, 1);
  EXPECT_EQ(error().find("secret"), std::string::npos);
  EXPECT_NE(error().find("user:***@camera"), std::string::npos);
}

TEST_F(Reading, UnknownMemberNamesTheKnownOnes) {
  root(R"({"name":1,"tpye":2})").expect_only({"name", "type"});
  EXPECT_EQ(error(), "/tpye: found an unknown member, expected one of name, type (did you mean \"type\"?)");
}

TEST_F(Reading, ChoiceIsTheIndexOfTheName) {
  EXPECT_EQ(root(R"({"a":"two"})")["a"].choice({"one", "two"}), 1U);
  EXPECT_EQ(error(), "");
  root(R"({"a":"tow"})")["a"].choice({"one", "two"});
  EXPECT_EQ(error(), "/a: found \"tow\", expected one of one, two (did you mean \"two\"?)");
}

TEST_F(Reading, PartOfADocumentKeepsItsPath) {
  const nlohmann::json part = {{"b", 5}};
  std::optional<Error> wrong;
  JsonReader(part, "/a", wrong)["b"].string();
  EXPECT_EQ(wrong->message, "/a/b: found 5, expected a string");
}

TEST(LikelyName, IsTheNearestOneIfItIsNear) {
  EXPECT_EQ(likely_name("detection", {"tracks", "detections"}), "did you mean \"detections\"?");
  EXPECT_EQ(likely_name("colour", {"tracks", "detections"}), "");
  EXPECT_EQ(likely_name(std::string(1000, 'x'), {"x"}), "");
}

TEST(DescribeJson, LongTextIsCutBetweenCharacters) {
  const std::string shown = describe_json(std::string(100, 'a') + "é");
  EXPECT_EQ(shown, '"' + std::string(60, 'a') + "...\"");
  EXPECT_EQ(describe_json("x" +
                          [] {
                            std::string text;
                            for (int i = 0; i < 50; ++i) text += "é";
                            return text;
                          }())
                .find("\xef\xbf\xbd"),
            std::string::npos);
}

}  // namespace
}  // namespace stream
