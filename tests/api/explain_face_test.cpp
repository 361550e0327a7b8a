// GET /api/v1/tasks/<id>/explain of a whole api-node, with a logic-node that only answers this.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "fake_logic.hpp"
#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"

namespace stream::api::test {
namespace {

using nlohmann::json;
using stream::test::http_request;
using ::testing::HasSubstr;

class ExplainFaceTest : public NodeFixture {
 protected:
  void SetUp() override {
    start_ingest();
    start_node();
  }
  void create(const std::string& id, const std::vector<int>& types = {3}) {
    ASSERT_EQ(post("create", definition(id, (data_.path() / "lives").string(), types))["Code"], 0);
  }
  struct Explained {
    int status;
    json body;
  };
  Explained explain(const std::string& path) {
    const auto answer = http_request(port(), "GET", "/api/v1/tasks/" + path);
    return {answer.status, json::parse(answer.body, nullptr, false)};
  }
  // Until the api-node knows the logic-node.
  bool wait_for_status(const std::string& path, int status) {
    return eventually([&] { return explain(path).status == status; });
  }
};

TEST_F(ExplainFaceTest, AsksTheOwnerOfEachAlgorithmAndAddsTheStreamProcess) {
  create("cam 1/x", {3, 4});
  FakeLogic one(*bus_, "logic-1"), two(*bus_, "logic-2");
  one.own("cam 1/x", 0);
  two.own("cam 1/x", 1);
  ASSERT_TRUE(wait_for_status("cam%201%2Fx/explain", 200));
  ASSERT_TRUE(
      eventually([&] { return !two.asked().empty() || explain("cam%201%2Fx/explain").status != 200; }));
  const auto [status, body] = explain("cam%201%2Fx/explain?last=2m");
  ASSERT_EQ(status, 200) << body;
  EXPECT_EQ(body["task"], "cam 1/x");
  EXPECT_EQ(body["last_ms"], 120000);
  ASSERT_EQ(body["algorithms"].size(), 2U);
  EXPECT_EQ(body["algorithms"][0]["node"], "logic-1");
  EXPECT_EQ(body["algorithms"][1]["node"], "logic-2");
  EXPECT_EQ(body["algorithms"][1]["type"], 4);
  EXPECT_EQ(body["algorithms"][0]["frames"]["count"], 7);
  EXPECT_EQ(one.asked().back(), "/explain/cam%201%2Fx/0?last_ms=120000");
  EXPECT_EQ(two.asked().back(), "/explain/cam%201%2Fx/1?last_ms=120000");
  EXPECT_TRUE(eventually([&] {
    return explain("cam%201%2Fx/explain").body["algorithms"][0]["process"]["state"] ==
           query("cam 1/x")["Result"]["Algorithms"][0]["State"];
  }));
}

TEST_F(ExplainFaceTest, UsuallyLooksBackThirtySeconds) {
  create("cam1");
  FakeLogic logic(*bus_, "logic-1");
  logic.own("cam1", 0);
  ASSERT_TRUE(wait_for_status("cam1/explain", 200));
  EXPECT_EQ(logic.asked().back(), "/explain/cam1/0?last_ms=30000");
}

TEST_F(ExplainFaceTest, WhatIsWrongWithTheRequestIsSaid) {
  create("cam1");
  EXPECT_EQ(explain("cam2/explain").status, 404);
  EXPECT_EQ(explain("cam2/explain").body["detail"], "found no task \"cam2\"");
  EXPECT_EQ(explain("cam1/other").status, 404);
  EXPECT_EQ(explain("cam%2/explain").status, 400);
  for (const char* last : {"30", "0s", "11m", "x", "-1s", "500ms"}) {
    const auto refused = explain(std::string("cam1/explain?last=") + last);
    EXPECT_EQ(refused.status, 400) << last;
    EXPECT_EQ(refused.body["detail"], "last: found \"" + std::string(last) +
                                          "\", expected 1s to 10m, a whole number of ms, s, m or h");
  }
  EXPECT_EQ(http_request(port(), "POST", "/api/v1/tasks/cam1/explain").status, 405);
}

TEST_F(ExplainFaceTest, WhenNobodyHasTheTaskThatIsSaid) {
  create("cam1");
  const auto [status, body] = explain("cam1/explain");
  EXPECT_EQ(status, 503);
  EXPECT_THAT(body["detail"], HasSubstr("no logic-node works on it"));
}

TEST_F(ExplainFaceTest, AnOwnerThatIsGoneIsNamed) {
  create("cam1");
  {
    FakeLogic logic(*bus_, "logic-1");
    logic.own("cam1", 0);
    ASSERT_TRUE(wait_for_status("cam1/explain", 200));
  }
  ASSERT_TRUE(wait_for_status("cam1/explain", 503));
  EXPECT_THAT(explain("cam1/explain").body["detail"], HasSubstr("logic-node logic-1, which had it, is gone"));
}

TEST_F(ExplainFaceTest, AnOwnerThatCannotBeReachedIsNamed) {
  create("cam1");
  FakeLogic logic(*bus_, "logic-1");
  logic.own("cam1", 0);
  ASSERT_TRUE(wait_for_status("cam1/explain", 200));
  logic.stop_serving();
  const auto [status, body] = explain("cam1/explain");
  EXPECT_EQ(status, 503);
  EXPECT_THAT(body["detail"], HasSubstr("logic-node logic-1 cannot be reached"));
}

TEST_F(ExplainFaceTest, OneAlgorithmThatCannotBeExplainedDoesNotHideTheOthers) {
  create("cam1", {3, 4});
  FakeLogic logic(*bus_, "logic-1");
  logic.own("cam1", 0);
  ASSERT_TRUE(wait_for_status("cam1/explain", 200));
  const auto explained = explain("cam1/explain").body["algorithms"];
  EXPECT_EQ(explained[0]["frames"]["count"], 7);
  EXPECT_THAT(explained[1]["error"], HasSubstr("no logic-node works on it"));
  EXPECT_TRUE(explained[1].contains("process"));
}

TEST_F(ExplainFaceTest, ARefusalOfTheOwnerIsPassedOn) {
  create("cam1");
  FakeLogic logic(*bus_, "logic-1");
  logic.own("cam1", 0);
  ASSERT_TRUE(wait_for_status("cam1/explain", 200));
  logic.will_answer(503, R"({"detail":"busy with other explanations, try again"})");
  EXPECT_EQ(explain("cam1/explain").status, 503);
  EXPECT_THAT(explain("cam1/explain").body["detail"], HasSubstr("status 503: busy with other explanations"));
  logic.will_answer(200, "[]");
  EXPECT_EQ(explain("cam1/explain").status, 503);
}

}  // namespace
}  // namespace stream::api::test
