#include "stream/manifest/mapping.hpp"

#include <gtest/gtest.h>

namespace stream::manifest {
namespace {

using nlohmann::json;

class Mapping : public ::testing::Test {
 protected:
  Algorithm algorithm(const json& mapping, const json& rules = json::object()) {
    const json document = {{"name", "helmet"},
                           {"title", "helmets"},
                           {"types", {3}},
                           {"stream", {{"sample", "helmet"}}},
                           {"files", {{"detector", {{"elements", {"yolo*"}}}}}},
                           {"mapping", mapping},
                           {"object", {{"from", "detections"}, {"key", "class"}}},
                           {"rules", rules},
                           {"event", json::object()},
                           {"labels", {"head", "helmet"}}};
    const auto read = read_algorithm("/a/helmet", document);
    EXPECT_TRUE(read) << read.error().message;
    return read ? *read : Algorithm{};
  }

  json request(const json& entry) { return {{"Other", 5}, {"Algorithm", {{{"Type", 1}}, entry}}}; }

  // What one entry makes of `file`, or the error.
  json mapped(json entry, const json& task, json file = json::object()) {
    entry["to"] = "detector";
    if (!entry.contains("at")) entry["at"] = "/v";
    const auto done =
        apply_mapping(algorithm(json::array({entry})), request(task), 1, {{"detector", {{"d.json", &file}}}});
    return done ? file : json(done.error().message);
  }

  json logic(const json& mapping, const json& rules, const json& task) {
    const auto resolved = resolve_logic(algorithm(mapping, rules), request(task), 1);
    return resolved ? (*resolved)["rules"] : json(resolved.error().message);
  }
};

TEST_F(Mapping, ValueOfTheTaskIsWritten) {
  EXPECT_EQ(mapped({{"from", "/Algorithm/X"}}, {{"X", "any"}}), (json{{"v", "any"}}));
  EXPECT_EQ(mapped({{"from", "/Other"}}, {}), (json{{"v", 5}}));
  EXPECT_EQ(mapped({{"from", "/Algorithm/X/*/Y"}}, {{"X", {{{"Y", 1}}, {{"Z", 2}}, {{"Y", 3}}}}}),
            (json{{"v", {1, 3}}}));
}

TEST_F(Mapping, AbsentValueKeepsRemovesOrTakesTheDefault) {
  const json file = {{"v", "sample"}};
  EXPECT_EQ(mapped({{"from", "/Algorithm/X"}}, {{"X", nullptr}}, file), file);
  EXPECT_EQ(mapped({{"from", "/Algorithm/X"}, {"absent", "remove"}}, {}, file), json::object());
  EXPECT_EQ(mapped({{"from", "/Algorithm/X"}, {"default", 7}}, {}, file), (json{{"v", 7}}));
  EXPECT_EQ(mapped({{"from", "/Algorithm/X/*"}, {"convert", "areas"}, {"default", 7}},
                   {{"X", {json::array()}}}, file),
            (json{{"v", 7}}));
}

TEST_F(Mapping, ConstantsAndRemovals) {
  EXPECT_EQ(mapped({{"value", {1, 2}}}, {}), (json{{"v", {1, 2}}}));
  EXPECT_EQ(mapped({{"value", nullptr}}, {}), (json{{"v", nullptr}}));
  EXPECT_EQ(mapped({{"remove", true}}, {}, {{"v", 1}, {"w", 2}}), (json{{"w", 2}}));
}

TEST_F(Mapping, NumbersAreScaledRoundedAndKeptInRange) {
  EXPECT_EQ(mapped({{"from", "/Algorithm/X"}, {"scale", 0.5}}, {{"X", 3}}), (json{{"v", 1.5}}));
  EXPECT_EQ(mapped({{"from", "/Algorithm/X"}, {"scale", 0.5}, {"convert", "round"}}, {{"X", 3}}),
            (json{{"v", 2}}));
  const json ranged = {{"from", "/Algorithm/X"}, {"min", 1}, {"max", 10}};
  EXPECT_EQ(mapped(ranged, {{"X", 0}}).dump(), R"({"v":1})");
  EXPECT_EQ(mapped(ranged, {{"X", 3}}).dump(), R"({"v":3})");
  EXPECT_EQ(mapped(ranged, {{"X", 11}}).dump(), R"({"v":10})");
  EXPECT_EQ(mapped(ranged, {{"X", "three"}}),
            "/Algorithm/1/X: found \"three\", expected a number (/a/helmet/algorithm.json: /mapping/0)");
  json refusing = ranged;
  refusing["outside"] = "refuse";
  EXPECT_EQ(mapped(refusing, {{"X", 11}}),
            "/Algorithm/1/X: found 11, expected a number of at least 1 and at most 10 "
            "(/a/helmet/algorithm.json: /mapping/0)");
}

TEST_F(Mapping, ThresholdRaisesThoseOfSingleClassesAndTakesNoneBack) {
  const json entry = {{"from", "/Algorithm/threshold"}, {"convert", "threshold"}};
  EXPECT_EQ(mapped(entry, {{"threshold", 50}}), (json{{"v", 0.5}}));
  EXPECT_EQ(mapped(entry, {{"threshold", 50}}, {{"v", 0.9}}), (json{{"v", 0.5}}));
  const json by_class = {{"v", {{"person", 0.25}, {"car", 0.75}, {"bus", 1}}}};
  EXPECT_EQ(mapped(entry, {{"threshold", 50}}, by_class),
            (json{{"v", {{"person", 0.5}, {"car", 0.75}, {"bus", 1}}}}));
  EXPECT_EQ(mapped(entry, {}, by_class), by_class);
  json several = entry;
  several["at"] = "/*/v";
  EXPECT_EQ(mapped(several, {{"threshold", 50}}, {{"a", {{"v", 0.1}}}, {"b", by_class}}),
            (json{{"a", {{"v", 0.5}}}, {"b", {{"v", {{"person", 0.5}, {"car", 0.75}, {"bus", 1}}}}}}));
}

TEST_F(Mapping, WhatWasDrawnOnAPictureOfAnotherSizeIsAbsentForFiles) {
  const auto corner = [](int x, int y) { return json{{"X", x}, {"Y", y}}; };
  const json size = {{"width", 640}, {"height", 360}};
  json task = {{"A", json::array({corner(0, 0), corner(640, 0), corner(640, 360)})}};
  const json rect = {{"from", "/Algorithm/A"},
                     {"to", "detector"},
                     {"at", "/roi"},
                     {"convert", "bounding_rect"},
                     {"absent", "remove"}};
  json areas = {{"from", "/Algorithm/A"}, {"to", "logic"}, {"at", "/rules/area/areas"}, {"convert", "areas"}};
  const auto roi = [&](const json& mapping, const json& rules) {
    json file = {{"roi", "of the sample"}};
    const auto done =
        apply_mapping(algorithm(mapping, rules), request(task), 1, {{"detector", {{"d.json", &file}}}});
    return done ? file.value("roi", json()) : json(done.error().message);
  };
  const json whole = {{"left", 0}, {"top", 0}, {"width", 640}, {"height", 360}};
  EXPECT_EQ(roi({rect, areas}, json::object()), whole);
  EXPECT_EQ(roi({rect, areas}, {{"drawn_on", size}}), json());
  json keeps = rect;
  keeps.erase("absent");
  EXPECT_EQ(roi({keeps, areas}, {{"drawn_on", size}}), "of the sample");
  const json mapped = {{"value", size}, {"to", "logic"}, {"at", "/rules/drawn_on"}};
  EXPECT_EQ(roi({rect, mapped}, json::object()), json());
  EXPECT_EQ(logic({rect, areas}, {{"drawn_on", size}}, task)["area"]["areas"].size(), 1U)
      << "they are scaled";

  task["Extend"] = {{"Rules", {{"drawn_on", size}}}};
  EXPECT_EQ(roi({rect, areas}, json::object()), json());
  task["Extend"] = {{"Rules", {{"drawn_on", nullptr}}}};
  EXPECT_EQ(roi({rect, areas}, {{"drawn_on", size}}), whole);
}

TEST_F(Mapping, ConditionsOfTaskAndFileMustAllHold) {
  const auto with = [](const json& conditions) { return json{{"value", 1}, {"when", conditions}}; };
  const json written = {{"v", 1}, {"k", 5}}, file = {{"k", 5}};
  EXPECT_EQ(mapped(with({{{"target", "/k"}, {"exists", true}}}), {}, file), written);
  EXPECT_EQ(mapped(with({{{"target", "/x"}, {"exists", true}}}), {}, file), file);
  EXPECT_EQ(mapped(with({{{"target", "/x"}, {"exists", false}}}), {}, file), written);
  EXPECT_EQ(mapped(with({{{"task", "/Algorithm/M"}, {"equals", "a"}}}), {{"M", "a"}}, file), written);
  EXPECT_EQ(mapped(with({{{"task", "/Algorithm/M"}, {"equals", "a"}}}), {{"M", "b"}}, file), file);
  EXPECT_EQ(mapped(with({{{"target", "/k"}, {"min", 5}, {"max", 5}}}), {}, file), written);
  EXPECT_EQ(mapped(with({{{"target", "/k"}, {"min", 6}}}), {}, file), file);
  EXPECT_EQ(mapped(with({{{"target", "/k"}, {"exists", true}}, {{"target", "/k"}, {"max", 4}}}), {}, file),
            file);
}

TEST_F(Mapping, LaterEntriesWinAndEveryFileOfARoleIsWritten) {
  const Algorithm two = algorithm({{{"value", 1}, {"to", "detector"}, {"at", "/v"}},
                                   {{"value", 2}, {"to", "detector"}, {"at", "/v"}},
                                   {{"value", 3}, {"to", "demo"}, {"at", "/v"}}});
  json first, second;
  ASSERT_TRUE(apply_mapping(two, request({}), 1, {{"detector", {{"a", &first}, {"b", &second}}}}));
  EXPECT_EQ(first, (json{{"v", 2}}));
  EXPECT_EQ(second, first);
}

TEST_F(Mapping, RulesOfTheTaskWinOverMappingAndManifest) {
  const json mapping =
      json::array({{{"from", "/Algorithm/Min"},
                    {"to", "logic"},
                    {"at", "/rules/size/min_px"},
                    {"when", json::array({{{"target", "/rules/size"}, {"exists", true}}})}}});
  const json off = {{"seen", {{"in_frames", 3}}}};
  EXPECT_EQ(logic(mapping, off, {{"Min", 30}}), off);
  EXPECT_EQ(logic(mapping, off, {{"Min", 30}, {"Extend", {{"Rules", {{"size", json::object()}}}}}})["size"],
            (json{{"min_px", 30}}));
  EXPECT_EQ(logic(mapping, off, {{"Min", 30}, {"Extend", {{"Rules", {{"size", {{"min_px", 5}}}}}}}})["size"],
            (json{{"min_px", 5}}));
  EXPECT_EQ(logic(json::array(), off, {{"Extend", {{"Rules", {{"seen", {{"out_frames", 9}}}}}}}})["seen"],
            (json{{"in_frames", 3}, {"out_frames", 9}}));
  const json on = {{"size", {{"min_px", 1}}}};
  EXPECT_EQ(logic(json::array(), on, {{"Extend", {{"Rules", {{"size", nullptr}}}}}}), json::object());
}

TEST_F(Mapping, WrongRulesOfATaskNameTheirPlace) {
  const auto wrong = [&](const json& rules) {
    return logic(json::array(), json::object(), {{"Extend", {{"Rules", rules}}}});
  };
  EXPECT_EQ(wrong(5), "/Algorithm/1/Extend/Rules: found 5, expected an object");
  EXPECT_EQ(wrong({{"seen", {{"in_frames", 0}}}}),
            "/Algorithm/1/Extend/Rules/seen/in_frames: found 0, expected an integer from 1 to 2147483647");
  EXPECT_EQ(wrong({{"aera", json::object()}}).get<std::string>().substr(0, 60),
            "/Algorithm/1/Extend/Rules/aera: found an unknown member, exp");
}

TEST_F(Mapping, LogicThatTheMappingSpoilsIsAnError) {
  const json entry = {{"value", "many"}, {"to", "logic"}, {"at", "/rules/seen/in_frames"}};
  EXPECT_EQ(logic(json::array({entry}), json::object(), {}),
            "/rules/seen/in_frames: found \"many\", expected an integer (by the mapping of "
            "/a/helmet/algorithm.json)");
}

}  // namespace
}  // namespace stream::manifest
