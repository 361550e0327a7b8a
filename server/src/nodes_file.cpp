#include "nodes_file.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "stream/common/files.hpp"

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
  std::error_code failure;
  if (fs::create_directories(file_.parent_path(), failure)) {
    fs::permissions(file_.parent_path(), fs::perms::owner_all, failure);
  }
  if (auto written = write_file(file_, document.dump(2) + '\n'); !written) return written;
  written_ = true;
  return {};
}

}  // namespace stream::server
