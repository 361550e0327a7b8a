#include "task_json.hpp"

#include <cctype>
#include <string>
#include <string_view>

namespace stream::api {
namespace {

using nlohmann::json;

// "LastExit" is "last_exit", "SrcID" is "src_id".
std::string with_underscores(std::string_view name) {
  std::string text;
  bool after_small = false;
  for (const char c : name) {
    const bool is_big = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (is_big && after_small) text += '_';
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    after_small = !is_big;
  }
  return text;
}

json renamed(const json& value) {
  if (value.is_object()) {
    json object = json::object();
    for (const auto& [name, member] : value.items()) object[with_underscores(name)] = renamed(member);
    return object;
  }
  if (value.is_array()) {
    json array = json::array();
    for (const json& element : value) array.push_back(renamed(element));
    return array;
  }
  return value;
}

}  // namespace

json task_json(const json& described) {
  json task = renamed(described);
  task["task"] = std::move(task["task_id"]);
  task.erase("task_id");
  task["running"] = task["status"] == 1;
  task.erase("status");
  return task;
}

}  // namespace stream::api
