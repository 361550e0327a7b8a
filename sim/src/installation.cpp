#include "installation.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

std::string model_path(const std::string& algorithm, const std::string& model) {
  return "../" + algorithm + "/data/models/" + model + ".bmodel";
}

std::string names_path(const std::string& algorithm) {
  return "../" + algorithm + "/data/class.names";
}

ElementSample detector(const std::string& algorithm, const std::string& library) {
  return {library + "_group",
          library,
          {{"model_path", model_path(algorithm, library)},
           {"threshold_conf", 0.5},
           {"threshold_nms", 0.5},
           {"bgr2rgb", true},
           {"mean", {0, 0, 0}},
           {"std", {255, 255, 255}},
           {"class_names_file", names_path(algorithm)}}};
}

// Lets everything through at any time of day, until a task says what it wants.
ElementSample filter(int type) {
  const Json rule = {{"alert_first_frame", 0},
                     {"alert_frame_skip_nums", 1},
                     {"areas", Json::array({Json::array()})},
                     {"classes", {0}},
                     {"times", {{{"time_start", "00:00:00"}, {"time_end", "24:00:00"}}}},
                     {"type", type}};
  return {"filter", "filter", {{"rules", {{{"channel_id", 0}, {"filters", {rule}}}}}}};
}

std::vector<Link> chain(int elements) {
  std::vector<Link> links;
  for (int i = 1; i < elements; ++i) links.push_back({i - 1, 0, i, 0});
  return links;
}

// Detector, then every plate through a branch of its own: decode, detect, distribute, read, converge.
std::vector<ElementSample> plate_elements(const std::string& algorithm) {
  const Json route = {{"classes", {"license_plate"}}, {"port", 1}};
  return {{"decode", "decode"},
          detector(algorithm, "yolov5"),
          {"distributor",
           "distributor",
           {{"default_port", 0},
            {"rules", {{{"frame_interval", 1}, {"routes", {route}}}}},
            {"class_names_file", names_path(algorithm)}}},
          {"lprnet_group", "lprnet", {{"model_path", model_path(algorithm, "lprnet")}}},
          {"converger", "converger", {{"default_port", 0}}}};
}

const std::vector<Link> kPlateLinks = {{0, 0, 1, 0}, {1, 0, 2, 0}, {2, 0, 4, 0}, {2, 1, 3, 0}, {3, 0, 4, 1}};

std::vector<AlgorithmSample> algorithm_samples() {
  const std::vector<std::string> coco = {"person", "bicycle", "car"};
  std::vector<AlgorithmSample> samples;
  samples.push_back({"license_plate_recognition",
                     plate_elements("license_plate_recognition"),
                     kPlateLinks,
                     {"license_plate"}});

  AlgorithmSample area{
      "license_area_intrusion", plate_elements("license_area_intrusion"), kPlateLinks, {"license_plate"}};
  area.elements.push_back(filter(0));
  area.links.push_back({4, 0, 5, 0});
  samples.push_back(std::move(area));

  // Ends in http_push already, as some samples do.
  const Json push = {{"ip", "127.0.0.1"}, {"port", 10001}, {"path", "/frames"}};
  samples.push_back({"tripwire",
                     {{"decode", "decode"},
                      detector("tripwire", "yolox"),
                      {"bytetrack", "bytetrack", {{"track_thresh", 0.5}, {"track_buffer", 30}}},
                      filter(1),
                      {"http_push", "http_push", push}},
                     chain(5),
                     coco});
  for (const std::string name : {"yolov5", "yolov8"}) {
    samples.push_back({name, {{"decode", "decode"}, detector(name, name)}, chain(2), coco});
  }
  samples.push_back({"openpose",
                     {{"decode", "decode"},
                      {"openpose_group", "openpose", {{"model_path", model_path("openpose", "openpose")}}}},
                     chain(2),
                     {"person"}});
  return samples;
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

Status make_installation(const fs::path& folder, const fs::path& program) {
  for (const auto& sample : algorithm_samples()) {
    if (auto written = write_sample(folder, sample); !written) return written;
  }
  const fs::path main = folder / "samples" / "build" / "main";
  std::error_code error;
  fs::create_directories(main.parent_path(), error);
  fs::remove(main, error);
  fs::create_symlink(program, main, error);
  if (error) return fail(ErrorCode::kUnavailable, "{}: {}", main.string(), error.message());
  return {};
}

}  // namespace stream::sim
