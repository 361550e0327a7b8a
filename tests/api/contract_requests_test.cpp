// The requests application-web really sends, byte for byte, where they are at hand.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/shared_data.hpp"

namespace stream::api::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ContractRequests : public NodeFixture {
 protected:
  void SetUp() override {
    const auto shared = stream::test::shared_dir();
    if (!shared) GTEST_SKIP() << shared.error().message;
    folder_ = *shared / "contract/requests";
    start_ingest();
    start_node();
  }

  std::string request(const std::string& name) const {
    std::ifstream file(folder_ / (name + ".http"), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // The answer as application-web reads it.
  json send(const std::string& name) {
    stream::test::TcpClient client(port());
    EXPECT_TRUE(client.send(request(name)));
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 200) << name;
    json body = json::parse(answer.body, nullptr, false);
    EXPECT_TRUE(body.is_object() && body["Code"].is_number_integer() && body["Msg"].is_string())
        << answer.body;
    EXPECT_TRUE(client.closed_within(std::chrono::seconds(5))) << name;
    return body;
  }

  fs::path folder_;
};

TEST_F(ContractRequests, EveryCreateIsAcceptedAndListed) {
  std::size_t creates = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().stem();
    if (!name.starts_with("create-")) continue;
    const json answer = send(name);
    EXPECT_EQ(answer["Code"], 0) << name << ": " << answer["Msg"];
    EXPECT_EQ(send(name)["Code"], 0) << name;  // pressed twice
    const std::string text = request(name);
    const json body = json::parse(text.substr(text.find("\r\n\r\n") + 4));
    EXPECT_TRUE(eventually([&] { return listed(body["TaskID"])["Status"] == 1; })) << name;
    EXPECT_EQ(listed(body["TaskID"])["SrcID"], body["InputSrc"]["SrcID"]) << name;
    ++creates;
  }
  EXPECT_GT(creates, 0U);
  const json list = send("list");
  EXPECT_EQ(list["Code"], 0);
  EXPECT_EQ(list["Result"].size(), creates);
}

TEST_F(ContractRequests, DeleteEndsTheTask) {
  ASSERT_EQ(send("create-two-algorithms-tripwire-and-area")["Code"], 0);
  EXPECT_EQ(send("delete")["Code"], 0);
  EXPECT_EQ(listed("task1"), nullptr);
  EXPECT_EQ(send("delete")["Code"], -1);
}

TEST_F(ContractRequests, DeleteThatCarriesTheDeviceNameEndsTheTask) {
  ASSERT_EQ(send("create-two-algorithms-tripwire-and-area")["Code"], 0);
  EXPECT_EQ(send("delete-carrying-device-name")["Code"], 0);
  EXPECT_EQ(listed("task1"), nullptr);
}

}  // namespace
}  // namespace stream::api::test
