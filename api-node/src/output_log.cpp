#include "output_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "process_record.hpp"
#include "stream/common/files.hpp"
#include "stream/common/json_reader.hpp"

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

// Whether the file behind `descriptor` is a regular one that is, or was, in the log's folder: there nothing
// else is anybody's output.
bool is_output_beside(int descriptor, const fs::path& log) {
  struct ::stat state {};
  if (fstat(descriptor, &state) != 0 || !S_ISREG(state.st_mode)) return false;
  std::error_code failure;
  const fs::path name = fs::read_symlink(fmt::format("/proc/self/fd/{}", descriptor), failure);
  return name.parent_path() == fs::weakly_canonical(log.parent_path(), failure);
}

// The log as the process writes it, where that can be told: whoever removes or renames the file does not take
// it away from the process. -1 when it cannot.
int open_output_of(pid_t pid, const fs::path& log, int flags) {
  const int descriptor = ::open(fmt::format("/proc/{}/fd/{}", pid, STDOUT_FILENO).c_str(),
                                flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0 || is_output_beside(descriptor, log)) return descriptor;
  close(descriptor);
  return -1;
}

// A file for reading, closed at the end of its life.
class ReadOnly {
 public:
  explicit ReadOnly(int descriptor) : descriptor_(descriptor) {}
  explicit ReadOnly(const fs::path& file) : ReadOnly(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;
  ~ReadOnly() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

// What the process of the log's folder writes, if one is there.
int open_for_reading(const fs::path& log) {
  const auto record = read_process_record(log.parent_path());
  const int descriptor = record && *record ? open_output_of((*record)->process.pid, log, O_RDONLY) : -1;
  return descriptor >= 0 ? descriptor : ::open(log.c_str(), O_RDONLY | O_CLOEXEC);
}

// Who reads a page sees the log before it is emptied, or after.
class Locked {
 public:
  Locked(int descriptor, int how) : descriptor_(descriptor) {
    while (flock(descriptor_, how) != 0 && errno == EINTR) continue;
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { flock(descriptor_, LOCK_UN); }

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

// Where the lines of an emptied log are in former_log(), kept beside it.
struct FormerPlaces {
  std::uint64_t generation = 0;  // of the emptied log
  // Offsets in it, and what they have become: those of the first line and of each after one that masking has
  // made longer or shorter.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> shifts;

  // Nothing when it was not kept.
  std::optional<std::uint64_t> find(const Place& place) const {
    const auto next = std::find_if(shifts.begin(), shifts.end(),
                                   [&](const auto& shift) { return shift.first > place.offset; });
    if (place.generation != generation || next == shifts.begin()) return std::nullopt;
    const auto& [from, to] = *std::prev(next);
    return to + (place.offset - from);
  }
};

fs::path former_places(const fs::path& log) {
  return former_log(log).string() + ".places";
}

std::string text_of(const FormerPlaces& places) {
  return nlohmann::json{{"generation", places.generation}, {"shifts", places.shifts}}.dump() + "\n";
}

// None when they cannot be read.
FormerPlaces read_places(const fs::path& log) {
  FormerPlaces places;
  const auto kept = read_json_file(former_places(log).string());
  if (!kept) return places;
  try {
    places.generation = kept->at("generation").get<std::uint64_t>();
    kept->at("shifts").get_to(places.shifts);
  } catch (const nlohmann::json::exception&) {
    return {};
  }
  return places;
}

void keep_last(std::vector<std::string>& lines, std::size_t count) {
  if (lines.size() <= count) return;
  lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
}

}  // namespace

std::string show_log_line(std::string_view line, const LogSecrets& secrets) {
  std::string shown = secrets.mask(std::string(line));
  if (shown.size() > kMostShown) shown.resize(kMostShown);
  return shown;
}

fs::path former_log(const fs::path& log) {
  return log.string() + ".1";
}

Result<OutputLog> OutputLog::open(pid_t pid, fs::path file, std::optional<std::uint64_t> from) {
  constexpr mode_t kOwnerOnly = 0600;
  constexpr int kFlags = O_RDWR | O_APPEND;
  int descriptor = open_output_of(pid, file, kFlags);
  if (descriptor < 0) descriptor = ::open(file.c_str(), kFlags | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (descriptor < 0) {
    return fail(ErrorCode::kUnavailable, "{}: {}", file.string(), std::strerror(errno));
  }
  return OutputLog(std::move(file), descriptor, from.value_or(size_of(descriptor)));
}

std::uint64_t OutputLog::end_line(const fs::path& file) {
  const ReadOnly log(::open(file.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  const std::uint64_t size = log.get() < 0 ? 0 : size_of(log.get());
  if (size == 0 || read_at(log.get(), size - 1, 1) == "\n") return size;
  return ::write(log.get(), "\n", 1) == 1 ? size + 1 : size;
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

bool OutputLog::keep_short(std::uint64_t limit_bytes, const LogSecrets& secrets) {
  if (size_of(descriptor_) <= limit_bytes) return false;
  const Locked locked(descriptor_, LOCK_EX);
  std::string rest;
  // What comes while its end is copied is copied as well, unless it comes faster than that.
  constexpr int kMostTries = 3;
  for (int tries = 0; tries < kMostTries; ++tries) {
    const std::uint64_t size = size_of(descriptor_);
    rest = keep_end(size, std::min(limit_bytes / 4, kMostKept), secrets);
    if (size_of(descriptor_) == size) break;
  }
  if (ftruncate(descriptor_, 0) != 0) return false;  // tried again with the next look
  position_ = 0;
  unfinished_.clear();
  // The process will finish the line. One that cannot be written back ends as a line of its own.
  if (!rest.empty()) (void)!::write(descriptor_, rest.data(), rest.size());
  return true;
}

std::string OutputLog::keep_end(std::uint64_t size, std::uint64_t count, const LogSecrets& secrets) const {
  std::string end = read_end(descriptor_, size, count);
  const std::size_t whole = end.rfind('\n') + 1;  // 0 when there is none
  std::string rest = end.substr(whole);
  std::uint64_t from = size - end.size();
  end.resize(whole);
  std::string kept;
  FormerPlaces places{generation_of(file_), {{from, 0}}};
  for_each_line(end, [&](std::string_view line) {
    const std::string shown = show_log_line(line, secrets);
    kept += shown + '\n';
    from += line.size() + 1;
    if (shown.size() != line.size()) places.shifts.emplace_back(from, kept.size());
  });
  // Without room for it the former end is lost as well: it would tell of another time.
  constexpr bool kOwnerOnly = true;
  if (!write_file(former_log(file_), kept, kOwnerOnly)) (void)::unlink(former_log(file_).c_str());
  if (!write_file(former_places(file_), text_of(places), kOwnerOnly)) {
    (void)::unlink(former_places(file_).c_str());
  }
  return rest;
}

bool OutputLog::is_full() const {
  struct ::statvfs state {};
  return fstatvfs(descriptor_, &state) == 0 &&
         static_cast<std::uint64_t>(state.f_bavail) * state.f_frsize < kLittleRoom;
}

Result<LogPage> read_log(const fs::path& log, const LogRequest& request) {
  LogPage page;
  const ReadOnly file(open_for_reading(log));
  const Locked locked(file.get(), LOCK_SH);
  Place place{generation_of(log), 0};
  const std::uint64_t size = file.get() < 0 ? 0 : size_of(file.get());
  std::string former_text;
  if (request.after.empty()) {
    place.offset = size - std::min(size, kMostRead);
    if (const ReadOnly former(former_log(log)); place.offset == 0 && former.get() >= 0) {
      former_text = read_end(former.get(), size_of(former.get()), kMostRead);
    }
  } else {
    const auto asked = parse_place(request.after);
    if (!asked) return fail(ErrorCode::kInvalid, "after: found something else than what a page gave as next");
    if (asked->generation == place.generation) {
      page.gap = asked->offset > size || size - asked->offset > kMostRead;
      place.offset = page.gap ? size - std::min(size, kMostRead) : asked->offset;
    } else {  // it was emptied since
      const auto former_place = read_places(log).find(*asked);
      page.gap = !former_place || size > kMostRead;
      place.offset = size - std::min(size, kMostRead);
      if (const ReadOnly former(former_log(log)); former_place && former.get() >= 0) {
        const std::uint64_t end = size_of(former.get());
        former_text = read_at(former.get(), *former_place, end - std::min(end, *former_place));
        const bool is_start = *former_place == 0 || read_at(former.get(), *former_place - 1, 1) == "\n";
        if (!is_start) drop_line_start(former_text);
      }
    }
  }
  std::string text = read_at(file.get(), place.offset, size - place.offset);
  const bool is_line_start = place.offset == 0 || read_at(file.get(), place.offset - 1, 1) == "\n";
  if (!is_line_start) place.offset += drop_line_start(text);
  // After what they are for was read: what a process is given is noted before.
  const auto secrets = LogSecrets::load(log.parent_path());
  if (!secrets) return tl::unexpected(secrets.error());
  const auto take_lines = [&](std::string_view lines) {
    for_each_line(lines, [&](std::string_view line) { page.lines.push_back(show_log_line(line, *secrets)); });
  };
  take_lines(former_text);
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
