#include "frame_path.hpp"

#include <charconv>

namespace stream::ingest {
namespace {

constexpr std::string_view kPrefix = "/frames/";
constexpr std::string_view kAfter = "after/";
constexpr std::string_view kPicture = ".jpg";
constexpr std::string_view kSubObject = "sub=";

template <class Number>
bool read_number(std::string_view text, Number& to) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::variant<WantedFrame, WantedReplay, MalformedPath> parse_frame_path(std::string_view path,
                                                                        std::string_view query) {
  path.remove_prefix(kPrefix.size());
  const auto slash = path.find('/');
  std::uint64_t boot = 0;
  if (slash == std::string_view::npos || !read_number(path.substr(0, slash), boot)) return MalformedPath{};
  std::string_view rest = path.substr(slash + 1);

  if (rest.starts_with(kAfter)) {
    WantedReplay wanted{boot, {}, 0};
    rest.remove_prefix(kAfter.size());
    const auto last = rest.rfind('/');
    if (last == std::string_view::npos || !query.empty()) return MalformedPath{};
    wanted.channel = rest.substr(0, last);
    if (!read_number(rest.substr(last + 1), wanted.number)) return MalformedPath{};
    return wanted;
  }

  WantedFrame wanted{boot, 0, rest.ends_with(kPicture), std::nullopt};
  if (wanted.picture) rest.remove_suffix(kPicture.size());
  if (!read_number(rest, wanted.sequence)) return MalformedPath{};
  if (query.empty()) return wanted;
  std::size_t index = 0;
  if (!wanted.picture || !query.starts_with(kSubObject) ||
      !read_number(query.substr(kSubObject.size()), index))
    return MalformedPath{};
  wanted.sub_object = index;
  return wanted;
}

}  // namespace stream::ingest
