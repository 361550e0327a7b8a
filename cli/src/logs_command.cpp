#include "logs_command.hpp"

#include <cstdint>
#include <ostream>

#include "rest_client.hpp"
#include "stream/common/node.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kLookEvery{500};

struct LogsOptions {
  ApiOptions api;
  std::string task;
  std::uint32_t algorithm = 0;
  std::uint32_t lines = 100;
  bool follow = false;
};

// A page as it was answered.
struct Page {
  std::vector<std::string> lines;
  std::string next;
  bool gap = false;
};

Result<Page> get_page(const LogsOptions& options, std::uint32_t lines, const std::string& after) {
  const std::string path = fmt::format("{}/logs?algorithm={}&lines={}&after={}", task_path(options.task),
                                       options.algorithm, lines, after);
  const auto answer = get(options.api, path);
  if (!answer) return tl::unexpected(answer.error());
  try {
    return Page{answer->at("lines").get<std::vector<std::string>>(), answer->at("next").get<std::string>(),
                answer->at("gap").get<bool>()};
  } catch (const json::exception&) {
    return fail(ErrorCode::kInternal, "{}{}: found another answer than this version of streamctl knows",
                options.api.url, path);
  }
}

void print(const Page& page, Environment& environment) {
  if (page.gap) environment.err << "streamctl: some lines are missing here\n";
  for (const std::string& line : page.lines) environment.out << one_line(line) << '\n';
  environment.out.flush();
}

// The node may be started again just now.
bool may_come_back(const Error& error) {
  return error.code == ErrorCode::kUnavailable;
}

Result<int> show_logs(const LogsOptions& options, Environment& environment) {
  constexpr std::uint32_t kMostLines = 10'000;  // of one answer
  auto page = get_page(options, options.lines, "");
  if (!page) return tl::unexpected(page.error());
  print(*page, environment);
  std::string next = page->next;
  bool is_away = false;
  while (options.follow && !environment.wait_for_stop(kLookEvery)) {
    page = get_page(options, kMostLines, next);
    if (!page && !may_come_back(page.error())) return tl::unexpected(page.error());
    if (is_away == page.has_value()) {
      is_away = !page;
      environment.err << "streamctl: "
                      << (page ? "it answers again" : one_line(page.error().message) + "; trying again")
                      << std::endl;
    }
    if (!page) continue;
    print(*page, environment);
    next = page->next;
  }
  return kExitOk;
}

}  // namespace

void add_logs_command(CLI::App& task, Program& program) {
  CLI::App* command = task.add_subcommand("logs", "what a stream process of a task has written");
  const auto options = std::make_shared<LogsOptions>();
  command->add_option("ID", options->task, "TaskID")->required();
  command->add_flag("-f,--follow", options->follow, "go on with what comes, until Ctrl-C");
  command->add_option("-n,--lines", options->lines, "the last so many lines")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--algorithm", options->algorithm, "which of the task's, counted from 0")
      ->capture_default_str();
  options->api.add_to(*command);
  command->callback([&program, options] {
    program.action = [options](Environment& environment) { return show_logs(*options, environment); };
  });
}

}  // namespace stream::cli
