#include "installation.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "json_reader.hpp"

namespace stream::sim {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ElementSample {
  std::string name;     // of the element; its file is <name>.json
  std::string library;  // lib<library>.so
  Json configure = Json::object();
};

struct Link {
  int from, from_port, to, to_port;  // elements by their place in the list
};

// One folder below samples/. The first element takes the channels in, the last one is the sink.
struct AlgorithmSample {
  std::string name;
  std::vector<ElementSample> elements;
  std::vector<Link> links;
  std::vector<std::string> class_names;
};

// Of models and shared objects: nothing reads them, but a file of no bytes would look broken.
constexpr const char* kStandIn = "stands in for a file of sophon-stream\n";
constexpr int kFirstElementId = 5000, kFirstInnerId = 10001;

std::string names_path(const std::string& algorithm) {
  return "../" + algorithm + "/data/class.names";
}

ElementSample read_element(const JsonReader& node) {
  ElementSample element{node.at("name").text(), node.at("library").text(), Json::object()};
  if (node.has("configure")) element.configure = Json::parse(node.at("configure").value().dump());
  return element;
}

std::vector<Link> read_links(const JsonReader& root, int elements) {
  std::vector<Link> links;
  if (!root.has("links")) {
    for (int i = 1; i < elements; ++i) links.push_back({i - 1, 0, i, 0});
    return links;
  }
  for (const JsonReader& node : root.at("links").items()) {
    constexpr int kMostPorts = 100;
    const auto ends = node.items();
    if (ends.size() != 4) {
      node.expected("element, port, element, port");
      break;
    }
    links.push_back({ends[0].integer(0, elements - 1), ends[1].integer(0, kMostPorts),
                     ends[2].integer(0, elements - 1), ends[3].integer(0, kMostPorts)});
  }
  return links;
}

Result<AlgorithmSample> read_sample(const fs::path& file) {
  const auto document = load_json(file);
  if (!document) return tl::unexpected(document.error());
  std::optional<Error> error;
  const JsonReader root(*document, file.string() + ": ", error);
  AlgorithmSample sample{root.at("name").text(), {}, {}, {}};
  for (const JsonReader& node : root.at("elements").items()) sample.elements.push_back(read_element(node));
  if (sample.elements.empty()) root.at("elements").expected("at least one element");
  sample.links = read_links(root, static_cast<int>(sample.elements.size()));
  for (const JsonReader& name : root.at("class_names").items()) sample.class_names.push_back(name.text());
  if (error) return tl::unexpected(*error);
  return sample;
}

Status write_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(ErrorCode::kUnavailable, "{}: cannot be written", path.string());
  return {};
}

Json port(bool is_sink) {
  return Json::array({{{"port_id", 0}, {"is_sink", is_sink}, {"is_src", !is_sink}}});
}

Json engine_of(const AlgorithmSample& sample) {
  Json elements = Json::array(), connections = Json::array();
  int inner_id = kFirstInnerId;
  for (std::size_t i = 0; i < sample.elements.size(); ++i) {
    const auto& name = sample.elements[i].name;
    Json element = {{"element_id", kFirstElementId + static_cast<int>(i)},
                    {"element_config", "../" + sample.name + "/config/" + name + ".json"}};
    if (name.ends_with("_group")) {
      element["inner_elements_id"] = {inner_id, inner_id + 1, inner_id + 2};
      inner_id += 3;
    }
    if (i == 0) element["ports"]["input"] = port(false);
    if (i + 1 == sample.elements.size()) element["ports"]["output"] = port(true);
    elements.push_back(std::move(element));
  }
  for (const auto& link : sample.links) {
    connections.push_back({{"src_element_id", kFirstElementId + link.from},
                           {"src_port", link.from_port},
                           {"dst_element_id", kFirstElementId + link.to},
                           {"dst_port", link.to_port}});
  }
  return Json::array({{{"graph_id", 0},
                       {"device_id", 0},
                       {"graph_name", sample.name},
                       {"elements", std::move(elements)},
                       {"connections", std::move(connections)}}});
}

Json demo_of(const AlgorithmSample& sample) {
  const Json channel = {{"channel_id", 0},
                        {"url", "../" + sample.name + "/data/street.mp4"},
                        {"source_type", "VIDEO"},
                        {"loop_num", 1},
                        {"fps", 25},
                        {"sample_interval", 1}};
  return {{"channels", {channel}},
          {"class_names", names_path(sample.name)},
          {"download_image", false},
          {"draw_func_name", "default"},
          {"engine_config_path", "../" + sample.name + "/config/engine_group.json"}};
}

std::string pretty(const Json& value) {
  return value.dump(2) + "\n";
}

Status write_sample(const fs::path& folder, const AlgorithmSample& sample) {
  const fs::path home = folder / "samples" / sample.name, build = folder / "samples" / "build";
  std::vector<std::pair<fs::path, std::string>> files;
  files.emplace_back(home / "config" / (sample.name + "_demo.json"), pretty(demo_of(sample)));
  files.emplace_back(home / "config" / "engine_group.json", pretty(engine_of(sample)));
  std::string names;
  for (const auto& name : sample.class_names) names += name + "\n";
  files.emplace_back(build / names_path(sample.name), names);
  for (const auto& element : sample.elements) {
    const auto library = "../../build/lib/lib" + element.library + ".so";
    const Json file = {{"configure", element.configure},
                       {"shared_object", library},
                       {"name", element.name},
                       {"side", "sophgo"},
                       {"thread_number", 1}};
    files.emplace_back(home / "config" / (element.name + ".json"), pretty(file));
    files.emplace_back(build / library, kStandIn);
    if (element.configure.contains("model_path")) {
      files.emplace_back(build / element.configure["model_path"].get<std::string>(), kStandIn);
    }
  }
  for (const auto& [path, text] : files) {
    if (auto written = write_file(path.lexically_normal(), text); !written) return written;
  }
  return {};
}

}  // namespace

Status make_installation(const fs::path& folder, const fs::path& program, const fs::path& algorithms) {
  std::error_code error;
  for (fs::directory_iterator entry(algorithms, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path file = entry->path() / "sample.json";
    std::error_code none;
    if (!fs::exists(file, none)) continue;
    const auto sample = read_sample(file);
    if (!sample) return tl::unexpected(sample.error());
    if (auto written = write_sample(folder, *sample); !written) return written;
  }
  if (error) return fail(ErrorCode::kUnavailable, "{}: {}", algorithms.string(), error.message());
  const fs::path main = folder / "samples" / "build" / "main";
  fs::create_directories(main.parent_path(), error);
  fs::remove(main, error);
  fs::create_symlink(program, main, error);
  if (error) return fail(ErrorCode::kUnavailable, "{}: {}", main.string(), error.message());
  return {};
}

}  // namespace stream::sim
