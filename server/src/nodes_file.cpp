#include "nodes_file.hpp"

#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace stream::server {

namespace fs = std::filesystem;

NodesFile::~NodesFile() {
  std::error_code ignored;
  if (written_) fs::remove(file_, ignored);
}

Status NodesFile::write(const std::vector<NodeState>& nodes) {
  nlohmann::json document{{"pid", ::getpid()}, {"nodes", nlohmann::json::array()}};
  for (const NodeState& node : nodes) {
    document["nodes"].push_back({{"name", node.name},
                                 {"role", node.role},
                                 {"ready", node.ready},
                                 {"pid", node.pid},
                                 {"address", node.address},
                                 {"admin", node.admin},
                                 {"restarts", node.restarts}});
  }
  const fs::path beside = file_.string() + ".new";
  {
    std::ofstream stream(beside, std::ios::trunc);
    stream << document.dump(2) << '\n';
    if (!stream.flush()) return fail(ErrorCode::kUnavailable, "{}: cannot be written", beside.string());
  }
  std::error_code error;
  fs::rename(beside, file_, error);
  if (error) return fail(ErrorCode::kUnavailable, "{}: {}", file_.string(), error.message());
  written_ = true;
  return {};
}

}  // namespace stream::server
