#include "sample_tree.hpp"

#include <fstream>
#include <iterator>

namespace stream::manifest::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json filter_configure() {
  const json area = json::array({{{"left", 10}, {"top", 20}}, {{"left", 30}, {"top", 40}}});
  const json filter = {{"alert_first_frame", 1},
                       {"alert_frame_skip_nums", 10000},
                       {"areas", json::array({area})},
                       {"classes", {0, 2}},
                       {"times", json::array({{{"time_start", "00 00 00"}, {"time_end", "23 59 59"}}})},
                       {"type", 1}};
  const json rule = {{"channel_id", 7}, {"filters", json::array({filter})}};
  return {{"rules", json::array({rule, rule})}};
}

json detector_configure(const std::string& sample) {
  return {{"model_path", "../" + sample + "/data/models/detector.bmodel"},
          {"threshold_conf", 0.5},
          {"class_names_file", "../" + sample + "/data/coco.names"}};
}

std::string file_of(const Element& element) {
  return element.file.empty() ? element.name + ".json" : element.file;
}

}  // namespace

SampleTree::SampleTree() {
  write(root() / "samples/build/main", "#!/bin/sh\n");
  fs::permissions(root() / "samples/build/main", fs::perms::owner_all);
  write(root() / "build/lib/libhttp_push.so", "shared object");
}

void SampleTree::write(const fs::path& path, const std::string& text) const {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

void SampleTree::write_json(const fs::path& path, const json& content) const {
  write(path, content.dump(2));
}

void SampleTree::add_chain(const std::string& sample, const std::vector<Element>& elements) {
  add_graphs(sample, {elements});
}

void SampleTree::add_graphs(const std::string& sample, const std::vector<std::vector<Element>>& graphs) {
  json engine = json::array();
  for (const auto& elements : graphs) {
    engine.push_back(chain_graph(sample, static_cast<int>(engine.size()), elements));
    for (const Element& element : elements) {
      write_json(config(sample) / file_of(element),
                 {{"configure", element.configure},
                  {"shared_object", "../../build/lib/lib" + element.name + ".so"},
                  {"name", element.name},
                  {"side", "sophgo"},
                  {"thread_number", 4}});
      write(root() / "build/lib" / ("lib" + element.name + ".so"), "shared object");
      if (element.configure.contains("model_path")) {
        write(root() / "samples/build" / element.configure["model_path"].get<std::string>(), "model");
      }
    }
  }
  write_json(config(sample) / "engine_group.json", engine);
  json channels = json::array();
  for (const int id : {2, 3}) {
    channels.push_back({{"channel_id", id},
                        {"url", "../" + sample + "/data/street.avi"},
                        {"source_type", "VIDEO"},
                        {"sample_interval", 4},
                        {"loop_num", 1},
                        {"fps", -1}});
  }
  write_json(config(sample) / (sample + "_demo.json"),
             {{"channels", channels},
              {"class_names", "../" + sample + "/data/coco.names"},
              {"download_image", true},
              {"draw_func_name", "draw_results"},
              {"engine_config_path", "../" + sample + "/config/engine_group.json"}});
}

void SampleTree::add_grouped(const std::string& sample, const std::string& detector) {
  add_chain(sample, {{5000, "decode"},
                     {5001, detector + "_group", {10001, 10002, 10003}, detector_configure(sample)}});
}

void SampleTree::add_single_stages() {
  const json configure = detector_configure("stages");
  add_chain("stages", {{5000, "decode"},
                       {5001, "yolov5", {}, configure, "yolov5_pre.json"},
                       {5002, "yolov5", {}, configure, "yolov5_infer.json"},
                       {5003, "yolov5", {}, configure, "yolov5_post.json"}});
}

void SampleTree::add_with_http_push() {
  add_chain("pushing",
            {{5000, "decode"},
             {5001, "yolox_group", {10001, 10002, 10003}, detector_configure("pushing")},
             {5004, "bytetrack"},
             {5005, "filter", {}, filter_configure()},
             {5008, "osd"},
             {5006, "http_push", {}, {{"ip", "0.0.0.0"}, {"port", 10001}, {"route", "/flask_test/113"}}}});
}

std::map<std::string, std::string> SampleTree::snapshot() const {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root())) {
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path()] =
        entry.is_regular_file() ? std::string(std::istreambuf_iterator<char>(file), {}) : std::string();
  }
  return files;
}

json chain_graph(const std::string& sample, int graph_id, const std::vector<Element>& elements) {
  json list = json::array();
  json connections = json::array();
  for (const Element& element : elements) {
    json entry = {{"element_id", element.id},
                  {"element_config", "../" + sample + "/config/" + file_of(element)}};
    if (!element.inner_ids.empty()) entry["inner_elements_id"] = element.inner_ids;
    if (&element == &elements.front()) {
      entry["ports"]["input"] = json::array({{{"port_id", 0}, {"is_sink", false}, {"is_src", true}}});
    } else {
      const int previous = (&element - 1)->id;
      connections.push_back(
          {{"src_element_id", previous}, {"src_port", 0}, {"dst_element_id", element.id}, {"dst_port", 0}});
    }
    if (&element == &elements.back()) {
      entry["ports"]["output"] = json::array({{{"port_id", 0}, {"is_sink", true}, {"is_src", false}}});
    }
    list.push_back(entry);
  }
  return {{"graph_id", graph_id},
          {"device_id", 0},
          {"graph_name", sample},
          {"elements", list},
          {"connections", connections}};
}

}  // namespace stream::manifest::test
