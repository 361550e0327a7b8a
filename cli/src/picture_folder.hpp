// Where a tap puts pictures.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::cli {

// The scene picture of a frame, from the ingest-node that holds it. kNotFound when the frame has left its
// memory, kUnavailable when the node does not answer within two seconds.
Result<std::string> fetch_scene(const FrameRef& ref);

// Confined to one thread.
class PictureFolder {
 public:
  // Makes the folder.
  static Result<PictureFolder> open(const std::filesystem::path& path);

  // Writes <name>.jpg; a file of that name is replaced. REQUIRES: `name` has no '/'.
  Status save(const std::string& name, std::string_view jpeg);

 private:
  explicit PictureFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace stream::cli
