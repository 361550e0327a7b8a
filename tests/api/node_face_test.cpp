// GET /api/v1/nodes.
#include <gmock/gmock.h>

#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {
namespace {

using nlohmann::json;

class NodeFaceTest : public NodeFixture {
 protected:
  // By role and name.
  json nodes() {
    const auto answer = stream::test::http_request(port(), "GET", "/api/v1/nodes");
    EXPECT_EQ(answer.status, 200);
    const json body = json::parse(answer.body);
    json by_name = json::object();
    for (const json& node : body["nodes"]) {
      by_name[node["role"].get<std::string>() + "/" + node["node"].get<std::string>()] = node;
    }
    return by_name;
  }
};

TEST_F(NodeFaceTest, TellsAllRolesWithAddressLoadAndVersion) {
  start_ingest();
  ingest_->set_load(12.5);
  start_node();
  ASSERT_TRUE(eventually([&] { return nodes().value("/ingest~1ingest-1/load"_json_pointer, 0.0) == 12.5; }));
  const json ingest = nodes()["ingest/ingest-1"];
  EXPECT_EQ(ingest["state"], "live");
  EXPECT_EQ(ingest["address"], "127.0.0.1:10001");
  EXPECT_EQ(ingest["version"], STREAM_VERSION);
  EXPECT_EQ(ingest["weight"], 1);
  EXPECT_LT(ingest["age_ms"], 1500);
  ASSERT_TRUE(eventually([&] { return nodes()["api/api-1"]["address"] == node_->address(); }));
  const json own = nodes()["api/api-1"];
  EXPECT_EQ(own["admin_address"], node_->admin_address());
  EXPECT_EQ(own["age_ms"], 0);
}

TEST_F(NodeFaceTest, NodeThatFellSilentStaysToBeSeen) {
  NodeRecord killed;
  killed.role = "logic";
  killed.node = "logic-1";
  ASSERT_TRUE(bus_->cas(topics::node_key("logic", "logic-1"), 0, encode(killed)).done());
  start_node();
  EXPECT_TRUE(
      eventually([&] { return nodes().value("/logic~1logic-1/state"_json_pointer, "") == "silent"; }));
  EXPECT_GE(nodes()["logic/logic-1"]["age_ms"], 1500);
  EXPECT_EQ(nodes()["api/api-1"]["state"], "live");
}

}  // namespace
}  // namespace stream::api::test
