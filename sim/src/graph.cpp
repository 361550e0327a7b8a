#include "graph.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "json_reader.hpp"

namespace stream::sim {

namespace {

struct Element {
  std::string config_path;
  bool is_source = false;
  std::vector<int> next;
};

using Elements = std::map<int, Element>;

// An input port of the graph, through which channels come in.
bool has_source_port(const JsonReader& element) {
  if (!element.has("ports") || !element.at("ports").has("input")) return false;
  const auto ports = element.at("ports").at("input").items();
  return std::any_of(ports.begin(), ports.end(), [](const JsonReader& port) {
    return port.has("is_src") && port.at("is_src").value() == true;
  });
}

Elements read_elements(const JsonReader& graph) {
  Elements elements;
  std::set<int> ids;
  const auto take_id = [&ids](const JsonReader& node) {
    const int id = node.integer();
    if (!ids.insert(id).second) node.expected("an id that no other element or inner element has");
    return id;
  };
  for (const auto& node : graph.at("elements").items()) {
    const int id = take_id(node.at("element_id"));
    elements[id] = {node.at("element_config").text(), has_source_port(node), {}};
    if (node.has("inner_elements_id")) {
      for (const auto& inner : node.at("inner_elements_id").items()) take_id(inner);
    }
  }
  for (const auto& node : graph.at("connections").items()) {
    const auto end = [&](const char* key) {
      const int id = node.at(key).integer();
      if (!elements.contains(id)) node.at(key).expected("the id of an element of this graph");
      return id;
    };
    const int from = end("src_element_id");
    elements[from].next.push_back(end("dst_element_id"));
  }
  return elements;
}

// The ids of the elements that frames pass, the source first.
std::vector<int> reachable(const Elements& elements) {
  std::deque<int> ahead;
  for (const auto& [id, element] : elements) {
    if (element.is_source) ahead.push_back(id);
  }
  std::vector<int> order;
  std::set<int> seen(ahead.begin(), ahead.end());
  while (!ahead.empty()) {
    order.push_back(ahead.front());
    ahead.pop_front();
    for (const int next : elements.at(order.back()).next) {
      if (seen.insert(next).second) ahead.push_back(next);
    }
  }
  return order;
}

PushTarget read_push(const JsonReader& configure) {
  PushTarget push;
  push.ip = configure.at("ip").text();
  push.port = static_cast<std::uint16_t>(configure.at("port").integer(1, 65535));
  push.port_per_channel = !configure.has("path") && configure.has("route");
  push.path = configure.at(push.port_per_channel ? "route" : "path").text();
  if (configure.has("scheme") && configure.at("scheme").text() != "http") {
    configure.at("scheme").expected("http (the stand-in does not speak https)");
  }
  return push;
}

// None when there is no such file: the real one can do without as well.
std::vector<std::string> read_class_names(const std::string& path) {
  std::vector<std::string> names;
  std::ifstream file(path);
  for (std::string name; std::getline(file, name);) {
    if (name.ends_with('\r')) name.pop_back();
    names.push_back(name);
  }
  return names;
}

void read_detector(const JsonReader& configure, Graph& graph) {
  graph.detects = true;
  if (configure.has("class_names_file")) {
    graph.class_names = read_class_names(configure.at("class_names_file").text());
  }
  // Thresholds per class (an object) are for real models; the scores made up here pass them.
  if (configure.has("threshold_conf") && !configure.at("threshold_conf").value().is_object()) {
    graph.threshold_conf = static_cast<float>(configure.at("threshold_conf").number());
  }
  if (configure.has("roi")) {
    const auto roi = configure.at("roi");
    graph.roi = {roi.at("left").integer(), roi.at("top").integer(), roi.at("width").integer(),
                 roi.at("height").integer()};
  }
}

void read_element(const JsonReader& root, Graph& graph) {
  const std::string name = root.at("name").text();
  const auto is_about = [&](std::string_view what) { return name.find(what) != std::string::npos; };
  const auto configure = root.at("configure");
  graph.libraries.push_back(root.at("shared_object").text());
  if (configure.has("model_path")) graph.models.push_back(configure.at("model_path").text());

  if (name.starts_with("yolo") || name.starts_with("ppyolo")) read_detector(configure, graph);
  if (name.starts_with("bytetrack")) graph.tracks = true;
  if (name.starts_with("lprnet")) graph.reads_plates = true;
  if (is_about("pose")) graph.poses = true;
  if (is_about("face")) graph.faces = true;
  if (name == "filter") graph.filter = read_filter(configure);
  if (name == "http_push") graph.push = read_push(configure);
}

Result<Graph> read_graph(const JsonReader& node, const std::optional<Error>& error) {
  Graph graph;
  graph.graph_id = node.at("graph_id").integer();
  const auto elements = read_elements(node);
  if (error) return tl::unexpected(*error);
  const auto path = reachable(elements);
  if (path.empty()) node.at("elements").expected("an element with an input port that is_src");
  for (const int id : path) {
    const auto& config_path = elements.at(id).config_path;
    const auto file = load_json(config_path);
    if (!file) return tl::unexpected(file.error());
    std::optional<Error> element_error;
    read_element(JsonReader(*file, config_path + ": ", element_error), graph);
    if (element_error) return tl::unexpected(*element_error);
  }
  return graph;
}

}  // namespace

Result<std::vector<Graph>> read_graphs(const std::string& engine_config_path) {
  const auto file = load_json(engine_config_path);
  if (!file) return tl::unexpected(file.error());
  std::optional<Error> error;
  const JsonReader root(*file, engine_config_path + ": ", error);
  std::vector<Graph> graphs;
  for (const auto& node : root.items()) {
    auto graph = read_graph(node, error);
    if (!graph) return tl::unexpected(graph.error());
    graphs.push_back(std::move(*graph));
  }
  if (graphs.empty()) root.expected("at least one graph");
  if (error) return tl::unexpected(*error);
  return graphs;
}

std::optional<std::string> missing_of(const std::vector<std::string>& paths) {
  const auto missing = std::find_if(paths.begin(), paths.end(), [](const std::string& path) {
    std::error_code ignored;
    return !std::filesystem::exists(path, ignored);
  });
  return missing == paths.end() ? std::nullopt : std::optional(*missing);
}

}  // namespace stream::sim
