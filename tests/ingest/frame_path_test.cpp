#include "frame_path.hpp"

#include <gtest/gtest.h>

#include <string>

namespace stream::ingest {
namespace {

using Wanted = std::variant<WantedFrame, WantedReplay, MalformedPath>;

TEST(FramePath, NamesAFrameOrOneOfItsPictures) {
  EXPECT_EQ(parse_frame_path("/frames/7/42", ""), Wanted(WantedFrame{7, 42, false, std::nullopt}));
  EXPECT_EQ(parse_frame_path("/frames/7/42.jpg", ""), Wanted(WantedFrame{7, 42, true, std::nullopt}));
  EXPECT_EQ(parse_frame_path("/frames/7/42.jpg", "sub=3"), Wanted(WantedFrame{7, 42, true, 3}));
}

TEST(FramePath, NamesWhatComesAfterAFrame) {
  EXPECT_EQ(parse_frame_path("/frames/7/after/a%2Fb/1/42", ""), Wanted(WantedReplay{7, "a%2Fb/1", 42}));
  EXPECT_EQ(parse_frame_path("/frames/18446744073709551615/after/a/0/18446744073709551615", ""),
            Wanted(WantedReplay{~0ULL, "a/0", ~0ULL}));
  EXPECT_EQ(parse_frame_path("/frames/7/after/after/0/1", ""), Wanted(WantedReplay{7, "after/0", 1}));
}

TEST(FramePath, EverythingElseIsMalformed) {
  for (const char* path : {"/frames/",
                           "/frames/7",
                           "/frames/x/1",
                           "/frames//1",
                           "/frames/7/",
                           "/frames/7/1x",
                           "/frames/7/1.png",
                           "/frames/-7/1",
                           "/frames/7/18446744073709551616",
                           "/frames/7/after",
                           "/frames/7/after/",
                           "/frames/7/after/1",
                           "/frames/7/after/a/0/",
                           "/frames/7/after/a/0/-1",
                           "/frames/7/after/a/0/+1",
                           "/frames/7/after/a/0/ 1",
                           "/frames/7/after/a/0/0x1",
                           "/frames/7/after/a/0/1.jpg",
                           "/frames/7/after/a/0/18446744073709551616",
                           "/frames/18446744073709551616/after/a/0/1"}) {
    EXPECT_EQ(parse_frame_path(path, ""), Wanted(MalformedPath{})) << path;
  }
  for (const char* query : {"sub=", "sub=-1", "sub=1x", "other=1", "sub=99999999999999999999"}) {
    EXPECT_EQ(parse_frame_path("/frames/7/1.jpg", query), Wanted(MalformedPath{})) << query;
  }
  EXPECT_EQ(parse_frame_path("/frames/7/1", "sub=0"), Wanted(MalformedPath{}));
  EXPECT_EQ(parse_frame_path("/frames/7/after/a/0/1", "sub=0"), Wanted(MalformedPath{}));
}

}  // namespace
}  // namespace stream::ingest
