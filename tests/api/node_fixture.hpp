// A whole api-node on the in-memory bus, with an installation whose stream process is a fake and an
// ingest-node that only says that it is there.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../manifest/sample_tree.hpp"
#include "api_node.hpp"
#include "stream/bus/follower.hpp"
#include "stream/bus/memory_bus.hpp"
#include "stream/common/periodic.hpp"
#include "stream/ownership/membership.hpp"
#include "stream/test/tcp_client.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::api::test {

// An ingest-node as others see it, that has had no frames. While it is `keeping_up` it says that it knows
// every task.
class FakeIngest {
 public:
  FakeIngest(bus::Bus& bus, const std::string& name, bool keeping_up = true,
             const std::string& address = "127.0.0.1:10001");

  void catch_up();
  void set_load(double frames_per_second);

 private:
  ownership::Membership membership_;
  std::unique_ptr<bus::Follower> follower_;
  const std::unique_ptr<bus::Publisher> publisher_;
  Periodic tells_;  // last: ends before what it uses
};

class NodeFixture : public ::testing::Test {
 protected:
  NodeFixture();

  // Short delays, or none; the rest as it is shipped.
  static SupervisorOptions quick();
  void start_ingest(const std::string& name = "ingest-1") {
    ingest_ = std::make_unique<FakeIngest>(*bus_, name);
  }
  void start_node(const SupervisorOptions& options = quick());
  void stop_node() { node_.reset(); }

  std::uint16_t port() const;
  // Sends a request and checks that the answer is what application-web understands.
  nlohmann::json post_text(const std::string& verb, const std::string& body);
  nlohmann::json post(const std::string& verb, const nlohmann::json& body) {
    return post_text(verb, body.dump());
  }
  // A definition with one algorithm per type.
  static nlohmann::json definition(const std::string& id, const std::string& address,
                                   const std::vector<int>& types = {3});
  nlohmann::json query(const std::string& id) { return post("query", {{"TaskID", id}}); }
  // The state of the first algorithm, empty when the task is unknown.
  std::string state(const std::string& id);
  // The entry of the list, or null.
  nlohmann::json listed(const std::string& id);
  pid_t pid(const std::string& id);
  double counter(const std::string& line_start);
  std::filesystem::path task_dir(const std::string& id) const;
  std::string log_of(const std::string& id) const;

  manifest::test::SampleTree tree_;
  stream::test::TemporaryFolder data_;
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<FakeIngest> ingest_;
  ApiConfig config_;
  std::unique_ptr<ApiNode> node_;
};

// A process of this id is there and no zombie.
bool is_alive(pid_t pid);

}  // namespace stream::api::test
