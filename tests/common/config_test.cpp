#include "stream/common/config.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace stream {
namespace {

using nlohmann::json;

struct Sample {
  std::string listen = "127.0.0.1:0";
  std::uint16_t port = 80;
  std::uint64_t ring_mib = 64;
  std::chrono::milliseconds timeout{3000};
  bool verbose = false;
  double share = 0.5;
  std::vector<std::string> peers;
  std::string secret = "hidden";

  void describe(ConfigTable& table) {
    table.add("listen", listen, "where to listen");
    table.add("port", port, "a port");
    table.add("ring_mib", ring_mib, "memory", {1, 1024});
    table.add("broker.timeout_ms", timeout, "how long", {1, 60000});
    table.add("verbose", verbose, "more words");
    table.add("share", share, "a share", {0, 1});
    table.add("peers", peers, "others");
    table.add_secret("key", secret, "a secret");
  }
};

class ConfigTableTest : public ::testing::Test {
 protected:
  ConfigTableTest() { sample_.describe(table_); }
  std::string error_of(const Status& status) { return status ? "no error" : status.error().message; }

  Sample sample_;
  ConfigTable table_;
};

TEST_F(ConfigTableTest, ShowsAddressesWithoutTheirPasswords) {
  std::vector<std::string> urls{"http://user:geheim@host/a", "http://host/b"};
  ConfigTable table;
  table.add_addresses("urls", urls, "where to");
  EXPECT_EQ(table.to_json(), (json{{"urls", {"http://user:***@host/a", "http://host/b"}}}));
  EXPECT_EQ(table.describe().find("geheim"), std::string::npos);
  ASSERT_TRUE(table.set("urls=http://c:d@e"));
  EXPECT_EQ(urls, (std::vector<std::string>{"http://c:d@e"}));
}

TEST_F(ConfigTableTest, ReadsNestedAndDottedKeys) {
  ASSERT_TRUE(table_.read_json(json{{"broker", {{"timeout_ms", 10}}}, {"peers", {"a", "b"}}}));
  EXPECT_EQ(sample_.timeout.count(), 10);
  EXPECT_EQ(sample_.peers.size(), 2U);
  ASSERT_TRUE(table_.read_json(json{{"broker.timeout_ms", 20}}));
  EXPECT_EQ(sample_.timeout.count(), 20);
}

TEST_F(ConfigTableTest, SetsEveryType) {
  for (const char* assignment : {"listen=0.0.0.0:1", "port=8001", "ring-mib=2", "broker.timeout_ms=7",
                                 "verbose=true", "share=0.25", "peers=a,b,c", "key=k"}) {
    EXPECT_TRUE(table_.set(assignment)) << assignment;
  }
  EXPECT_EQ(sample_.listen, "0.0.0.0:1");
  EXPECT_EQ(sample_.port, 8001);
  EXPECT_EQ(sample_.ring_mib, 2U);
  EXPECT_TRUE(sample_.verbose);
  EXPECT_EQ(sample_.peers, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(ConfigTableTest, UnknownKeyNamesItself) {
  EXPECT_NE(error_of(table_.set("rnig_mib=2")).find("rnig_mib: unknown key"), std::string::npos);
  EXPECT_NE(error_of(table_.read_json(json{{"broker", {{"timeuot_ms", 1}}}})).find("broker.timeuot_ms"),
            std::string::npos);
}

TEST_F(ConfigTableTest, WrongValueSaysFoundAndExpected) {
  EXPECT_EQ(error_of(table_.set("ring_mib=0")), "ring_mib: found 0, expected an integer from 1 to 1024");
  EXPECT_EQ(error_of(table_.set("port=70000")), "port: found 70000, expected an integer from 0 to 65535");
  EXPECT_EQ(error_of(table_.read_json(json{{"verbose", "yes"}})),
            "verbose: found \"yes\", expected true or false");
  EXPECT_EQ(error_of(table_.read_json(json{{"ring_mib", 1.5}})),
            "ring_mib: found 1.5, expected an integer from 1 to 1024");
  EXPECT_EQ(error_of(table_.set("listen")), "listen: found no '=', expected key=value");
}

TEST_F(ConfigTableTest, SecretsAreNeverShown) {
  EXPECT_EQ(table_.to_json()["key"], "***");
  EXPECT_EQ(table_.describe().find("hidden"), std::string::npos);
  EXPECT_EQ(error_of(table_.read_json(json{{"key", 12345}})), "key: found ***, expected a string");
}

TEST_F(ConfigTableTest, PrintedConfigurationReadsBack) {
  ASSERT_TRUE(table_.set("broker.timeout_ms=77"));
  json printed = table_.to_json();
  printed.erase("key");
  Sample other;
  ConfigTable table;
  other.describe(table);
  ASSERT_TRUE(table.read_json(printed));
  EXPECT_EQ(other.timeout.count(), 77);
}

TEST_F(ConfigTableTest, FileErrorsNameTheFile) {
  EXPECT_NE(error_of(table_.read_file("/no/such/file.json")).find("/no/such/file.json"), std::string::npos);
}

}  // namespace
}  // namespace stream
