#include "channel_control.hpp"

#include <gtest/gtest.h>

#include "free_port.hpp"
#include "stream/http/server.hpp"

namespace stream::api {
namespace {

using std::chrono::milliseconds;

// Answers as `answer` says and keeps what it was asked.
class Process : public ::testing::Test {
 protected:
  Process() {
    for (const char* path : {"/stream/addChannel", "/stream/stopChannel"}) {
      router_.add("POST", path, [this](const http::Request& request) {
        asked_ = request.path + " " + std::string(request.body);
        return http::Response{status_, answer_, "application/json", {}};
      });
    }
    server_ = http::Server::start({}, router_, metrics_, "test").value();
  }
  Told add() {
    return tell_to_add(server_->port(), camera_, std::chrono::steady_clock::now() + milliseconds(5000));
  }

  const manifest::ChannelConfig camera_{
      3, 1, {{"channel_id", 3}, {"url", "rtsp://u:p@cam"}, {"source_type", "RTSP"}, {"fps", -1}}};
  unsigned status_ = 200;
  std::string answer_ = R"({"Code":0,"Msg":"success","Result":null})";
  std::string asked_;
  Metrics metrics_;
  http::Router router_{1};
  std::unique_ptr<http::Server> server_;
};

TEST_F(Process, IsToldOfACamera) {
  EXPECT_EQ(add().result, TellResult::kTaken);
  EXPECT_EQ(asked_,
            R"(/stream/addChannel {"channel_id":3,"fps":-1,"graph_id":1,"loop_num":1,"source_type":"RTSP",)"
            R"("url":"rtsp://u:p@cam"})");
}

TEST_F(Process, IsToldToDropOne) {
  const Told told =
      tell_to_drop(server_->port(), camera_, std::chrono::steady_clock::now() + milliseconds(5000));
  EXPECT_EQ(told.result, TellResult::kTaken);
  EXPECT_EQ(asked_, R"(/stream/stopChannel {"channel_id":3,"graph_id":1})");
}

TEST_F(Process, AnyOtherAnswerIsANo) {
  answer_ = R"({"Code":5008,"Msg":"Invalid Request rtsp://u:p@cam"})";
  EXPECT_EQ(add().result, TellResult::kRefused);
  EXPECT_EQ(add().text, "found HTTP status 200 Invalid Request rtsp://u:***@cam, expected 200 with Code 0");
  answer_.clear();
  status_ = 500;
  EXPECT_EQ(add().result, TellResult::kRefused);
}

TEST_F(Process, ThatDoesNotListenIsNotReached) {
  server_.reset();
  const std::uint16_t port = PortPool().take().value();
  const Told told = tell_to_add(port, camera_, std::chrono::steady_clock::now() + milliseconds(5000));
  EXPECT_EQ(told.result, TellResult::kNotReached);
  EXPECT_FALSE(told.text.empty());
}

TEST_F(Process, IsToldInOrderByAThread) {
  ChannelControl control;
  auto first = control.add(server_->port(), camera_);
  auto second = control.drop(server_->port(), camera_);
  EXPECT_EQ(second.get().result, TellResult::kTaken);
  EXPECT_EQ(first.wait_for(milliseconds(0)), std::future_status::ready);
  EXPECT_EQ(first.get().result, TellResult::kTaken);
}

}  // namespace
}  // namespace stream::api
