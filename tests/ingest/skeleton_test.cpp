#include "skeleton.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bodies.hpp"

namespace stream::ingest {
namespace {

using nlohmann::json;

TEST(Skeleton, SaysTheSameButForThePictures) {
  Skeleton skeleton;
  for (const auto& [name, body] : legal_bodies()) {
    skeleton.take(body);
    json whole = json::parse(body);
    json cut = json::parse(skeleton.json());
    const auto restore = [&](json& node, const auto& self) -> void {
      if (node.is_object() && node.contains("mSpData")) {
        node["mSpData"] = skeleton.picture(node["mSpData"].get_ref<const std::string&>());
      }
      for (auto& child : node) {
        if (child.is_structured()) self(child, self);
      }
    };
    restore(cut, restore);
    EXPECT_EQ(cut, whole) << name;
  }
}

TEST(Skeleton, IsSmallHoweverLargeThePicture) {
  Skeleton skeleton;
  const std::string picture(400'000, 'A');
  const std::string body = R"({"mFrame":{"mSpData":")" + picture + R"("}})";
  skeleton.take(body);
  EXPECT_EQ(skeleton.json(), R"({"mFrame":{"mSpData":"#0"}})");
  EXPECT_EQ(skeleton.picture("#0"), picture);
}

TEST(Skeleton, LeavesAloneWhatIsNoPlainText) {
  Skeleton skeleton;
  for (const std::string body :
       {R"({"mSpData":"a\"b"})", R"({"mSpData":"ü"})", "{\"mSpData\":\"a\nb\"}", R"({"mSpData":"never ends)",
        R"({"mSpData": "spaced"})", R"({"mSpData":7})", ""}) {
    skeleton.take(body);
    EXPECT_EQ(skeleton.json(), body);
  }
}

TEST(Skeleton, MarkerInsideATextCutsOnlyWhatIsATextToo) {
  // The first quote of the marker belongs to a key: {"a\"mSpData": "x"}.
  Skeleton skeleton;
  skeleton.take(R"({"a\"mSpData":"x","b":"\"mSpData\":\"y"})");
  EXPECT_EQ(skeleton.json(), R"({"a\"mSpData":"#0","b":"\"mSpData\":\"y"})");
}

TEST(Skeleton, UnknownNumbersAreTextsOfTheBody) {
  Skeleton skeleton;
  skeleton.take(R"({"mSpData":"x"})");
  EXPECT_EQ(skeleton.picture("#0"), "x");
  for (const char* text : {"#1", "#", "#x", "#0x", "#-1", "0", "", "#99999999999999999999"}) {
    EXPECT_EQ(skeleton.picture(text), text);
  }
}

TEST(PlainText, EndsAtTheFirstByteThatIsNone) {
  const std::string plain(300, '~');
  EXPECT_EQ(plain_text_length(plain), 300U);
  for (const char end : {'"', '\\', '\0', '\x1f', '\x80', '\xff'}) {
    for (std::size_t at = 0; at < plain.size(); ++at) {
      std::string text = plain;
      text[at] = end;
      ASSERT_EQ(plain_text_length(text), at);
    }
  }
}

}  // namespace
}  // namespace stream::ingest
