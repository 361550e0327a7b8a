#include "stream/manifest/event.hpp"

#include <gtest/gtest.h>

namespace stream::manifest {
namespace {

using nlohmann::json;

const LabelTables kTables = {{"kinds", {{"0", "bare"}, {"true", "yes"}}}};

// What an entry says of a value; "nothing" when it says nothing.
json said(json entry, const json& value) {
  entry["name"] = "n";
  entry["from"] = "/class";
  std::optional<Error> error;
  const json document = {{"extend", {entry}}};
  const Event event = read_event(JsonReader(document, error), ObjectList::kDetections, kTables);
  EXPECT_FALSE(error) << (error ? error->message : "");
  const auto made = extend_value(event.extend.at(0), value, kTables);
  return made ? *made : json("nothing");
}

TEST(ExtendValue, IsWhatStandsThereUnlessFormatted) {
  EXPECT_EQ(said(json::object(), 7), 7);
  EXPECT_EQ(said(json::object(), {{"x", 1}}), (json{{"x", 1}}));
  EXPECT_EQ(said({{"format", "text"}}, 7), "7");
  EXPECT_EQ(said({{"format", "text"}}, "a"), "a");
}

TEST(ExtendValue, NumbersAreRounded) {
  EXPECT_EQ(said({{"format", "number"}, {"digits", 4}}, 0.9022226).dump(), "0.9022");
  EXPECT_EQ(said({{"format", "number"}}, 2.6).dump(), "3");
  EXPECT_EQ(said({{"format", "number"}}, 1e300), 1e300);
  EXPECT_EQ(said({{"format", "percent"}, {"digits", 1}}, 0.6254), "62.5%");
  EXPECT_EQ(said({{"format", "number"}}, "a"), "nothing");
}

TEST(ExtendValue, TimesAreIsoInUtc) {
  EXPECT_EQ(said({{"format", "time"}}, 1702547203099557), "2023-12-14T09:46:43.099Z");
  EXPECT_EQ(said({{"format", "time"}}, -1), "nothing");
  EXPECT_EQ(said({{"format", "time"}}, 1.5), "nothing");
}

TEST(ExtendValue, TablesAreLookedUpByText) {
  EXPECT_EQ(said({{"table", "kinds"}}, 0), "bare");
  EXPECT_EQ(said({{"table", "kinds"}}, true), "yes");
  EXPECT_EQ(said({{"table", "kinds"}}, 5), "nothing");
  EXPECT_EQ(said({{"table", "kinds"}, {"default", "other"}}, 5), "other");
}

TEST(ExtendValue, UnknownValueIsLeftOutUnlessThereIsADefault) {
  EXPECT_EQ(said(json::object(), nullptr), "nothing");
  EXPECT_EQ(said({{"default", 0}}, nullptr), 0);
}

}  // namespace
}  // namespace stream::manifest
