// The graph of elements a stream process runs: one entry of its engine file.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stream/common/json_reader.hpp"
#include "stream/common/result.hpp"

namespace stream::manifest {

struct GraphElement {
  std::int64_t id = 0;
  std::vector<std::int64_t> inner_ids;  // of the elements a grouped one is made of
  std::string config;                   // its configuration file, relative to the run folder
  bool is_source = false;
  std::vector<std::int64_t> sink_ports;  // output ports that end the graph
};

struct GraphConnection {
  std::int64_t source_id = 0, source_port = 0, target_id = 0, target_port = 0;
};

struct StreamGraph {
  std::vector<GraphElement> elements;
  std::vector<GraphConnection> connections;
};

// Complains in the reader's error slot about what is missing or mistyped.
StreamGraph read_graph(const JsonReader& graph);

// What a stream process takes for granted: ids unique (inner ones included), connections between elements
// that exist, a source, exactly one sink, all elements connected, no cycle.
Status check_graph(const StreamGraph& graph);

// The smallest id above all ids in use that no element and no inner element of these graphs has.
std::int64_t unused_element_id(const std::vector<StreamGraph>& graphs);

// Makes a new element the end of the graph: takes the sink mark off the present end and connects the two.
// `document` is what `graph` was read from. REQUIRES: the graph passed check_graph().
void append_sink(nlohmann::json& document, const StreamGraph& graph, std::int64_t id,
                 const std::string& config);

// Puts a new element behind another one: what that one was connected to is now behind the new one. Behind the
// end of the graph it becomes the end. REQUIRES: as above, and `behind` is an element of it.
void insert_behind(nlohmann::json& document, const StreamGraph& graph, std::int64_t behind, std::int64_t id,
                   const std::string& config);

// Puts a new element in front of another one, on all that comes into it. REQUIRES: as above.
void insert_before(nlohmann::json& document, std::int64_t before, std::int64_t id, const std::string& config);

// Takes an element out and connects what came into it with what came behind it. REQUIRES: it is not the end.
void bypass(nlohmann::json& document, std::int64_t id);

}  // namespace stream::manifest
