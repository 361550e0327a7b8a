// A small installation of a stream process in a temporary folder: samples of the shapes found in the field.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stream/test/temporary_folder.hpp"

namespace stream::manifest::test {

// An element of a graph, with its file.
struct Element {
  int id = 0;
  std::string name;  // of the element; the file is <name>.json unless `file` says otherwise
  std::vector<int> inner_ids = {};
  nlohmann::json configure = nlohmann::json::object();
  std::string file = {};
};

class SampleTree {
 public:
  SampleTree();

  const std::filesystem::path& root() const { return folder_.path(); }
  std::filesystem::path config(const std::string& sample) const {
    return root() / "samples" / sample / "config";
  }

  void write(const std::filesystem::path& path, const std::string& text) const;
  void write_json(const std::filesystem::path& path, const nlohmann::json& content) const;

  // A sample whose graph is a chain of these elements: all files, models and shared objects of it.
  void add_chain(const std::string& sample, const std::vector<Element>& elements);
  // The same for any number of graphs.
  void add_graphs(const std::string& sample, const std::vector<std::vector<Element>>& graphs);

  // Samples of some usual shapes.
  // decode and <detector>_group, with inner elements, which is the sink
  void add_grouped(const std::string& sample, const std::string& detector = "yolov5");
  void add_single_stages();   // "stages": decode, yolov5 in three elements
  void add_with_http_push();  // "pushing": decode, yolox_group, bytetrack, filter, osd, http_push

  // Every file below the root with its content, to see that nothing was written.
  std::map<std::string, std::string> snapshot() const;

 private:
  stream::test::TemporaryFolder folder_;
};

// A graph of a chain of elements, as an entry of the engine file.
nlohmann::json chain_graph(const std::string& sample, int graph_id, const std::vector<Element>& elements);

}  // namespace stream::manifest::test
