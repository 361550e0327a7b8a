// The passwords that stream processes of one folder were ever given, so that they can be kept out of what is
// shown of their output: also those of cameras that have left, and those that were changed, since what was
// written with them is still in the log.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "stream/common/result.hpp"
#include "stream/common/secrets.hpp"

namespace stream::api {

// A value. Kept beside the log, in <folder>/secrets.json, readable by its owner only.
class LogSecrets {
 public:
  // So many are known; then the one that was noted longest ago is forgotten.
  static constexpr std::size_t kMost = 256;

  // What is kept in `folder`; none when nothing is. Else kUnavailable: without them a log cannot be shown.
  static Result<LogSecrets> load(const std::filesystem::path& folder);
  // Makes the folder if there is none. kUnavailable with the system's reason.
  Status save(const std::filesystem::path& folder) const;

  // Notes what can be a password in any string of `config`. True: something was not known.
  bool note(const nlohmann::json& config);

  // Without line ends. In `line` each is hidden where it stands as in an address: as it is, as a JSON string
  // has it, percent-encoded or decoded. One of 8 bytes or more is hidden wherever it stands. Beyond that,
  // what mask_secrets() tells by its form.
  std::string mask(std::string line) const;

 private:
  void learn_patterns();

  std::vector<Secret> secrets_;                                // the one noted last stands last
  std::vector<std::pair<std::string, std::string>> patterns_;  // what is replaced by what, longest first
};

}  // namespace stream::api
