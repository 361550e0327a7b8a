#include "log_secrets.hpp"

#include <algorithm>
#include <map>

#include "stream/common/files.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/http/uri.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kMask = "***";
// A shorter one is found by chance in what is no password.
constexpr std::size_t kTellsByItself = 8;  // bytes

fs::path file_in(const fs::path& folder) {
  return folder / "secrets.json";
}

std::string without_quotes(const json& text) {
  const std::string dumped = text.dump(-1, ' ', false, json::error_handler_t::replace);
  return dumped.substr(1, dumped.size() - 2);
}

std::vector<std::string> ways_to_write(const std::string& hidden) {
  std::vector<std::string> ways{hidden, without_quotes(hidden), http::percent_encoded(hidden)};
  if (const auto decoded = http::percent_decoded(hidden)) {
    ways.push_back(*decoded);
    ways.push_back(without_quotes(*decoded));
  }
  return ways;
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

Result<LogSecrets> LogSecrets::load(const fs::path& folder) {
  LogSecrets loaded;
  const auto kept = read_json_file(file_in(folder).string());
  if (!kept && kept.error().code == ErrorCode::kNotFound) return loaded;
  if (!kept) return fail(ErrorCode::kUnavailable, "{}", kept.error().message);
  try {
    for (const json& entry : *kept) {
      loaded.secrets_.push_back(
          {entry.at(0).get<std::string>(), entry.at(1).get<std::string>(), entry.at(2).get<std::string>()});
    }
  } catch (const json::exception&) {
    return fail(ErrorCode::kUnavailable, "{}: found something else than was written there",
                file_in(folder).string());
  }
  loaded.learn_patterns();
  return loaded;
}

Status LogSecrets::save(const fs::path& folder) const {
  json kept = json::array();
  for (const Secret& secret : secrets_) kept.push_back({secret.before, secret.hidden, secret.after});
  std::error_code failure;  // shows with the file
  fs::create_directories(folder, failure);
  constexpr bool kOwnerOnly = true;
  return write_file(file_in(folder), kept.dump(-1, ' ', false, json::error_handler_t::replace) + "\n",
                    kOwnerOnly);
}

bool LogSecrets::note(const json& config) {
  bool is_news = false;
  if (config.is_structured()) {
    for (const json& part : config) is_news = note(part) || is_news;
    return is_news;
  }
  if (!config.is_string()) return false;
  for (Secret& secret : secrets_in(config.get_ref<const std::string&>())) {
    const auto known = std::find(secrets_.begin(), secrets_.end(), secret);
    if (known != secrets_.end()) {
      std::rotate(known, known + 1, secrets_.end());
      continue;
    }
    if (secrets_.size() == kMost) secrets_.erase(secrets_.begin());
    secrets_.push_back(std::move(secret));
    is_news = true;
  }
  if (is_news) learn_patterns();
  return is_news;
}

void LogSecrets::learn_patterns() {
  std::map<std::string, std::string> shown;
  for (const Secret& secret : secrets_) {
    for (const std::string& hidden : ways_to_write(secret.hidden)) {
      shown.emplace(secret.before + hidden + secret.after, secret.before + kMask + secret.after);
      if (hidden.size() >= kTellsByItself) shown.emplace(hidden, kMask);
    }
  }
  patterns_.assign(shown.begin(), shown.end());
  std::stable_sort(patterns_.begin(), patterns_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

std::string LogSecrets::mask(std::string line) const {
  for (const auto& [what, by] : patterns_) replace_all(line, what, by);
  return mask_secrets(line);
}

}  // namespace stream::api
