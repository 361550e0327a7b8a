#include "stream/manifest/stream_graph.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "stream/common/assert.hpp"

namespace stream::manifest {
namespace {

using nlohmann::json;

// Element ids are C++ ints in the stream process.
constexpr std::int64_t kMaxId = std::numeric_limits<std::int32_t>::max();

std::int64_t read_id(const JsonReader& reader) {
  return reader.integer(0, kMaxId);
}

bool read_flag(const JsonReader& port, std::string_view name) {
  const JsonReader flag = port[name];
  return !flag.is_missing() && flag.boolean();
}

GraphElement read_element(const JsonReader& reader) {
  GraphElement element;
  element.id = read_id(reader["element_id"]);
  element.config = reader["element_config"].string();
  if (const JsonReader inner = reader["inner_elements_id"]; !inner.is_missing()) {
    for (std::size_t i = 0, count = inner.size(); i < count; ++i)
      element.inner_ids.push_back(read_id(inner[i]));
  }
  const JsonReader ports = reader["ports"];
  if (ports.is_missing()) return element;
  if (const JsonReader input = ports["input"]; !input.is_missing()) {
    for (std::size_t i = 0, count = input.size(); i < count; ++i) {
      element.is_source = read_flag(input[i], "is_src") || element.is_source;
    }
  }
  if (const JsonReader output = ports["output"]; !output.is_missing()) {
    for (std::size_t i = 0, count = output.size(); i < count; ++i) {
      if (read_flag(output[i], "is_sink")) element.sink_ports.push_back(read_id(output[i]["port_id"]));
    }
  }
  return element;
}

using Neighbours = std::map<std::int64_t, std::vector<std::int64_t>>;

std::set<std::int64_t> reachable(const Neighbours& neighbours, std::vector<std::int64_t> open) {
  std::set<std::int64_t> seen(open.begin(), open.end());
  while (!open.empty()) {
    const std::int64_t id = open.back();
    open.pop_back();
    const auto next = neighbours.find(id);
    if (next == neighbours.end()) continue;
    for (const std::int64_t neighbour : next->second) {
      if (seen.insert(neighbour).second) open.push_back(neighbour);
    }
  }
  return seen;
}

// Takes away elements nothing flows into until none is left (Kahn); what stays is on a cycle or behind one.
bool has_cycle(const StreamGraph& graph, const Neighbours& forward) {
  std::map<std::int64_t, std::size_t> inputs;
  for (const GraphElement& element : graph.elements) inputs[element.id] = 0;
  for (const GraphConnection& connection : graph.connections) ++inputs[connection.target_id];
  std::vector<std::int64_t> open;
  for (const auto& [id, count] : inputs) {
    if (count == 0) open.push_back(id);
  }
  std::size_t taken = 0;
  while (!open.empty()) {
    const auto next = forward.find(open.back());
    open.pop_back();
    ++taken;
    if (next == forward.end()) continue;
    for (const std::int64_t id : next->second) {
      if (--inputs[id] == 0) open.push_back(id);
    }
  }
  return taken != graph.elements.size();
}

Status check_ids(const StreamGraph& graph) {
  std::set<std::int64_t> ids;
  for (const GraphElement& element : graph.elements) {
    std::vector<std::int64_t> own = element.inner_ids;
    own.push_back(element.id);
    for (const std::int64_t id : own) {
      if (!ids.insert(id).second) {
        return fail(ErrorCode::kInvalid, "/elements: found the id {} twice, expected unique ids", id);
      }
    }
  }
  return {};
}

json connection(std::int64_t source, std::int64_t source_port, std::int64_t target,
                std::int64_t target_port) {
  return {{"src_element_id", source},
          {"src_port", source_port},
          {"dst_element_id", target},
          {"dst_port", target_port}};
}

}  // namespace

StreamGraph read_graph(const JsonReader& reader) {
  StreamGraph graph;
  const JsonReader elements = reader["elements"];
  for (std::size_t i = 0, count = elements.size(); i < count; ++i) {
    graph.elements.push_back(read_element(elements[i]));
  }
  // A graph of one element has no connections.
  if (const JsonReader connections = reader["connections"]; !connections.is_absent()) {
    for (std::size_t i = 0, count = connections.size(); i < count; ++i) {
      const JsonReader connection = connections[i];
      graph.connections.push_back({read_id(connection["src_element_id"]), read_id(connection["src_port"]),
                                   read_id(connection["dst_element_id"]), read_id(connection["dst_port"])});
    }
  }
  return graph;
}

Status check_graph(const StreamGraph& graph) {
  if (auto unique = check_ids(graph); !unique) return unique;
  std::vector<std::int64_t> sources;
  std::set<std::int64_t> ids;
  std::size_t sinks = 0;
  for (const GraphElement& element : graph.elements) {
    ids.insert(element.id);
    if (element.is_source) sources.push_back(element.id);
    sinks += element.sink_ports.size();
  }
  if (sources.empty()) return fail(ErrorCode::kInvalid, "/elements: found no source (is_src), expected one");
  if (sinks != 1)
    return fail(ErrorCode::kInvalid, "/elements: found {} sinks (is_sink), expected one", sinks);

  Neighbours forward, both_ways;
  for (const GraphConnection& connection : graph.connections) {
    for (const std::int64_t id : {connection.source_id, connection.target_id}) {
      if (!ids.contains(id)) {
        return fail(ErrorCode::kInvalid, "/connections: found the element {}, expected one of /elements", id);
      }
    }
    forward[connection.source_id].push_back(connection.target_id);
    both_ways[connection.source_id].push_back(connection.target_id);
    both_ways[connection.target_id].push_back(connection.source_id);
  }
  const std::set<std::int64_t> connected = reachable(both_ways, {sources.front()});
  for (const std::int64_t id : ids) {
    if (!connected.contains(id)) {
      return fail(ErrorCode::kInvalid,
                  "/connections: found none for element {}, expected all to be connected", id);
    }
  }
  if (has_cycle(graph, forward))
    return fail(ErrorCode::kInvalid, "/connections: found a cycle, expected none");
  return {};
}

std::int64_t unused_element_id(const std::vector<StreamGraph>& graphs) {
  std::set<std::int64_t> used;
  for (const StreamGraph& graph : graphs) {
    for (const GraphElement& element : graph.elements) {
      used.insert(element.id);
      used.insert(element.inner_ids.begin(), element.inner_ids.end());
    }
  }
  std::int64_t id = used.empty() ? 1 : *used.rbegin() + 1;
  if (id > kMaxId) {
    for (id = 1; used.contains(id);) ++id;
  }
  return id;
}

void append_sink(json& document, const StreamGraph& graph, std::int64_t id, const std::string& config) {
  const auto last = std::find_if(graph.elements.begin(), graph.elements.end(),
                                 [](const GraphElement& element) { return !element.sink_ports.empty(); });
  STREAM_ASSERT(last != graph.elements.end(), "a graph without a sink got past check_graph()");
  const auto index = static_cast<std::size_t>(last - graph.elements.begin());

  json& element = document["elements"][index];
  json& output = element["ports"]["output"];
  output.erase(std::remove_if(output.begin(), output.end(),
                              [](const json& port) { return port.value("is_sink", false); }),
               output.end());
  if (output.empty()) element["ports"].erase("output");
  if (element["ports"].empty()) element.erase("ports");

  const json sink_port = {{"port_id", 0}, {"is_sink", true}, {"is_src", false}};
  document["elements"].push_back(
      {{"element_id", id}, {"element_config", config}, {"ports", {{"output", json::array({sink_port})}}}});
  document["connections"].push_back(connection(last->id, last->sink_ports.front(), id, 0));
}

void insert_behind(json& document, const StreamGraph& graph, std::int64_t behind, std::int64_t id,
                   const std::string& config) {
  const auto element = std::find_if(graph.elements.begin(), graph.elements.end(),
                                    [&](const GraphElement& one) { return one.id == behind; });
  STREAM_ASSERT(element != graph.elements.end(), "no element {}", behind);
  if (!element->sink_ports.empty()) {
    append_sink(document, graph, id, config);
    return;
  }
  for (json& present : document["connections"]) {
    if (present["src_element_id"] == behind) present["src_element_id"] = id;
  }
  document["elements"].push_back({{"element_id", id}, {"element_config", config}});
  document["connections"].push_back(connection(behind, 0, id, 0));
}

void insert_before(json& document, std::int64_t before, std::int64_t id, const std::string& config) {
  for (json& present : document["connections"]) {
    if (present["dst_element_id"] == before) present["dst_element_id"] = id;
  }
  document["elements"].push_back({{"element_id", id}, {"element_config", config}});
  document["connections"].push_back(connection(id, 0, before, 0));
}

void bypass(json& document, std::int64_t id) {
  json in = json::array(), out = json::array(), rest = json::array();
  for (const json& present : document["connections"]) {
    (present["dst_element_id"] == id ? in : present["src_element_id"] == id ? out : rest).push_back(present);
  }
  for (const json& before : in) {
    for (const json& behind : out) {
      rest.push_back(connection(before["src_element_id"], before["src_port"], behind["dst_element_id"],
                                behind["dst_port"]));
    }
  }
  document["connections"] = std::move(rest);
  json& elements = document["elements"];
  elements.erase(std::remove_if(elements.begin(), elements.end(),
                                [&](const json& element) { return element["element_id"] == id; }),
                 elements.end());
}

}  // namespace stream::manifest
