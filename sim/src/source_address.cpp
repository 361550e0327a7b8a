#include "source_address.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <map>
#include <string_view>
#include <vector>

namespace stream::sim {

namespace {

constexpr int kMostChildren = 100;

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// The whole of `text` as a number from `min` to `max`.
template <class Number>
bool read_number(std::string_view text, Number min, Number max, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= min && number <= max;
}

bool read_size(std::string_view text, picture::Size& size) {
  const auto x = text.find('x');
  return x != std::string_view::npos && read_number(text.substr(0, x), 160, 4096, size.width) &&
         read_number(text.substr(x + 1), 120, 4096, size.height);
}

bool read_flag(std::string_view text, bool& flag) {
  flag = text == "1";
  return flag || text == "0";
}

bool read_fps(std::string_view text, SourceAddress& address) {
  double fps = 0;
  if (!read_number(text, -1.0, 10000.0, fps) || (fps <= 0 && fps != -1)) return false;
  address.fps = fps;
  return true;
}

bool read_signal(std::string_view text, SourceAddress& address) {
  static const std::map<std::string_view, int> signals = {
      {"SEGV", SIGSEGV}, {"ABRT", SIGABRT}, {"KILL", SIGKILL}, {"TERM", SIGTERM}, {"BUS", SIGBUS}};
  const auto found = signals.find(text);
  if (found != signals.end()) address.misbehaviour.signal = found->second;
  return found != signals.end();
}

bool read_error_name(std::string_view text, SourceAddress& address) {
  address.misbehaviour.report = text;
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

struct Option {
  std::string_view key, value;  // `value`: what it may be, for people
  bool (*read)(std::string_view text, SourceAddress& address);
};

template <auto Member>
bool read_count(std::string_view text, SourceAddress& address) {
  return read_number(text, 0, 1'000'000, address.misbehaviour.*Member);
}

template <auto Member>
bool read_misdeed(std::string_view text, SourceAddress& address) {
  return read_flag(text, address.misbehaviour.*Member);
}

constexpr double kLongestS = 1e6;

const std::vector<Option>& options() {
  using Address = SourceAddress;
  static const std::vector<Option> all = {
      {"fps", "<number or -1>", read_fps},
      {"lossless", "<0 or 1>", [](auto text, Address& to) { return read_flag(text, to.lossless); }},
      {"seed", "<number>",
       [](auto text, Address& to) { return read_number<std::uint64_t>(text, 0, UINT64_MAX, to.seed); }},
      {"size", "<width>x<height>", [](auto text, Address& to) { return read_size(text, to.size); }},
      {"seconds", "<number>",
       [](auto text, Address& to) { return read_number(text, 0.0, kLongestS, to.seconds); }},
      {"quiet", "<0 or 1>", [](auto text, Address& to) { return read_flag(text, to.quiet); }},
      {"opens_after", "<seconds>",
       [](auto text, Address& to) { return read_number(text, 0.0, kLongestS, to.opens_after_s); }},
      {"loads_for", "<seconds>",
       [](auto text, Address& to) { return read_number(text, 0.0, kLongestS, to.loads_for_s); }},
      {"gone_after", "<seconds>",
       [](auto text, Address& to) {
         return read_number(text, 0.0, kLongestS, to.outage.gone_after_s.emplace());
       }},
      {"back_after", "<seconds>",
       [](auto text, Address& to) {
         return read_number(text, 0.0, kLongestS, to.outage.back_after_s.emplace());
       }},
      {"gone_while", "<file>",
       [](auto text, Address& to) {
         to.outage.gone_while = text;
         return !text.empty();
       }},
      {"ignore_term", "<0 or 1>", read_misdeed<&Misbehaviour::ignores_term>},
      {"children", "<number>",
       [](auto text, Address& to) { return read_number(text, 0, kMostChildren, to.misbehaviour.children); }},
      {"strays", "<number>",
       [](auto text, Address& to) { return read_number(text, 0, kMostChildren, to.misbehaviour.strays); }},
      {"after", "<frames>",
       [](auto text, Address& to) {
         return read_number<std::uint64_t>(text, 0, UINT64_MAX, to.misbehaviour.after);
       }},
      {"exit", "<code>",
       [](auto text, Address& to) { return read_number(text, 0, 255, to.misbehaviour.exit_code.emplace()); }},
      {"signal", "<SEGV, ABRT, KILL, TERM or BUS>", read_signal},
      {"hang", "<0 or 1>", read_misdeed<&Misbehaviour::hangs>},
      {"flood", "<lines a second>", read_count<&Misbehaviour::flood_lines_s>},
      {"leak", "<MiB a second>", read_count<&Misbehaviour::leak_mib_s>},
      {"leak_most", "<MiB>", read_count<&Misbehaviour::leak_most_mib>},
      {"eat_descriptors", "<0 or 1>", read_misdeed<&Misbehaviour::eats_descriptors>},
      {"report", "<NAME>", read_error_name}};
  return all;
}

bool read_option(std::string_view key, std::string_view value, SourceAddress& address) {
  const auto& all = options();
  const auto option =
      std::find_if(all.begin(), all.end(), [key](const Option& known) { return known.key == key; });
  return option != all.end() && option->read(value, address);
}

Error no_option(std::string_view found) {
  std::string expected;
  for (const auto& option : options()) {
    expected += fmt::format("{}{}={}", expected.empty() ? "" : ", ", option.key, option.value);
  }
  return {ErrorCode::kInvalid,
          fmt::format("source option: found \"{}\", expected one of {}", found, expected)};
}

Status read_options(std::string_view text, SourceAddress& address) {
  while (!text.empty()) {
    const auto option = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(option.size() + 1, text.size()));
    const auto equals = std::min(option.find('='), option.size());
    const auto value = option.substr(std::min(equals + 1, option.size()));
    if (!read_option(option.substr(0, equals), value, address)) return tl::unexpected(no_option(option));
  }
  return {};
}

// Takes the options off the location.
Status split_options(SourceAddress& address) {
  const auto question = address.location.rfind('?');
  if (question == std::string::npos) return {};
  const std::string text = address.location.substr(question + 1);
  address.location.resize(question);
  return read_options(text, address);
}

// rtsp://user:password@street.invalid:554/...
bool is_drawn_camera(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?"));
  const auto at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  return url.substr(0, url.find(':')) == "street.invalid";
}

}  // namespace

Result<SourceAddress> read_address(const ChannelConfig& channel) {
  SourceAddress address;
  address.location = channel.url;
  const bool drawn_camera = channel.is_live() && is_drawn_camera(channel.url);
  if (channel.is_live() && !drawn_camera) return address;
  if (drawn_camera || !exists(channel.url)) {
    if (const auto split = split_options(address); !split) return tl::unexpected(split.error());
  }
  if (drawn_camera) {
    address.kind = SourceAddress::Kind::kStreet;
  } else if (address.location.ends_with(".ndjson")) {
    address.kind = SourceAddress::Kind::kRecording;
    if (!exists(address.location))
      return fail(ErrorCode::kNotFound, "{}: no such recording", address.location);
  } else if (!exists(address.location)) {
    address.kind = SourceAddress::Kind::kStreet;
  }
  return address;
}

}  // namespace stream::sim
