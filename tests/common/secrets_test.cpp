#include "stream/common/secrets.hpp"

#include <gtest/gtest.h>

namespace stream {
namespace {

TEST(MaskSecrets, HidesThePasswordAndKeepsTheRest) {
  EXPECT_EQ(mask_secrets("rtsp://admin:s3cret@10.0.0.5:554/ch1"), "rtsp://admin:***@10.0.0.5:554/ch1");
  EXPECT_EQ(mask_secrets("Start reconnected, url: rtsp://u:p@h/x now"),
            "Start reconnected, url: rtsp://u:***@h/x now");
}

TEST(MaskSecrets, HidesPasswordsWithSeparatorsInThem) {
  EXPECT_EQ(mask_secrets("rtsp://u:p@ss@h/x"), "rtsp://u:***@h/x");
  EXPECT_EQ(mask_secrets("rtsp://u:p/a:b@h/x"), "rtsp://u:***@h/x");
  EXPECT_EQ(mask_secrets("rtsp://u:p?q@h/x"), "rtsp://u:***@h/x");
}

TEST(MaskSecrets, HidesTheUserInfoOfGb28181) {
  EXPECT_EQ(mask_secrets("gb28181_playback://34020000:pw12@10.0.0.1:5060?deviceid=1#devicetype=3"),
            "gb28181_playback://34020000:***@10.0.0.1:5060?deviceid=1#devicetype=3");
}

TEST(MaskSecrets, HidesSecretParameters) {
  EXPECT_EQ(mask_secrets("http://h/a?user=x&password=abc&b=1"), "http://h/a?user=x&password=***&b=1");
  EXPECT_EQ(mask_secrets("http://h/a?access_token=abc#f"), "http://h/a?access_token=***#f");
}

TEST(MaskSecrets, HidesPasswordsWithPunctuationAndWithoutAScheme) {
  EXPECT_EQ(mask_secrets("http://u:a,b;c|d'e`f@h/x"), "http://u:***@h/x");
  EXPECT_EQ(mask_secrets("found admin:secret@10.0.0.9 here"), "found admin:***@10.0.0.9 here");
  EXPECT_EQ(mask_secrets("//u:sec@h/"), "//u:***@h/");
}

TEST(MaskAddress, TreatsTheWholeTextAsOneAddress) {
  EXPECT_EQ(mask_address("rtsp://u:p w\"<>d@h/x"), "rtsp://u:***@h/x");
  EXPECT_EQ(mask_address("u:p w@h"), "u:***@h");
  EXPECT_EQ(mask_address("rtsp://h/x?password=1"), "rtsp://h/x?password=***");
  EXPECT_EQ(mask_address("/data/video.mp4"), "/data/video.mp4");
}

TEST(MaskSecrets, HidesEachOfSeveral) {
  EXPECT_EQ(mask_secrets("[\"rtsp://a:1@h/\",\"rtsp://b:2@h/\"]"),
            "[\"rtsp://a:***@h/\",\"rtsp://b:***@h/\"]");
}

TEST(MaskSecrets, FollowsAPasswordOverAGapWhereNoHostCanStand) {
  EXPECT_EQ(mask_secrets("cannot open rtsp://operator:hunter 2secret@street/1 yet"),
            "cannot open rtsp://operator:***@street/1 yet");
  EXPECT_EQ(mask_secrets("rtsp://u:hun ter\"2@x@h/1"), "rtsp://u:***@h/1");
  EXPECT_EQ(mask_secrets("rtsp://u:a b@h/1 rtsp://v:c d@h/2"), "rtsp://u:***@h/1 rtsp://v:***@h/2");
}

TEST(SecretsIn, AreAllThatCanBeAPassword) {
  EXPECT_EQ(secrets_in("rtsp://u:p w@h/x"), (std::vector<Secret>{{"u:", "p w", "@"}}));
  EXPECT_EQ(secrets_in("u:p@q@h"), (std::vector<Secret>{{"u:", "p", "@"}, {"u:", "p@q", "@"}}));
  EXPECT_EQ(secrets_in("rtsp://h/x?a=b&password=my own#token=2"),
            (std::vector<Secret>{{"password=", "my own", ""}, {"token=", "2", ""}}));
  for (const char* address :
       {"", "rtsp://h:554/x", "rtsp://u@h/x", "u:@h", "rtsp://h/?password=", "@", ":"}) {
    EXPECT_EQ(secrets_in(address), std::vector<Secret>{}) << address;
  }
}

TEST(MaskSecrets, LeavesOtherTextAlone) {
  for (const char* text : {"", "http://10.0.0.5:8001/path", "mail me at a@b.c", "x=1 y=2",
                           "rtsp://user@host/1", "http://h/p?mail=a@b:c", "://", "a://@",
                           "http://10.0.0.5:8001, see a@b.c", "http://h: no answer, see a@b.c",
                           "http://h/a:b see a@b.c", "http://[::1]:80 see a@b.c", "rtsp://h:x\na@b.c"}) {
    EXPECT_EQ(mask_secrets(text), text);
  }
}

}  // namespace
}  // namespace stream
