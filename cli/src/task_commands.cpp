#include "task_commands.hpp"

#include <fstream>
#include <iterator>
#include <ostream>

#include "logs_command.hpp"
#include "rest_client.hpp"
#include "stream/common/node.hpp"
#include "stream/http/uri.hpp"
#include "task_definition.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;

struct TaskOptions {
  ApiOptions api;
  std::string file;
  std::string id;
  bool as_json = false;
};

Result<std::string> read_definition(const std::string& file, std::istream& standard_input) {
  std::ifstream opened;
  std::istream& stream = file == "-" ? standard_input : opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return fail(ErrorCode::kNotFound, "{}: cannot be read", file);
  }
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (const auto parsed = parse_definition(text, file); !parsed) return tl::unexpected(parsed.error());
  return text;
}

std::string body_naming(const std::string& task_id) {
  return json{{"TaskID", task_id}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Prints what went wrong, or what was done.
int conclude(const ApiAnswer& answer, const std::string& done, Environment& environment) {
  if (answer.code != 0) {
    environment.err << "streamctl: " << answer.message << '\n';
    return kExitFailed;
  }
  environment.out << done << '\n';
  return kExitOk;
}

Result<int> create(const TaskOptions& options, Environment& environment) {
  const auto definition = read_definition(options.file, environment.in);
  if (!definition) return tl::unexpected(definition.error());
  return post(options.api, "/task/create", *definition).map([&](const ApiAnswer& answer) {
    // It says more than "ok" when the task was there and has been changed.
    return conclude(answer, answer.message == "ok" ? "created" : answer.message, environment);
  });
}

std::string cell(const json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return "-";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// Which task it is stands in the definition.
Result<int> update(const TaskOptions& options, Environment& environment) {
  const auto definition = read_definition(options.file, environment.in);
  if (!definition) return tl::unexpected(definition.error());
  const json id = json::parse(*definition).value("TaskID", json());
  if (!id.is_string()) return fail(ErrorCode::kInvalid, "{}: /TaskID: expected a string", options.file);
  const std::string path = "/api/v1/tasks/" + http::percent_encoded(id.get<std::string>());
  return put(options.api, path, *definition).map([&](const json& answer) {
    if (options.as_json) {
      environment.out << json_line(answer) << '\n';
      return kExitOk;
    }
    std::vector<std::vector<std::string>> rows{{"TYPE", "ALGORITHM", "CHANGE"}};
    for (const json& row : answer.value("algorithms", json::array())) {
      rows.push_back({cell(row, "type"), cell(row, "name"), cell(row, "change")});
    }
    print_table(environment.out, rows);
    return kExitOk;
  });
}

Result<int> remove(const TaskOptions& options, Environment& environment) {
  return post(options.api, "/task/delete", body_naming(options.id)).map([&](const ApiAnswer& answer) {
    return conclude(answer, "deleted", environment);
  });
}

// A task that does not run is an answer with a result and a code other than 0.
Result<int> query(const TaskOptions& options, Environment& environment) {
  return post(options.api, "/task/query", body_naming(options.id)).map([&](const ApiAnswer& answer) {
    if (!answer.result.is_null()) {
      environment.out << (options.as_json ? json_line(answer.result) : pretty_json(answer.result)) << '\n';
    }
    if (answer.code != 0) environment.err << "streamctl: " << answer.message << '\n';
    return answer.code == 0 ? kExitOk : kExitFailed;
  });
}

Result<int> list(const TaskOptions& options, Environment& environment) {
  return post(options.api, "/task/list", "{}").map([&](const ApiAnswer& answer) {
    if (answer.code != 0) return conclude(answer, "", environment);
    if (options.as_json) {
      for (const json& task : answer.result) environment.out << json_line(task) << '\n';
      return kExitOk;
    }
    std::vector<std::vector<std::string>> rows{{"TASK", "STATUS", "SOURCE"}};
    for (const json& task : answer.result) {
      const std::string status = cell(task, "Status");
      rows.push_back({cell(task, "TaskID"),
                      status == "1"   ? "running"
                      : status == "0" ? "stopped"
                                      : status,
                      cell(task, "SrcID")});
    }
    print_table(environment.out, rows);
    return kExitOk;
  });
}

}  // namespace

void add_task_commands(CLI::App& app, Program& program) {
  CLI::App* task = app.add_subcommand("task", "create, change, list, query and delete tasks");
  task->require_subcommand(1);
  const auto options = std::make_shared<TaskOptions>();
  const auto add = [&](const char* name, const char* help, auto action) {
    CLI::App* command = task->add_subcommand(name, help);
    options->api.add_to(*command);
    command->callback([&program, options, action] {
      program.action = [options, action](Environment& environment) { return action(*options, environment); };
    });
    return command;
  };
  const auto add_id = [&](CLI::App* command) {
    command->add_option("ID", options->id, "TaskID")->required();
    return command;
  };
  const auto add_json = [&](CLI::App* command) {
    command->add_flag("--json", options->as_json, "JSON, one object a line");
    return command;
  };

  const auto add_file = [&](CLI::App* command) {
    command
        ->add_option("-f,--file", options->file,
                     "the definition, as application-web sends it; - reads the input")
        ->type_name("FILE")
        ->required();
    return command;
  };
  add_file(add("create", "create the task that a JSON file defines, and start it", create));
  add_json(add_file(
      add("update", "give a task the definition in a JSON file, with as little ado as it needs", update)));
  add_json(add("list", "list all tasks", list));
  add_json(add_id(add("query", "show the state of a task; exit code 1 when it does not run", query)));
  add_logs_command(*task, program);
  add_id(add("delete", "stop a task and forget it", remove));
}

}  // namespace stream::cli
