#include "task_state_commands.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "rest_client.hpp"
#include "stream/common/node.hpp"
#include "task_state_text.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;

struct StateOptions {
  ApiOptions api;
  std::string task;
  bool as_json = false;
};

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Result<int> list(const StateOptions& options, Environment& environment) {
  const auto tasks = get_tasks(options.api);
  if (!tasks) return tl::unexpected(tasks.error());
  if (options.as_json) {
    for (const json& task : *tasks) environment.out << json_line(task) << '\n';
  } else {
    print_task_table(environment.out, *tasks, unix_seconds());
  }
  return kExitOk;
}

// Of each algorithm; none where the node that was asked does not have them.
std::vector<std::vector<std::string>> last_lines(const StateOptions& options, const std::string& path,
                                                 std::size_t algorithms) {
  constexpr int kLines = 5;
  std::vector<std::vector<std::string>> logs(algorithms);
  for (std::size_t i = 0; i < algorithms; ++i) {
    const auto page = get(options.api, fmt::format("{}/logs?algorithm={}&lines={}", path, i, kLines));
    const auto lines = page ? page->find("lines") : json::const_iterator();
    if (!page || lines == page->end() || !lines->is_array()) continue;
    for (const json& line : *lines) {
      if (line.is_string()) logs[i].push_back(line.get<std::string>());
    }
  }
  return logs;
}

Result<int> show(const StateOptions& options, Environment& environment) {
  const std::string path = task_path(options.task);
  const auto answer = get(options.api, path);
  if (!answer) return tl::unexpected(answer.error());
  if (options.as_json) {
    environment.out << json_line(*answer) << '\n';
    return kExitOk;
  }
  const auto algorithms = answer->find("algorithms");
  const std::size_t count =
      algorithms != answer->end() && algorithms->is_array() ? algorithms->size() : std::size_t{0};
  print_task(environment.out, *answer, last_lines(options, path, count), unix_seconds());
  return kExitOk;
}

}  // namespace

void add_task_state_commands(CLI::App& task, Program& program) {
  const auto options = std::make_shared<StateOptions>();
  const auto add = [&](const char* name, const char* help, auto action) {
    CLI::App* command = task.add_subcommand(name, help);
    options->api.add_to(*command);
    command->add_flag("--json", options->as_json, "JSON, one object a line");
    command->callback([&program, options, action] {
      program.action = [options, action](Environment& environment) { return action(*options, environment); };
    });
    return command;
  };
  add("list", "list all tasks, what each is doing and why", list);
  add("show", "what each stream process of a task is doing and why, with the end of its log", show)
      ->add_option("ID", options->task, "TaskID")
      ->required();
}

}  // namespace stream::cli
