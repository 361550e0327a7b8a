// Bodies that a broken or malicious sender could post: the legal ones with random damage. Run under
// sanitizers this finds what crashes; everywhere it holds the parser to a second opinion about what is JSON.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "bodies.hpp"
#include "frame_parser.hpp"

namespace stream::ingest {
namespace {

constexpr int kRounds = 3000;  // for each of the legal bodies

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutate(std::string body) {
    for (std::size_t i = 0, count = 1 + pick(3); i < count && !body.empty(); ++i) once(body);
    return body;
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }

  void once(std::string& body) {
    static const std::vector<std::string> pieces = {"{",
                                                    "}",
                                                    "[",
                                                    "]",
                                                    "\"",
                                                    "\\",
                                                    ",",
                                                    ":",
                                                    "null",
                                                    "true",
                                                    "-1",
                                                    "1e400",
                                                    "99999999999999999999",
                                                    "1.5",
                                                    "\"x\"",
                                                    "[[[[[[",
                                                    "{\"a\":",
                                                    "#0",
                                                    "\xc3",
                                                    "\n",
                                                    "[]",
                                                    "{}",
                                                    "0",
                                                    std::string(1, '\0'),
                                                    "\"mSpData\":\"",
                                                    "\\u0000"};
    const std::size_t at = pick(body.size());
    switch (pick(6)) {
      case 0:
        body[at] = static_cast<char>(pick(256));
        break;
      case 1:
        body.erase(at, 1 + pick(20));
        break;
      case 2:
        body.insert(at, pieces[pick(pieces.size())]);
        break;
      case 3:
        body.resize(at);
        break;
      case 4:
        body.insert(at, body.substr(pick(body.size()), 1 + pick(60)));
        break;
      default:
        replace_value(body);
        break;
    }
  }

  // Keeps the JSON valid most of the time: what stands behind a colon or in a list becomes something else.
  void replace_value(std::string& body) {
    static const std::vector<std::string> values = {"null", "true", "[]",   "{}",   "\"\"",       "-7",
                                                    "0.5",  "1e30", "[[]]", "[{}]", "4294967296", "[null]"};
    const auto at = body.find_first_of(":[", pick(body.size()));
    if (at == std::string::npos) return;
    const auto end = body.find_first_of(",]}", at + 1);
    if (end != std::string::npos) body.replace(at + 1, end - at - 1, values[pick(values.size())]);
  }

  std::mt19937 random_;
};

TEST(FrameParserMutation, DamagedBodiesAreTakenOrRefusedWithAReason) {
  FrameParser parser;
  Mutator mutator(20240726);
  int taken = 0, refused = 0, not_json = 0;
  for (const auto& [name, legal] : legal_bodies()) {
    for (int i = 0; i < kRounds; ++i) {
      const std::string body = mutator.mutate(legal);
      const auto outcome = parser.parse(body);
      const auto* failure = std::get_if<ParseFailure>(&outcome);
      if (failure == nullptr) {
        ++taken;
        ASSERT_TRUE(nlohmann::json::accept(body)) << body;
      } else {
        ++refused;
        ASSERT_FALSE(failure->message.empty()) << body;
        if (failure->defect == Defect::kNotJson) {
          ++not_json;
          // 1e400 is JSON, but no number either of them can hold.
          const auto second = nlohmann::json::parse(body, nullptr, false);
          ASSERT_TRUE(second.is_discarded() || body.find("e4") != std::string::npos ||
                      body.find("99999999999999999999") != std::string::npos)
              << body << "\n"
              << failure->message;
        }
      }
      [[maybe_unused]] const auto picture =
          parser.picture(body, i % 3 == 0 ? std::nullopt : std::optional<std::size_t>(0));
    }
  }
  // The damage is of every kind, or the test would show nothing.
  EXPECT_GT(taken, 1000);
  EXPECT_GT(refused - not_json, 1000);
  EXPECT_GT(not_json, 1000);
}

}  // namespace
}  // namespace stream::ingest
