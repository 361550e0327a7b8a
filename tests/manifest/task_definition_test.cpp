#include "stream/manifest/task_definition.hpp"

#include <gtest/gtest.h>

namespace stream::manifest {
namespace {

using nlohmann::json;

json valid_body() {
  return json::parse(R"({
    "TaskID": "one", "InputSrc": {"SrcID": "cam", "StreamSrc": {"Address": "rtsp://u:secret@10.0.0.1/1"}},
    "Algorithm": [{"Type": 3, "TrackInterval": 20, "DetectInterval": 3, "AlarmInterval": 300, "threshold": 50,
                   "TargetSize": {"MinDetect": 30, "MaxDetect": 250},
                   "DetectInfos": [{"TripWire": {"LineStart": {"X": 1, "Y": 2}, "LineEnd": {"X": 3, "Y": 4},
                                                 "DirectStart": {"X": 5, "Y": 6}, "DirectEnd": {"X": 7, "Y": 8}},
                                    "HotArea": [{"X": 0, "Y": 0}, {"X": 768, "Y": 0}, {"X": 768, "Y": -5}]}]}],
    "Reporting": {"ReportUrlList": ["http://127.0.0.1:8089/api/upload"]}})");
}

// The valid body with `value` at `pointer`.
json with(const std::string& pointer, json value) {
  json body = valid_body();
  body[json::json_pointer(pointer)] = std::move(value);
  return body;
}

json without(const std::string& parent, const std::string& key) {
  json body = valid_body();
  body[json::json_pointer(parent)].erase(key);
  return body;
}

std::string failure(const json& body) {
  const auto task = parse_task_definition(body);
  return task ? "accepted" : task.error().message;
}

TEST(TaskDefinition, EveryKnownMemberIsRead) {
  const auto task = parse_task_definition(valid_body());
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(task->task_id, "one");
  EXPECT_EQ(task->src_id, "cam");
  EXPECT_EQ(task->address, "rtsp://u:secret@10.0.0.1/1");
  EXPECT_EQ(task->report_urls, std::vector<std::string>{"http://127.0.0.1:8089/api/upload"});
  ASSERT_EQ(task->algorithms.size(), 1U);
  EXPECT_EQ(task->algorithms[0].type, 3);
  EXPECT_EQ(task->request, valid_body());
}

TEST(TaskDefinition, LabelsOfANodeAreOneOrSeveral) {
  const auto labels = [](const json& value) {
    return parse_task_definition(with("/Extend", {{"NodeLabel", value}}))->node_labels;
  };
  EXPECT_EQ(labels("tpu"), std::vector<std::string>{"tpu"});
  EXPECT_EQ(labels({"tpu", "hall"}), (std::vector<std::string>{"tpu", "hall"}));
  EXPECT_TRUE(labels(nullptr).empty());
  EXPECT_TRUE(parse_task_definition(with("/Extend", "text of somebody else"))->node_labels.empty());
  EXPECT_EQ(failure(with("/Extend", {{"NodeLabel", ""}})),
            "/Extend/NodeLabel: found \"\", expected a label of an api-node");
  EXPECT_EQ(failure(with("/Extend", {{"NodeLabel", {"tpu", 1}}})),
            "/Extend/NodeLabel/1: found 1, expected a string");
}

TEST(TaskDefinition, DeviceTiesATaskUnlessItSaysOtherwise) {
  const auto is_tied = [](const std::string& address, const json& extend) {
    json body = with("/InputSrc/StreamSrc/Address", address);
    body["Extend"] = extend;
    return parse_task_definition(body)->is_tied;
  };
  EXPECT_TRUE(is_tied("/dev/video0", nullptr));
  EXPECT_FALSE(is_tied("rtsp://10.0.0.1/1", nullptr));
  EXPECT_FALSE(is_tied("/videos/street.avi", nullptr));
  EXPECT_TRUE(is_tied("rtsp://10.0.0.1/1", {{"Tied", true}}));
  EXPECT_FALSE(is_tied("/dev/video0", {{"Tied", false}}));
  EXPECT_EQ(failure(with("/Extend", {{"Tied", "yes"}})),
            "/Extend/Tied: found \"yes\", expected true or false");
}

TEST(TaskDefinition, ThresholdIsAFractionOrAPercentage) {
  for (const json& good : {json(0), json(0.5), json(1), json(62.5), json(100), json(nullptr)})
    EXPECT_EQ(failure(with("/Algorithm/0/threshold", good)), "accepted");
  EXPECT_EQ(failure(without("/Algorithm/0", "threshold")), "accepted");
  EXPECT_EQ(failure(with("/Algorithm/0/threshold", 101)),
            "/Algorithm/0/threshold: found 101, expected a number from 0 to 100");
  EXPECT_EQ(failure(with("/Algorithm/0/threshold", "50")),
            "/Algorithm/0/threshold: found \"50\", expected a number");
}

TEST(TaskDefinition, DetectInfosAndHotAreaMayBeAbsentOrEmpty) {
  for (const json& none : {json(nullptr), json::array()}) {
    EXPECT_EQ(failure(with("/Algorithm/0/DetectInfos", none)), "accepted");
    EXPECT_EQ(failure(with("/Algorithm/0/DetectInfos/0/HotArea", none)), "accepted");
  }
  EXPECT_EQ(failure(without("/Algorithm/0", "DetectInfos")), "accepted");
  EXPECT_EQ(failure(with("/Algorithm/0/DetectInfos/0/TripWire", nullptr)), "accepted");
}

TEST(TaskDefinition, DirectionOfAWireHasTwoEndsOrNone) {
  const std::string wire = "/Algorithm/0/DetectInfos/0/TripWire";
  json body = without(wire, "DirectStart");
  EXPECT_EQ(failure(body), wire + "/DirectStart/X: found nothing, expected an integer");
  body[json::json_pointer(wire)].erase("DirectEnd");
  EXPECT_EQ(failure(body), "accepted");
  EXPECT_EQ(failure(with(wire + "/DirectEnd", nullptr)), wire + "/DirectEnd: found null, expected an object");
}

TEST(TaskDefinition, ExtendMayBeAnyJson) {
  for (const json& extend :
       {json(nullptr), json("text"), json(5), json::array({1}), json{{"key", "value"}}}) {
    EXPECT_EQ(failure(with("/Algorithm/0/Extend", extend)), "accepted");
  }
}

TEST(TaskDefinition, ProcessIsOneOfTwo) {
  EXPECT_EQ(parse_task_definition(valid_body())->algorithms[0].process, std::nullopt);
  EXPECT_EQ(
      parse_task_definition(with("/Algorithm/0/Extend", {{"Process", "shared"}}))->algorithms[0].process,
      ProcessUse::kShared);
  EXPECT_EQ(
      parse_task_definition(with("/Algorithm/0/Extend", {{"Process", "per_task"}}))->algorithms[0].process,
      ProcessUse::kPerTask);
  EXPECT_EQ(failure(with("/Algorithm/0/Extend", {{"Process", "mine"}})),
            "/Algorithm/0/Extend/Process: found \"mine\", expected one of per_task, shared");
}

TEST(TaskDefinition, RestartIsOneOfFour) {
  EXPECT_EQ(parse_task_definition(valid_body())->algorithms[0].restart, "on-failure");
  for (const char* policy : {"always", "on-failure", "on-end", "never"}) {
    EXPECT_EQ(
        parse_task_definition(with("/Algorithm/0/Extend", {{"Restart", policy}}))->algorithms[0].restart,
        policy);
  }
  EXPECT_EQ(
      failure(with("/Algorithm/0/Extend", {{"Restart", "maybe"}})),
      "/Algorithm/0/Extend/Restart: found \"maybe\", expected one of on-failure, always, on-end, never");
}

TEST(TaskDefinition, LoopsAreANumber) {
  EXPECT_EQ(parse_task_definition(valid_body())->algorithms[0].loops, std::nullopt);
  EXPECT_EQ(parse_task_definition(with("/Algorithm/0/Extend", {{"LoopNum", 3}}))->algorithms[0].loops, 3U);
  EXPECT_NE(failure(with("/Algorithm/0/Extend", {{"LoopNum", -1}})), "accepted");
}

TEST(TaskDefinition, ReportPolicyIsOneOfThree) {
  EXPECT_EQ(parse_task_definition(with("/Reporting/Policy", nullptr))->report_policy, "round_robin");
  for (const char* policy : {"round_robin", "failover", "all"}) {
    EXPECT_EQ(parse_task_definition(with("/Reporting/Policy", policy))->report_policy, policy);
  }
  EXPECT_EQ(failure(with("/Reporting/Policy", "random")),
            "/Reporting/Policy: found \"random\", expected round_robin, failover or all");
  EXPECT_EQ(failure(with("/Reporting/Policy", 1)), "/Reporting/Policy: found 1, expected a string");
}

TEST(TaskDefinition, ReportUrlListMayBeOneString) {
  const auto task = parse_task_definition(with("/Reporting/ReportUrlList", "https://host/upload"));
  ASSERT_TRUE(task);
  EXPECT_EQ(task->report_urls, std::vector<std::string>{"https://host/upload"});
}

TEST(TaskDefinition, NoReportUrlSaysSo) {
  const std::string expected =
      "/Reporting/ReportUrlList: found no URL, expected at least one URL to report alarms to";
  for (const json& none : {json(nullptr), json::array(), json("")}) {
    EXPECT_EQ(failure(with("/Reporting/ReportUrlList", none)), expected);
  }
  EXPECT_EQ(failure(without("", "Reporting")), expected);
  EXPECT_EQ(failure(with("/Reporting/ReportUrlList/0", "ftp://u:secret@host/")),
            "/Reporting/ReportUrlList/0: found \"ftp://u:***@host/\", expected an http:// or https:// URL "
            "with a host, other characters "
            "percent-encoded (RFC 3986)");
}

TEST(TaskDefinition, MissingAndMistypedMembersNameTheirPath) {
  EXPECT_EQ(failure(with("/Algorithm/0/Type", "x")), "/Algorithm/0/Type: found \"x\", expected an integer");
  EXPECT_EQ(failure(without("/Algorithm/0", "Type")),
            "/Algorithm/0/Type: found nothing, expected an integer");
  EXPECT_EQ(failure(without("", "TaskID")), "/TaskID: found nothing, expected a string");
  EXPECT_EQ(failure(without("", "InputSrc")), "/InputSrc/SrcID: found nothing, expected a string");
  EXPECT_EQ(failure(without("/InputSrc", "StreamSrc")),
            "/InputSrc/StreamSrc/Address: found nothing, expected a string");
  EXPECT_EQ(failure(with("/InputSrc/StreamSrc/Address", "")),
            "/InputSrc/StreamSrc/Address: found \"\", expected an address");
  EXPECT_EQ(failure(with("/InputSrc", 5)), "/InputSrc: found 5, expected an object");
  EXPECT_EQ(failure(without("", "Algorithm")), "/Algorithm: found nothing, expected an array");
  EXPECT_EQ(failure(with("/Algorithm", json::array())),
            "/Algorithm: found an empty array, expected at least one algorithm");
  EXPECT_EQ(failure(with("/Algorithm/0/DetectInfos/0/HotArea/1/Y", 1.5)),
            "/Algorithm/0/DetectInfos/0/HotArea/1/Y: found 1.5, expected an integer");
  EXPECT_EQ(
      failure(with("/Algorithm/0/DetectInterval", 5'000'000'000)),
      "/Algorithm/0/DetectInterval: found 5000000000, expected an integer from -2147483648 to 2147483647");
  EXPECT_EQ(failure(json::array()), "/: found an array, expected an object");
}

TEST(TaskDefinition, TaskIdHasOneToTwoHundredCharactersWithoutNul) {
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "任";
  for (const std::string& id : {std::string("任务1"), std::string("../esc"), std::string("a?b#c"),
                                std::string("x%20y"), std::string("a\\b"), longest}) {
    EXPECT_EQ(failure(with("/TaskID", id)), "accepted") << id;
  }
  EXPECT_EQ(failure(with("/TaskID", "")), "/TaskID: found an empty string, expected 1 to 200 characters");
  EXPECT_EQ(failure(with("/TaskID", longest + "x")),
            "/TaskID: found 201 characters, expected 1 to 200 characters");
  EXPECT_EQ(failure(with("/TaskID", std::string("a\0b", 3))),
            "/TaskID: found a string with a NUL, expected one without");
  EXPECT_EQ(failure(with("/TaskID", 5)), "/TaskID: found 5, expected a string");
}

TEST(TaskDefinition, UnknownMembersAreIgnored) {
  EXPECT_EQ(failure(with("/Comment", "anything")), "accepted");
  EXPECT_EQ(failure(with("/Algorithm/0/Colour", 7)), "accepted");
}

TEST(ParseTaskId, BodyWithoutOneIsAnError) {
  EXPECT_EQ(parse_task_id({{"TaskID", "a"}}).value(), "a");
  EXPECT_EQ(parse_task_id(json::object()).error().message, "/TaskID: found nothing, expected a string");
  EXPECT_EQ(parse_task_id("text").error().message, "/: found \"text\", expected an object");
}

}  // namespace
}  // namespace stream::manifest
