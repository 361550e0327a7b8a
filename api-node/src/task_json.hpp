// A task as /api/v1 shows it.
#pragma once

#include <nlohmann/json.hpp>

namespace stream::api {

// What TaskView::describe() says, in this face's names: {"TaskID", "Status", "LastExit"} is {"task",
// "running", "last_exit"}. Pure.
nlohmann::json task_json(const nlohmann::json& described);

}  // namespace stream::api
