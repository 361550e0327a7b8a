#include "stream/manifest/video_source.hpp"

#include <algorithm>
#include <cctype>

#include "stream/common/json_reader.hpp"

namespace stream::manifest {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// "street.avi", but not "192.168.1.10" or "camera".
bool has_file_extension(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view extension = name.substr(dot + 1);
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto is_alphanumeric = [](unsigned char c) { return std::isalnum(c) != 0; };
  return extension.size() <= 5 && std::any_of(extension.begin(), extension.end(), is_letter) &&
         std::all_of(extension.begin(), extension.end(), is_alphanumeric);
}

bool looks_like_path(std::string_view address) {
  return address.find('/') != std::string_view::npos || has_file_extension(address);
}

}  // namespace

Result<std::string> source_type_of(std::string_view address,
                                   const std::function<bool(const std::string&)>& is_folder) {
  if (const std::size_t colon = address.find("://"); colon != std::string_view::npos) {
    const std::string scheme = lower(address.substr(0, colon));
    if (scheme == "rtsp" || scheme == "rtsps") return "RTSP";
    if (scheme == "rtmp" || scheme == "rtmps") return "RTMP";
    if (scheme.starts_with("gb28181")) return "GB28181";
  } else if (address.starts_with("/dev/video")) {
    return "CAMERA";
  } else if (looks_like_path(address)) {
    return address.ends_with('/') || is_folder(std::string(address)) ? "IMG_DIR" : "VIDEO";
  }
  return fail(ErrorCode::kInvalid,
              "found {}, expected rtsp://, rtmp:// or gb28181...://, /dev/video..., a folder or a file",
              describe_json(std::string(address)));
}

Result<std::string> source_type_of(const std::string& address, const Installation& installation) {
  return source_type_of(address, [&](const std::string& path) {
    std::error_code failure;
    return std::filesystem::is_directory(installation.run_folder() / path, failure);
  });
}

bool is_local_device(std::string_view address) {
  return address.starts_with("/dev/");
}

bool has_an_end(std::string_view source_type) {
  return source_type == "VIDEO" || source_type == "IMG_DIR";
}

}  // namespace stream::manifest
