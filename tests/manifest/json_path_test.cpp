#include "stream/manifest/json_path.hpp"

#include <gtest/gtest.h>

namespace stream::manifest {
namespace {

using nlohmann::json;

JsonPath path(const std::string& text) {
  return JsonPath::parse(text).value();
}

json found(const json& document, const std::string& text) {
  json all = json::object();
  for (const auto& one : path(text).find(document)) all[one.path] = *one.value;
  return all;
}

std::string refusal(json document, const std::string& text) {
  const auto done = path(text).assign(document, 1);
  return done ? "done" : done.error().message;
}

json assigned(json document, const std::string& text) {
  EXPECT_TRUE(path(text).assign(document, 1)) << text;
  return document;
}

json erased(json document, const std::string& text) {
  path(text).erase(document);
  return document;
}

TEST(JsonPath, TextComesBackAsItWas) {
  for (const std::string text : {"", "/a", "/a/*/b", "/a~1b/~0c", "/"}) EXPECT_EQ(path(text).text(), text);
  EXPECT_FALSE(JsonPath::parse("a"));
  EXPECT_FALSE(JsonPath::parse("/a~"));
  EXPECT_FALSE(JsonPath::parse("/a~2"));
}

TEST(JsonPath, FindsWhatIsThereAndNotNull) {
  const json document = {{"a", {{{"b", 1}}, {{"c", 2}}, {{"b", nullptr}}, 5}}, {"d/e", 6}};
  EXPECT_EQ(found(document, "/a/0/b"), (json{{"/a/0/b", 1}}));
  EXPECT_EQ(found(document, "/a/*/b"), (json{{"/a/0/b", 1}}));
  EXPECT_EQ(found(document, "/d~1e"), (json{{"/d~1e", 6}}));
  EXPECT_EQ(found(document, "/a/9"), json::object());
  EXPECT_EQ(found(document, "/a/x"), json::object());
  EXPECT_EQ(found(document, "/d~1e/f"), json::object());
  EXPECT_EQ(found(document, "/*/*/*").size(), 2U);
}

TEST(JsonPath, AssignMakesMissingObjectsButNoElements) {
  EXPECT_EQ(assigned(json::object(), "/a/b"), (json{{"a", {{"b", 1}}}}));
  EXPECT_EQ(assigned({{"a", nullptr}}, "/a/b"), (json{{"a", {{"b", 1}}}}));
  EXPECT_EQ(assigned({{"a", {0, 0}}}, "/a/*"), (json{{"a", {1, 1}}}));
  EXPECT_EQ(assigned({{"a", {0, 0}}}, "/a/1"), (json{{"a", {0, 1}}}));
  EXPECT_EQ(assigned({{"a", {{"x", json::object()}}}}, "/a/*/b"), (json{{"a", {{"x", {{"b", 1}}}}}}));
  EXPECT_EQ(refusal({{"a", {0, 0}}}, "/a/2"), "/a: found an array, expected an element 2");
  EXPECT_EQ(refusal({{"a", 5}}, "/a/b"), "/a: found 5, expected an object");
  EXPECT_EQ(refusal({{"a", json::array()}}, "/a/*/b"),
            "/a: found an empty array, expected at least one element");
  EXPECT_EQ(refusal(json::object(), "/a/*/b"), "/a: found null, expected at least one element");
}

TEST(JsonPath, EraseTakesAwayWhatIsThere) {
  EXPECT_EQ(erased({{"a", {{"b", 1}, {"c", 2}}}}, "/a/b"), (json{{"a", {{"c", 2}}}}));
  EXPECT_EQ(erased({{"a", 1}}, "/x/y"), (json{{"a", 1}}));
  EXPECT_EQ(erased({{"a", {1, 2, 3}}}, "/a/1"), (json{{"a", {1, 3}}}));
  EXPECT_EQ(erased({{"a", {{{"b", 1}}, {{"b", 2}, {"c", 3}}}}}, "/a/*/b"),
            (json{{"a", {json::object(), {{"c", 3}}}}}));
}

}  // namespace
}  // namespace stream::manifest
