#include "picture_folder.hpp"

#include <fmt/format.h>

#include <chrono>
#include <system_error>

#include "stream/common/files.hpp"
#include "stream/http/get.hpp"

namespace stream::cli {
namespace {

constexpr std::chrono::seconds kFetchDeadline{2};
constexpr std::size_t kLargestPictureBytes = 64 << 20;

}  // namespace

Result<std::string> fetch_scene(const FrameRef& ref) {
  auto answer = http::get(ref.address, fmt::format("/frames/{}/{}.jpg", ref.boot, ref.sequence),
                          std::chrono::steady_clock::now() + kFetchDeadline, kLargestPictureBytes);
  if (!answer) return tl::unexpected(std::move(answer).error().within("ingest-node"));
  if (answer->status != 200) {
    return fail(ErrorCode::kNotFound, "ingest-node {}: HTTP status {}: the frame is gone", ref.address,
                answer->status);
  }
  return std::move(answer->body);
}

Result<PictureFolder> PictureFolder::open(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail(ErrorCode::kUnavailable, "{}: {}", path.string(), error.message());
  return PictureFolder(path);
}

Status PictureFolder::save(const std::string& name, std::string_view jpeg) {
  return write_file(path_ / (name + ".jpg"), jpeg);
}

}  // namespace stream::cli
