#include "stream/common/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "stream/common/random.hpp"

namespace stream {
namespace {

// errno of the first call that failed, 0 when all is written.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Status write_file(const std::filesystem::path& path, std::string_view bytes, bool owner_only) {
  const auto failed = [&](int reason) {
    return fail(ErrorCode::kUnavailable, "{}: {}", path.string(), std::generic_category().message(reason));
  };
  // Beside the file, so that rename() stays on one file system; not derived from its name, which may already
  // be as long as a name can be.
  const auto temporary = path.parent_path() / (".tmp-" + random_hex(8));
  const mode_t mode = owner_only ? 0600 : 0644;
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return failed(errno);
  int reason = write_all(descriptor, bytes);
  // Full disks and quotas of some file systems only show here.
  if (::close(descriptor) != 0 && reason == 0) reason = errno;
  if (reason == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) reason = errno;
  if (reason == 0) return {};
  ::unlink(temporary.c_str());
  return failed(reason);
}

}  // namespace stream
