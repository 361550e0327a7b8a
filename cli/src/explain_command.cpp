#include "explain_command.hpp"

#include <ostream>

#include "explain_text.hpp"
#include "rest_client.hpp"
#include "stream/common/node.hpp"
#include "stream/http/uri.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

struct ExplainOptions {
  ApiOptions api;
  std::string task;
  std::string last = "30s";
  bool as_json = false;
};

Result<int> explain(const ExplainOptions& options, Environment& environment) {
  const auto path = fmt::format("/api/v1/tasks/{}/explain?last={}", http::percent_encoded(options.task),
                                http::percent_encoded(options.last));
  const auto answer = get(options.api, path);
  if (!answer) return tl::unexpected(answer.error());
  if (options.as_json) {
    environment.out << json_line(*answer) << '\n';
  } else if (!print_explanation(environment.out, *answer)) {
    return fail(ErrorCode::kInternal, "{}{}: found another answer than this version of streamctl knows",
                options.api.url, path);
  }
  return kExitOk;
}

}  // namespace

void add_explain_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("explain", "why a task gave no alarm: what stopped each object");
  const auto options = std::make_shared<ExplainOptions>();
  command->add_option("TASK", options->task, "TaskID")->required();
  command->add_option("--last", options->last, "how far to look back, 1s to 10m")
      ->type_name("TIME")
      ->capture_default_str();
  command->add_flag("--json", options->as_json, "the answer as one JSON object");
  options->api.add_to(*command);
  command->callback([&program, options] {
    program.action = [options](Environment& environment) { return explain(*options, environment); };
  });
}

}  // namespace stream::cli
