// The bytes of docs/protocol.md, and everything near them that must be refused.

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <random>

#include "control_codec.hpp"
#include "data_wire.hpp"

namespace stream::bus::control {
namespace {

using testing::HasSubstr;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ",
                        static_cast<unsigned>(static_cast<unsigned char>(byte)));
  }
  return text;
}

std::string protocol_page() {
  std::ifstream page(STREAM_SOURCE_DIR "/docs/protocol.md");
  return {std::istreambuf_iterator<char>(page), std::istreambuf_iterator<char>()};
}

const Request kEnqueue{7, Enqueue{"alarms", "cam1:0:1:2", {"hi"}}};

// One of each, for what must hold for all.
std::vector<Request> one_of_each() {
  return {{1, Ping{}},
          kEnqueue,
          {2, Pull{"alarms", 10, milliseconds(30'000), milliseconds(500), {"g", ""}, true}},
          {3, Settle{"alarms", "a", 99, Ack{}}},
          {3, Settle{"alarms", "a", 99, Retry{milliseconds(5), "g"}}},
          {3, Settle{"alarms", "a", 99, Extend{milliseconds(5)}}},
          {3, Settle{"alarms", "a", 99, Park{"because"}}},
          {4, ListQueue{"alarms", QueueState::kParked, 5}},
          {5, ListQueue{"alarms", std::nullopt, 5}},
          {6, ReadMessage{"alarms", "a"}},
          {7, Unpark{"alarms", "a"}},
          {8, Purge{"alarms", "a"}},
          {9, CountQueue{"alarms"}},
          {10, Get{"task/a"}},
          {11, List{"task/"}},
          {12, Cas{"task/a", 3, Bytes{std::string("\0\xff", 2)}}},
          {13, Cas{"task/a", 3, std::nullopt}},
          {~0ULL, AwaitChanges{"task/", ~0ULL, milliseconds(10'000)}}};
}

TEST(Protocol, RequestHasTheBytesOfThePage) {
  EXPECT_THAT(protocol_page(), HasSubstr("\n    " + hex(encode(kEnqueue)) + "\n"));
  const Request retry{8, Settle{"alarms", "cam1:0:1:2", 9, Retry{milliseconds(1000), "g"}}};
  EXPECT_THAT(protocol_page(), HasSubstr("\n    " + hex(encode(retry)) + "\n"));
}

TEST(Protocol, AnswerHasTheBytesOfThePage) {
  const Answer stored{7, Enqueued{EnqueueResult::kStored}};
  EXPECT_THAT(protocol_page(), HasSubstr("\n    " + hex(encode(stored)) + "\n"));
}

TEST(Protocol, TopicHeaderHasTheBytesOfThePage) {
  const DataHeaderBytes header = encode_header({1234605616436508552ULL, 5});
  EXPECT_THAT(protocol_page(), HasSubstr("\n    " + hex({header.data(), header.size()}) + "\n"));
  EXPECT_EQ(decode_header({header.data(), header.size()}), (DataHeader{1234605616436508552ULL, 5}));
}

TEST(Protocol, EveryOperationAndAnswerIsOnThePage) {
  const std::string page = protocol_page();
  for (const std::string_view name : kOperationNames) EXPECT_THAT(page, HasSubstr(fmt::format("`{}`", name)));
}

TEST(Protocol, RequestsComeBackAsTheyWere) {
  for (const Request& request : one_of_each()) {
    const std::string bytes = encode(request);
    const auto decoded = decode_request(bytes);
    ASSERT_TRUE(decoded) << hex(bytes) << ": " << decoded.error().error.message;
    EXPECT_EQ(decoded->id, request.id);
    EXPECT_EQ(encode(*decoded), bytes);
  }
}

TEST(Protocol, AnswersComeBackAsTheyWere) {
  const std::vector<Answer> answers{
      {1, Failed{ErrorCode::kConflict, "why"}},
      {2, Done{}},
      {3, Enqueued{EnqueueResult::kFull}},
      {4, Deliveries{{{"a", {"bytes"}, 2, 99}, {"b", {}, 1, 98}}}},
      {5, Items{{{"a", QueueState::kParked, 7, 1000, 1'700'000'000'000, "why"}}}},
      {6, Payload{{"bytes"}}},
      {7, Counts{1, 2, 3, 4}},
      {8, Entries{{{"k", {"v"}, 5, false}}}},
      {9, Swapped{CasResult::Outcome::kConflict, 5}},
      {10, Changed{9, true, {{"k", {}, 5, true}}}}};
  for (const Answer& answer : answers) {
    const std::string bytes = encode(answer);
    const auto decoded = decode_answer(bytes);
    ASSERT_TRUE(decoded) << hex(bytes) << ": " << decoded.error().message;
    EXPECT_EQ(decoded->id, answer.id);
    EXPECT_EQ(encode(*decoded), bytes);
  }
}

struct Wrong {
  std::string bytes;
  const char* expected;
};

TEST(Protocol, WrongMessagesAreRefusedWithTheReason) {
  const std::string good = encode(kEnqueue);
  std::string newer = good;
  newer[1] = 2;
  const std::vector<Wrong> wrongs{
      {"", "no MessagePack"},
      {good.substr(0, good.size() - 1), "no MessagePack"},
      {good + "x", "found 1 bytes after the message"},
      {"\x07", "found an integer, expected an array"},
      {std::string("\x92\x01\x07", 3), "found 2 elements, expected version, id and name"},
      {newer, "found version 2, expected 1"},
      {std::string("\x93\x01\xff\xa4ping", 8), "id: found an integer, expected an unsigned integer"},
      {std::string("\x93\x01\x07\xa4pong", 8), "unknown name"},
      {std::string("\x94\x01\x07\xa4ping\xc0", 9), "ping: found 1 elements, expected 0"},
      {std::string("\x94\x01\x07\xa3get\x05", 8), "get: element 0: found an integer, expected a string"},
      // An array that claims four thousand million elements.
      {std::string("\x94\x01\x07\xa3get\xdd\xff\xff\xff\xff", 12), "no MessagePack"}};
  for (const auto& [bytes, expected] : wrongs) {
    const auto decoded = decode_request(bytes);
    ASSERT_FALSE(decoded) << hex(bytes);
    EXPECT_THAT(decoded.error().error.message, HasSubstr(expected)) << hex(bytes);
    EXPECT_EQ(decoded.error().error.code, ErrorCode::kInvalid);
  }
}

TEST(Protocol, RefusalKnowsWhoseMessageItWas) {
  EXPECT_EQ(decode_request(std::string("\x93\x01\x07\xa4pong", 8)).error().id, 7U);
  EXPECT_EQ(decode_request("\x07").error().id, std::nullopt);
}

TEST(Protocol, OtherHeadersAreNoHeader) {
  EXPECT_FALSE(decode_header(""));
  EXPECT_FALSE(decode_header(std::string(16, '\1')));
  EXPECT_FALSE(decode_header(std::string(17, '\2')));
}

// What is decoded from changed bytes must be a message in its own right, or refused; never anything else.
TEST(Protocol, ChangedBytesAreAMessageOrRefused) {
  constexpr unsigned kSeed = 20260101;
  std::mt19937 random(kSeed);
  const auto seeds = one_of_each();
  int refused = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes = encode(seeds[random() % seeds.size()]);
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    const auto decoded = decode_request(bytes);
    refused += decoded ? 0 : 1;
    ASSERT_TRUE(!decoded || decode_request(encode(*decoded))) << "seed " << kSeed << ", message " << i;
  }
  EXPECT_GT(refused, 50'000);
}

}  // namespace
}  // namespace stream::bus::control
