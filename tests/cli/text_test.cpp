#include "text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "stream/picture/jpeg.hpp"

namespace stream::cli {
namespace {

TEST(SizeText, IsInThousands) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(212'600), "213 kB");
  EXPECT_EQ(size_text(999'499), "999 kB");
  EXPECT_EQ(size_text(999'500), "1.0 MB");
  EXPECT_EQ(size_text(26'400'000), "26.4 MB");
}

TEST(PictureText, NamesSizeAndBytesOfAJpeg) {
  picture::Image image{{64, 48}, std::vector<std::uint8_t>(std::size_t{64} * 48 * 3)};
  const auto jpeg = picture::encode_jpeg(image);
  ASSERT_TRUE(jpeg);
  EXPECT_EQ(picture_text(*jpeg), "<jpeg 64x48 " + size_text(jpeg->size()) + ">");
  EXPECT_EQ(picture_text("no picture"), "<10 B>");
}

TEST(OneLine, TakesControlCharactersAndSecretsOut) {
  EXPECT_EQ(one_line("a\nb\x1b[31mc\x7f"), "a b [31mc ");
  EXPECT_EQ(one_line("rtsp://admin:geheim@cam/1"), "rtsp://admin:***@cam/1");
}

TEST(JsonLine, MasksSecretsAndStaysJson) {
  const nlohmann::json json{{"url", "rtsp://admin:ge@heim@cam/1?token=abc\"d"},
                            {"list", {"http://u:p@h", 1, nullptr}}};
  const auto shown = nlohmann::json::parse(json_line(json));
  EXPECT_EQ(shown["list"][0], "http://u:***@h");
  EXPECT_EQ(shown["url"].get<std::string>().find("heim"), std::string::npos);
  EXPECT_EQ(shown["url"].get<std::string>().find("abc"), std::string::npos);
}

TEST(JsonLine, BytesThatAreNoTextAreReplaced) {
  EXPECT_TRUE(nlohmann::json::accept(json_line({{"label", "\xff\xfe"}})));
}

TEST(PrintTable, AlignsByCodePoints) {
  std::ostringstream out;
  print_table(out, {{"TASK", "STATUS"}, {"任务1", "running"}, {"a\tb-long", "x"}});
  EXPECT_EQ(out.str(), "TASK      STATUS\n任务1       running\na b-long  x\n");
}

TEST(TimeText, ZeroIsUnknown) {
  EXPECT_EQ(time_text(0), "-");
  EXPECT_EQ(date_text(0), "-");
  EXPECT_EQ(time_text(1'700'000'000'120'000).substr(5), ":20.120");
}

}  // namespace
}  // namespace stream::cli
