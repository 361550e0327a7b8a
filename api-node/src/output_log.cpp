#include "output_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "stream/common/files.hpp"
#include "stream/common/secrets.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostShown = 4096;      // bytes of a line
constexpr std::uint64_t kMostRead = 1 << 20;  // bytes of a log at once
constexpr std::uint64_t kOfAFlood = 64 << 10;
constexpr std::uint64_t kMostKept = 1 << 20;
constexpr std::uint64_t kLittleRoom = 4096;  // bytes

std::uint64_t size_of(int descriptor) {
  struct ::stat state {};
  return fstat(descriptor, &state) == 0 ? static_cast<std::uint64_t>(state.st_size) : 0;
}

// What is there of [from, from + count).
std::string read_at(int descriptor, std::uint64_t from, std::uint64_t count) {
  std::string bytes(count, '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t more =
        pread(descriptor, bytes.data() + got, bytes.size() - got, static_cast<off_t>(from + got));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    got += static_cast<std::size_t>(more);
  }
  bytes.resize(got);
  return bytes;
}

// Drops what is left of a line whose start is missing: half a password has no form by which it could be told.
// How many bytes that were.
std::size_t drop_line_start(std::string& text) {
  const std::size_t end = text.find('\n');
  const std::size_t count = end == std::string::npos ? text.size() : end + 1;
  text.erase(0, count);
  return count;
}

// The last `count` bytes, from the start of a line on.
std::string read_end(int descriptor, std::uint64_t size, std::uint64_t count) {
  if (size <= count) return read_at(descriptor, 0, size);
  std::string bytes = read_at(descriptor, size - count, count);
  drop_line_start(bytes);
  return bytes;
}

template <class Take>
void for_each_line(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// A file for reading, closed at the end of its life.
class ReadOnly {
 public:
  explicit ReadOnly(const fs::path& file) : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;
  ~ReadOnly() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

// When a log was emptied last: what tells places in it apart from those in what was there before.
std::uint64_t generation_of(const fs::path& log) {
  struct ::stat state {};
  if (::stat(former_log(log).c_str(), &state) != 0) return 0;
  constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
  return static_cast<std::uint64_t>(state.st_mtim.tv_sec) * kNanosecondsPerSecond +
         static_cast<std::uint64_t>(state.st_mtim.tv_nsec);
}

struct Place {
  std::uint64_t generation = 0, offset = 0;
};

std::optional<Place> parse_place(std::string_view text) {
  constexpr int kHex = 16;
  Place place;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, place.generation, kHex);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, place.offset, kHex);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return place;
}

void keep_last(std::vector<std::string>& lines, std::size_t count) {
  if (lines.size() <= count) return;
  lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
}

}  // namespace

std::string show_log_line(std::string_view line, const std::string& address) {
  std::string shown(line);
  if (!address.empty()) shown = replaced(std::move(shown), address, mask_address(address));
  shown = mask_secrets(shown);
  if (shown.size() > kMostShown) shown.resize(kMostShown);
  return shown;
}

fs::path former_log(const fs::path& log) {
  return log.string() + ".1";
}

std::uint64_t OutputLog::length(const fs::path& file) {
  std::error_code failure;
  const auto size = fs::file_size(file, failure);
  return failure ? 0 : size;
}

Result<OutputLog> OutputLog::open(fs::path file, std::uint64_t from) {
  constexpr mode_t kOwnerOnly = 0600;
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (descriptor < 0) {
    return fail(ErrorCode::kUnavailable, "{}: {}", file.string(), std::strerror(errno));
  }
  return OutputLog(std::move(file), descriptor, from);
}

OutputLog::OutputLog(fs::path file, int descriptor, std::uint64_t position)
    : file_(std::move(file)), descriptor_(descriptor), position_(position) {}

OutputLog::OutputLog(OutputLog&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      position_(other.position_),
      unfinished_(std::move(other.unfinished_)) {}

OutputLog& OutputLog::operator=(OutputLog&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(position_, other.position_);
  std::swap(unfinished_, other.unfinished_);
  return *this;
}

OutputLog::~OutputLog() {
  if (descriptor_ >= 0) close(descriptor_);
}

void OutputLog::read(const std::function<void(std::string_view)>& take_line) {
  const std::uint64_t size = size_of(descriptor_);
  if (size == position_) return;
  if (size < position_) {  // somebody else emptied it
    position_ = 0;
    unfinished_.clear();
  }
  bool is_start_missing = false;
  if (size - position_ > kMostRead) {
    position_ = size - kOfAFlood;
    unfinished_.clear();
    is_start_missing = true;
  }
  std::string text = std::exchange(unfinished_, {}) + read_at(descriptor_, position_, size - position_);
  position_ = size;
  if (is_start_missing) drop_line_start(text);
  const std::size_t end = text.rfind('\n') + 1;  // 0 when there is none
  unfinished_ = text.substr(end);
  if (unfinished_.size() > kOfAFlood) unfinished_.clear();
  for_each_line(std::string_view(text).substr(0, end), take_line);
}

bool OutputLog::keep_short(std::uint64_t limit_bytes, const std::string& address) {
  const std::uint64_t size = size_of(descriptor_);
  if (size <= limit_bytes) return false;
  std::string kept;
  for_each_line(read_end(descriptor_, size, std::min(limit_bytes / 4, kMostKept)),
                [&](std::string_view line) { kept += show_log_line(line, address) + '\n'; });
  // Without room for it the former end is lost as well: it would tell of another time.
  if (!write_file(former_log(file_), kept)) (void)::unlink(former_log(file_).c_str());
  if (ftruncate(descriptor_, 0) != 0) return false;  // tried again with the next look
  position_ = 0;
  unfinished_.clear();
  return true;
}

bool OutputLog::is_full() const {
  struct ::statvfs state {};
  return fstatvfs(descriptor_, &state) == 0 &&
         static_cast<std::uint64_t>(state.f_bavail) * state.f_frsize < kLittleRoom;
}

Result<LogPage> read_log(const fs::path& log, const LogRequest& request) {
  LogPage page;
  Place place{generation_of(log), 0};
  const ReadOnly file(log);
  const std::uint64_t size = file.get() < 0 ? 0 : size_of(file.get());
  const auto take_lines = [&](std::string_view text) {
    for_each_line(text,
                  [&](std::string_view line) { page.lines.push_back(show_log_line(line, request.address)); });
  };
  if (request.after.empty()) {
    place.offset = size - std::min(size, kMostRead);
    if (const ReadOnly former(former_log(log)); place.offset == 0 && former.get() >= 0) {
      take_lines(read_end(former.get(), size_of(former.get()), kMostRead));
    }
  } else {
    const auto asked = parse_place(request.after);
    if (!asked) return fail(ErrorCode::kInvalid, "after: found something else than what a page gave as next");
    page.gap =
        asked->generation != place.generation || asked->offset > size || size - asked->offset > kMostRead;
    place.offset = page.gap ? size - std::min(size, kMostRead) : asked->offset;
  }
  std::string text = read_at(file.get(), place.offset, size - place.offset);
  const bool is_line_start = place.offset == 0 || read_at(file.get(), place.offset - 1, 1) == "\n";
  if (!is_line_start) place.offset += drop_line_start(text);
  const std::size_t end = text.rfind('\n') + 1;  // 0 when there is none
  take_lines(std::string_view(text).substr(0, end));
  place.offset += end;
  if (end == 0 && text.size() == kMostRead) {  // a line too long to be shown
    place.offset += text.size();
    page.gap = true;
  }
  page.gap = page.gap || (!request.after.empty() && page.lines.size() > request.lines);
  keep_last(page.lines, request.lines);
  page.next = fmt::format("{:x}-{:x}", place.generation, place.offset);
  return page;
}

}  // namespace stream::api
