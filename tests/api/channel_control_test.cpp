#include "channel_control.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>

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
        if (const auto hold = hold_) hold();
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
  std::function<void()> hold_;
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

TEST_F(Process, AnotherCodeIsANoAndAnotherStatusIsNoAnswer) {
  answer_ = R"({"Code":5008,"Msg":"Invalid Request rtsp://u:p@cam"})";
  EXPECT_EQ(add().result, TellResult::kRefused);
  EXPECT_EQ(add().text, "found HTTP status 200 Invalid Request rtsp://u:***@cam, expected 200 with Code 0");
  answer_.clear();
  for (const unsigned status : {404U, 500U}) {
    status_ = status;
    EXPECT_EQ(add().result, TellResult::kNotReached) << status;
  }
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

TEST_F(Process, ThatIsGoneIsNotToldWhatWasWaiting) {
  std::promise<void> asked, go_on;
  hold_ = [&] {
    asked.set_value();
    go_on.get_future().wait();
  };
  ChannelControl control;
  auto under_way = control.add(server_->port(), camera_);
  asked.get_future().wait();
  hold_ = {};
  auto waiting = control.add(server_->port(), camera_);
  control.forget();
  auto of_the_next = control.drop(server_->port(), camera_);
  go_on.set_value();
  EXPECT_EQ(under_way.get().result, TellResult::kTaken);
  EXPECT_THROW(waiting.get(), std::future_error);
  EXPECT_EQ(of_the_next.get().result, TellResult::kTaken);
}

}  // namespace
}  // namespace stream::api
