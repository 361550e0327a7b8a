// What GET /api/v1/tasks answers, for people. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace stream::cli {

// `now`: UNIX seconds. Members that are missing, or are something else, are shown as "-".
void print_task_table(std::ostream& out, const nlohmann::json& tasks, double now);
// `logs`: the last lines of each algorithm, as far as they are known.
void print_task(std::ostream& out, const nlohmann::json& task,
                const std::vector<std::vector<std::string>>& logs, double now);

}  // namespace stream::cli
