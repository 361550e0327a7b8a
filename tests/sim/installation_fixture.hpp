// A test with an installation of its own, a receiver, and stream-sim started the way an api-node does it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "installation.hpp"
#include "json_reader.hpp"
#include "recording_server.hpp"
#include "stream/common/process.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::sim {

using nlohmann::json;

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class InstallationTest : public ::testing::Test {
 protected:
  InstallationTest() {
    const auto made = make_installation(folder_.path(), std::string(STREAM_BIN_DIR) + "/stream-sim",
                                        STREAM_SOURCE_DIR "/algorithms");
    EXPECT_TRUE(made) << made.error().message;
  }

  std::filesystem::path config(const std::string& algorithm) const {
    return folder_.path() / "samples" / algorithm / "config";
  }

  // Makes the graph of `algorithm` end in an http_push to the receiver, as an api-node does.
  void connect_graph(const std::string& algorithm, const json& push_changes = json::object()) const {
    json engine = *load_json(config(algorithm) / "engine_group.json");
    auto& elements = engine[0]["elements"];
    constexpr int kPushId = 9000;
    const int last = elements.back()["element_id"];
    json push = {{"element_id", kPushId},
                 {"element_config", "../" + algorithm + "/config/to_test.json"},
                 {"ports", {{"output", elements.back()["ports"]["output"]}}}};
    elements.back()["ports"].erase("output");
    elements.push_back(std::move(push));
    engine[0]["connections"].push_back(
        {{"src_element_id", last}, {"src_port", 0}, {"dst_element_id", kPushId}, {"dst_port", 0}});
    json configure = {{"ip", "127.0.0.1"}, {"port", server_.port()}, {"path", "/frames/in/key"}};
    configure.update(push_changes);
    for (const auto& [key, value] : push_changes.items()) {
      if (value.is_null()) configure.erase(key);
    }
    write_text(config(algorithm) / "engine_group.json", engine.dump());
    write_text(config(algorithm) / "to_test.json", json{{"configure", configure},
                                                        {"shared_object", "../../build/lib/libhttp_push.so"},
                                                        {"name", "http_push"},
                                                        {"side", "sophgo"},
                                                        {"thread_number", 1}}
                                                       .dump());
  }

  // Writes the demo file of `algorithm`: one channel that plays `url`.
  void write_demo(const std::string& algorithm, const std::string& url,
                  const json& channel_changes = json::object(), const json& changes = json::object()) const {
    const auto path = config(algorithm) / (algorithm + "_demo.json");
    json demo = *load_json(path);
    demo["channels"][0]["url"] = url;
    demo["channels"][0].update(channel_changes);
    demo["http_listen"] = {{"ip", "127.0.0.1"}, {"port", 0}, {"path", ""}};
    demo.update(changes);
    write_text(path, demo.dump());
  }

  Process start(const std::string& algorithm) const {
    ProcessOptions options;
    options.working_directory = folder_.path() / "samples" / "build";
    options.arguments = {options.working_directory / "main",
                         "--demo_config_path=../" + algorithm + "/config/" + algorithm + "_demo.json"};
    options.output_file = log_path();
    auto process = Process::start(options);
    EXPECT_TRUE(process) << process.error().message;
    return std::move(*process);
  }

  // Runs it to its end; the exit code, -1 when it does not end in time or dies of a signal.
  int run(const std::string& algorithm) const {
    auto process = start(algorithm);
    const auto status = process.wait(std::chrono::seconds(30));
    return status && !status->signalled ? status->value : -1;
  }

  std::filesystem::path log_path() const { return folder_.path() / "log"; }
  std::string log() const { return read_text(log_path()); }

  test::TemporaryFolder folder_;
  RecordingServer server_;
};

}  // namespace stream::sim
