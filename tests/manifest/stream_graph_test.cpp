#include "stream/manifest/stream_graph.hpp"

#include <gtest/gtest.h>

#include "sample_tree.hpp"

namespace stream::manifest {
namespace {

using nlohmann::json;

StreamGraph graph_of(const json& document) {
  std::optional<Error> error;
  StreamGraph graph = read_graph(JsonReader(document, error));
  EXPECT_FALSE(error) << (error ? error->message : "");
  return graph;
}

std::string verdict(const json& document) {
  const auto checked = check_graph(graph_of(document));
  return checked ? "sound" : checked.error().message;
}

json chain() {
  return test::chain_graph("s", 0, {{1, "decode"}, {2, "detect", {11, 12}}, {3, "track"}});
}

TEST(CheckGraph, ChainWithGroupedElementIsSound) {
  EXPECT_EQ(verdict(chain()), "sound");
}

TEST(CheckGraph, OneElementAloneIsSound) {
  json document = test::chain_graph("s", 0, {{1, "decode"}});
  document.erase("connections");
  EXPECT_EQ(verdict(document), "sound");
}

TEST(CheckGraph, InnerIdsCountForUniqueness) {
  json document = chain();
  document["elements"][1]["inner_elements_id"] = {3, 4};
  EXPECT_EQ(verdict(document), "/elements: found the id 3 twice, expected unique ids");
}

TEST(CheckGraph, ExactlyOneSinkIsExpected) {
  json document = chain();
  document["elements"][1]["ports"]["output"] = document["elements"][2]["ports"]["output"];
  EXPECT_EQ(verdict(document), "/elements: found 2 sinks (is_sink), expected one");
  document = chain();
  document["elements"][2].erase("ports");
  EXPECT_EQ(verdict(document), "/elements: found 0 sinks (is_sink), expected one");
}

TEST(CheckGraph, SourceIsExpected) {
  json document = chain();
  document["elements"][0].erase("ports");
  EXPECT_EQ(verdict(document), "/elements: found no source (is_src), expected one");
}

TEST(CheckGraph, ConnectionToNowhereIsAnError) {
  json document = chain();
  document["connections"][1]["dst_element_id"] = 9;
  EXPECT_EQ(verdict(document), "/connections: found the element 9, expected one of /elements");
}

TEST(CheckGraph, LooseElementIsAnError) {
  json document = chain();
  document["connections"].erase(1);
  EXPECT_EQ(verdict(document), "/connections: found none for element 3, expected all to be connected");
}

TEST(CheckGraph, CycleIsAnError) {
  json document = chain();
  document["connections"].push_back(
      {{"src_element_id", 3}, {"src_port", 1}, {"dst_element_id", 2}, {"dst_port", 1}});
  EXPECT_EQ(verdict(document), "/connections: found a cycle, expected none");
}

TEST(ReadGraph, MistypedMemberNamesItsPath) {
  json document = chain();
  document["elements"][1]["element_id"] = "two";
  std::optional<Error> error;
  read_graph(JsonReader(document, error));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "/elements/1/element_id: found \"two\", expected an integer");
}

TEST(AppendSink, NewElementTakesTheSinkOver) {
  json document = chain();
  const StreamGraph before = graph_of(document);
  const std::int64_t id = unused_element_id({before});
  EXPECT_EQ(id, 13);  // above the inner ids
  append_sink(document, before, id, "push.json");
  EXPECT_EQ(verdict(document), "sound");
  const StreamGraph after = graph_of(document);
  EXPECT_TRUE(after.elements[2].sink_ports.empty());
  EXPECT_FALSE(document["elements"][2].contains("ports"));
  EXPECT_EQ(after.elements[3].sink_ports, std::vector<std::int64_t>{0});
  EXPECT_EQ(after.connections.back().source_id, 3);
  EXPECT_EQ(after.connections.back().target_id, 13);
}

TEST(AppendSink, OtherPortsOfTheFormerSinkStay) {
  json document = chain();
  document["elements"][2]["ports"]["input"] =
      json::array({{{"port_id", 0}, {"is_sink", false}, {"is_src", false}}});
  document["elements"][2]["ports"]["output"].push_back(
      {{"port_id", 1}, {"is_sink", false}, {"is_src", false}});
  append_sink(document, graph_of(document), 20, "push.json");
  EXPECT_EQ(document["elements"][2]["ports"]["input"].size(), 1U);
  EXPECT_EQ(document["elements"][2]["ports"]["output"].size(), 1U);
  EXPECT_EQ(document["elements"][2]["ports"]["output"][0]["port_id"], 1);
}

TEST(UnusedElementId, LargestIdOfAllLeavesAGap) {
  StreamGraph graph;
  graph.elements = {{1, {}, "a", true, {}}, {2147483647, {2}, "b", false, {0}}};
  EXPECT_EQ(unused_element_id({graph}), 3);
}

}  // namespace
}  // namespace stream::manifest
