#include "posted_watch.hpp"

#include <gtest/gtest.h>

namespace stream::api {
namespace {

using namespace std::chrono_literals;

class Posted : public ::testing::Test {
 protected:
  void lines_for(std::chrono::seconds time) {
    for (const auto end = now_ + time; now_ < end; now_ += 1s) watch_.on_out(now_);
  }
  PostedWatch watch_;
  PostedWatch::TimePoint now_{1000s};
};

TEST_F(Posted, WhatComesOutForTenSecondsAndDoesNotArriveIsNotPosted) {
  EXPECT_FALSE(watch_.not_posted()) << "nothing comes out";
  lines_for(10s);
  EXPECT_FALSE(watch_.not_posted());
  lines_for(1s);
  EXPECT_TRUE(watch_.not_posted());
  watch_.on_taken();
  EXPECT_FALSE(watch_.not_posted());
  lines_for(10s);
  EXPECT_FALSE(watch_.not_posted());
}

TEST_F(Posted, OneLineIsNothingHoweverLongAgo) {
  watch_.on_out(now_);
  now_ += 1h;
  EXPECT_FALSE(watch_.not_posted());
}

TEST_F(Posted, TellsWhetherSomethingCameOut) {
  EXPECT_FALSE(watch_.has_put_out_since({}));
  watch_.on_out(now_);
  EXPECT_TRUE(watch_.has_put_out_since(now_));
  EXPECT_FALSE(watch_.has_put_out_since(now_ + 1s));
}

}  // namespace
}  // namespace stream::api
