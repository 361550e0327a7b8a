#include "saved_tasks.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>

#include "task_definition.hpp"

namespace stream::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kList = "task_ids.txt";

std::optional<std::string> contents(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(stream), {}};
}

// The lines that say something, without white space around them; each once.
std::vector<std::string> ids_of(std::string text) {
  constexpr const char* kSpace = " \t\r\n\v\f";
  const std::string byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  std::vector<std::string> ids;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    line.erase(0, line.find_first_not_of(kSpace));
    line.erase(line.find_last_not_of(kSpace) + 1);
    if (!line.empty() && std::find(ids.begin(), ids.end(), line) == ids.end()) ids.push_back(line);
  }
  return ids;
}

// As the Python server made it up; an id with ../ in it leads out of the folder.
fs::path file_of(const fs::path& folder, const std::string& id) {
  return folder.string() + "/" + id + ".json";
}

Result<std::string> read_body(const fs::path& file, const std::string& id) {
  const auto text = contents(file);
  if (!text) return fail(ErrorCode::kNotFound, "{}: cannot be read", file.string());
  const auto definition = parse_definition(*text, file.string());
  if (!definition) return tl::unexpected(definition.error());
  const auto named = definition->find("TaskID");
  if (named == definition->end() || *named != id) {
    return fail(ErrorCode::kInvalid, "{}: /TaskID: found {}, expected \"{}\", as {} has it", file.string(),
                named == definition->end() ? "nothing" : named->dump(), id, kList);
  }
  return *text;
}

std::size_t count_unlisted(const fs::path& folder, const std::vector<SavedTask>& tasks) {
  std::set<fs::path> listed;
  for (const SavedTask& task : tasks) listed.insert(file_of(folder, task.id));
  std::size_t unlisted = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".json" && !listed.contains(entry->path())) ++unlisted;
  }
  return unlisted;
}

}  // namespace

Result<SavedTasks> read_saved_tasks(const fs::path& folder) {
  for (const fs::path& candidate : {folder, folder / "stream_config_back"}) {
    const auto list = contents(candidate / kList);
    if (!list) continue;
    SavedTasks saved;
    for (const std::string& id : ids_of(*list)) {
      saved.tasks.push_back({id, read_body(file_of(candidate, id), id)});
    }
    saved.unlisted = count_unlisted(candidate, saved.tasks);
    return saved;
  }
  return fail(
      ErrorCode::kNotFound,
      "{}: found no {}, neither there nor in stream_config_back, expected the folder of the old server",
      folder.string(), kList);
}

}  // namespace stream::cli
